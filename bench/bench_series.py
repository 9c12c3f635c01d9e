"""One long series to a chart: our server and those of other tools, each asked over HTTP in turn.

    RHEOSTAT_PEERS=/path/to/python python -m bench.bench_series --points 1000000 --folder /tmp/series

All have the same losses. The peers' stores are kept in the folder for the next time: aim takes minutes to be
filled with a million points (``--fill`` does that and no more). What they answer is not the same: ours is the
least and the greatest of each of 2,000 pixel columns, exactly.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import numpy as np
from tests.server.databases import cluster
from tests.server.running import Server

from bench.bench_store import fill_ours, losses
from bench.peer_series import PEERS, PYTHON, Peer, fill, serving
from bench.rounds import compare, report

PIXELS = 2000


@contextlib.contextmanager
def ours(folder: Path, points: int, **settings: str) -> Iterator[tuple[Server, Callable[[str], int]]]:
    """Our server with the series in it, compacted as after a while, and a call that asks it in a format."""
    with Server(folder, **settings) as server, server.client() as client:
        fill_ours(server, points)

        def ask(form: str) -> int:
            query: dict[str, str | int] = {"metric": "loss", "width": PIXELS, "format": form}
            answer: httpx.Response = client.get("/api/runs/r1/series", params=query).raise_for_status()
            return len(answer.content)

        yield server, ask


def installed(package: str) -> bool:
    """Whether the peers' Python has it."""
    return (
        subprocess.run([PYTHON, "-c", f"import {package}"], capture_output=True, check=False).returncode == 0
    )


def filled(folder: Path, points: int, without: list[str]) -> dict[str, tuple[Peer, Path, str]]:
    """The peers that are installed, each with its filled store and what filling it printed."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "losses.npy", losses()[:points])
    found = {}
    for name, peer in PEERS.items():
        if peer.package in without:
            continue
        if not installed(peer.package):
            print(f"{name}: not installed in {PYTHON}")
            continue
        place, begun = folder / peer.package, time.monotonic()
        fresh = not (place / "told").exists()
        found[name] = (peer, place, fill(peer, place, folder / "losses.npy"))
        if fresh:
            print(f"{peer.package}: filled in {time.monotonic() - begun:.0f} s")
    return found


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    words.add_argument("--points", type=int, default=100_000, help="at most 1,000,000")
    words.add_argument("--rounds", type=int, default=7)
    words.add_argument("--without", action="append", default=[], help="a package")
    words.add_argument("--folder", type=Path, help="where to keep the peers' stores (nowhere)")
    words.add_argument("--fill", action="store_true", help="fill the peers' stores and end")
    wish = words.parse_args()
    contenders: dict[str, Callable[[], object]] = {}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        peers = filled((wish.folder or folder) / str(wish.points), wish.points, wish.without)
        if wish.fill:
            return
        url = next(databases := cluster()).new()
        stack.callback(lambda: next(databases, None))
        for name, settings in (("SQLite", {}), ("PostgreSQL", {"database_url": url})):
            _, ask = stack.enter_context(ours(folder / name, wish.points, **settings))
            for form in ("bin", "json"):
                contenders[f"rheostat, {name}, {form}"] = partial(ask, form)
        for name, (peer, place, told) in peers.items():
            asked = stack.enter_context(serving(peer, place, told))
            print(f"{name}: {asked()} points")
            contenders[name] = asked
        print(f"load of the machine: {os.getloadavg()[0]:.1f}")
        report(
            f"{wish.points:,} points to a chart, over HTTP",
            compare(contenders, "rheostat, SQLite, bin", rounds=wish.rounds),
        )


if __name__ == "__main__":
    main()
