"""Malformed and oversized frames against a real server process: closed with a code, nothing else harmed."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from rheostat.agent.discover import Discovery, read
from rheostat.wire import MAX_FRAME, Beat, Column, decode_from_server, encode
from tests.e2e.processes import wait_for
from tests.server.running import flush, hello

_Found = TypeVar("_Found")

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]

FRAMES = int(os.environ.get("RHEOSTAT_FUZZ_FRAMES", "500"))
"""Malformed frames to send; 10,000 on demand."""
AT_ONCE = 16
MEGABYTE = 1 << 20


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Discovery, Path]]:
    log = folder.parent / "server.log"
    environment = {**os.environ, "RHEOSTAT_DATA_DIR": str(folder), "RHEOSTAT_LOG_LEVEL": "debug"}
    with log.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "rheostat_server", "serve", "--port", "0"],
            env=environment,
            stdout=told,
            stderr=told,
        )
        try:
            found = wait_for("a server", lambda: read(folder / "server.json"))
            assert found is not None
            yield process, found, log
        finally:
            process.terminate()
            process.wait(20)


def apart(work: Coroutine[Any, Any, _Found]) -> _Found:
    """Run it in a thread: where browser tests came before, this one has a loop of theirs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def memory(process: subprocess.Popen[bytes]) -> int:
    """Resident bytes."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def malformed(rng: random.Random) -> bytes | str:
    """Random, truncated, bit-flipped, of wrong types, deeply nested, or with NaN for keys."""
    flushed = encode(flush(1, 0, 5, ["backbone", "head"]))
    good = rng.choice([flushed, encode(hello()), encode(Beat(step=1, clock=0.0))])
    kind = rng.randrange(6)
    if kind == 0:
        return rng.randbytes(rng.randrange(300))
    if kind == 1:
        return good[: rng.randrange(len(good))]
    if kind == 2:
        bent = bytearray(good)
        bent[rng.randrange(min(8, len(bent)))] ^= 1 << rng.randrange(8)
        return bytes(bent)
    if kind == 3:
        return msgspec.msgpack.encode({"type": "flush", "seq": "one", "steps": [1, None], "metrics": 7})
    if kind == 4:
        return rng.choice([b"\x91", b"\x81\xa1a"]) * rng.randrange(1000, 60_000)
    return b"\x82\xa4type\xa4beat\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00\x01"


async def attack(found: Discovery, frames: list[bytes | str]) -> list[int]:
    """The close code each frame led to."""
    headers = {"Authorization": f"Bearer {found.agent_token}"}
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(frame: bytes | str) -> int:
        async with (
            turns,
            connect(
                found.url.replace("http", "ws") + "/ws/agent",
                additional_headers=headers,
                proxy=None,
                compression=None,
                max_size=None,
            ) as socket,
        ):
            try:
                await socket.send(frame)
                # Where flipping a bit left a good hello, the next frame ends it.
                await socket.send("enough")
                while True:
                    await socket.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd is not None else 0

    return await asyncio.gather(*(one(frame) for frame in frames))


async def bystander(found: Discovery, until: asyncio.Event) -> list[float]:
    """An honest agent: seconds from each flush to its ack.

    It sends the same flush again and again, which is acknowledged and stored once: memory that grows is
    not its own then.
    """
    headers = {"Authorization": f"Bearer {found.agent_token}"}
    took: list[float] = []
    address = found.url.replace("http", "ws") + "/ws/agent"
    async with connect(address, additional_headers=headers, proxy=None) as socket:
        await socket.send(encode(hello(run="honest", attempt="h")))
        decode_from_server(await socket.recv(decode=False))
        while not until.is_set():
            began = time.monotonic()
            await socket.send(encode(flush(1, 0, 10, ["backbone", "head"])))
            decode_from_server(await socket.recv(decode=False))
            took.append(time.monotonic() - began)
            await asyncio.sleep(0.05)
    return took


async def under_attack(found: Discovery, frames: list[bytes | str]) -> tuple[list[int], list[float]]:
    until = asyncio.Event()
    honest = asyncio.create_task(bystander(found, until))
    codes = await attack(found, frames)
    until.set()
    return codes, await honest


def test_malformed_frames(tmp_path: Path) -> None:
    rng = random.Random(15)
    with serving(tmp_path / "data") as (process, found, log):
        # What the allocator keeps for reuse has its size only after some thousand connections.
        apart(under_attack(found, [malformed(rng) for _ in range(max(200, FRAMES // 5))]))
        before = memory(process)
        codes, took = apart(under_attack(found, [malformed(rng) for _ in range(FRAMES)]))
        grown = memory(process) - before
        told = log.read_text()
        token = (tmp_path / "data" / "admin.token").read_text().strip()
    assert set(codes) <= {1003, 1008}, sorted(set(codes))
    assert "Traceback" not in told
    assert "ERROR" not in told
    assert grown <= 10 * MEGABYTE, f"{grown / MEGABYTE:.1f} MB"
    assert len(took) >= 3, "the honest agent was not served"
    # At the most talkative level, and with every kind of handshake in it.
    assert len(told) > 1000
    assert found.agent_token not in told
    assert token not in told


def test_oversized_frames(tmp_path: Path) -> None:
    one = Column(b"\0" * 8)
    names = flush(1, 0, 1, ["backbone", "head"])
    crowd = msgspec.msgpack.encode({f"{at}": None for at in range(1_000_000)})
    many = encode(msgspec.structs.replace(names, metrics={f"m{at}": one for at in range(10_000)}))
    long = encode(msgspec.structs.replace(names, metrics={"n" * 10_000: one}))
    assert len(many) < MAX_FRAME < len(crowd)
    with serving(tmp_path / "data") as (process, found, _):
        apart(attack(found, [many, long, bytes(MAX_FRAME + 1)]))
        before = memory(process)
        for frame, code in ((bytes(100 * MEGABYTE), 1009), (crowd, 1009), (many, 1008), (long, 1008)):
            assert apart(attack(found, [frame])) == [code]
        grown = memory(process) - before
    assert grown <= 2 * MEGABYTE, f"{grown / MEGABYTE:.1f} MB"
