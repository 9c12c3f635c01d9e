"""How soon a click acts: from an HTTP request to the optimizer, beside a bare websocket hub, in one run.

    python -m bench.bench_click [--write docs/performance.md] [--count 240]

Both jobs take steps of 1 ms. Ours: request, record committed, agent, limits, hooks. The floor: a client
sends a number to a hub that passes it on to a job's thread, which sets the lr; nothing is checked or stored.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.processes import free_port, wait_for
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from bench.clicks import Stamped, quantiles, steer
from bench.document import machine

STEP_S = 0.001
BEGIN, END = "<!-- click: begin -->", "<!-- click: end -->"

FLOOR_JOB = """
import json, sys, threading, time
from websockets.sync.client import connect
lr, over, steps = 0.1, False, []
def listen(socket):
    global lr, over
    for message in socket:
        lr = float(message)
        over = lr < 0
with connect(sys.argv[1]) as socket:
    threading.Thread(target=listen, args=(socket,), daemon=True).start()
    while not over:
        begun = time.perf_counter()
        steps.append((time.time(), lr))
        time.sleep(max(0.0, float(sys.argv[2]) - (time.perf_counter() - begun)))
print(json.dumps(steps))
"""


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into this document")
    parser.add_argument("--count", type=int, default=240)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    bare = floor(options.count)
    with tempfile.TemporaryDirectory() as folder, Stamped(Path(folder)) as dashboard:
        ours = steer(dashboard, options.count, STEP_S)
    text = report(
        {
            "bare hub: sent to used": bare,
            "rheostat: handed to the socket to used": ours.sent,
            "rheostat: HTTP request to used": ours.requested,
        },
        options.count,
        f"{load:.1f} to {os.getloadavg()[0]:.1f}",
    )
    print(text)
    if options.write:
        before, _, rest = options.write.read_text().partition(BEGIN)
        options.write.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")


def report(rows: dict[str, Sequence[float]], count: int, load: str) -> str:
    """The table as the document shows it."""
    lines = [
        f"Measured with `python -m bench.bench_click` on {machine()}; load {load}. {count} commands each,",
        f"at steps of {1e3 * STEP_S:.0f} ms; milliseconds.",
        "",
        "| | median | p95 | p99 | most |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, seconds in rows.items():
        lines.append(f"| {name} | " + " | ".join(f"{1e3 * s:.1f}" for s in quantiles(seconds)) + " |")
    return "\n".join(lines)


def floor(count: int) -> list[float]:
    """Seconds from each number's sending to the step that used it, through a hub that only passes on."""
    port = free_port()
    url = f"ws://127.0.0.1:{port}"
    hub = subprocess.Popen([sys.executable, "-m", "bench.bench_click", "hub", str(port)])
    try:
        wait_for("the hub", lambda: _listens(port))
        words = [sys.executable, "-c", FLOOR_JOB, url, str(STEP_S)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as job, connect(url) as client:
            time.sleep(1.5)
            asked = _ask(client, count)
            out, _ = job.communicate(timeout=30)
    finally:
        hub.terminate()
        hub.wait(10)
    used = {lr: at for at, lr in reversed(json.loads(out))}
    return [used[value] - at for at, value in asked]


def _ask(client: ClientConnection, count: int) -> list[tuple[float, float]]:
    """Send so many numbers, then what ends the job; when each was sent, and which."""
    rng, asked = random.Random(1), []
    for number in range(count):
        time.sleep(0.03 + rng.random() * 0.03)
        value = 0.05 + number / 10_000
        asked.append((time.time(), value))
        client.send(repr(value))
    time.sleep(0.5)
    client.send("-1.0")
    return asked


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def pass_on(port: int) -> None:
    """The hub: whatever one client sends goes to all others."""
    clients: set[ServerConnection] = set()

    async def talk(client: ServerConnection) -> None:
        clients.add(client)
        try:
            async for message in client:
                for other in clients - {client}:
                    await other.send(message)
        except ConnectionClosed:
            pass
        finally:
            clients.discard(client)

    async with serve(talk, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1:2] == ["hub"]:
        asyncio.run(pass_on(int(sys.argv[2])))
    else:
        main()
