"""One long series to a chart: our server and those of other tools, each asked over HTTP in turn.

    RHEOSTAT_PEERS=/path/to/python python -m bench.bench_series --points 1000000

What they answer is not the same: ours is the least and the greatest of each of 2,000 pixel columns, exactly.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
from tests.server.databases import cluster
from tests.server.running import Server

from bench.bench_store import flushes, ingest
from bench.peer_series import PEERS, PYTHON, serving
from bench.rounds import compare, report
from rheostat_server.store.compactor import compact_run

PIXELS = 2000


@contextlib.contextmanager
def ours(folder: Path, points: int, **settings: str) -> Iterator[tuple[Server, Callable[[str], int]]]:
    """Our server with the series in it, compacted as after a while, and a call that asks it in a format."""
    with Server(folder, **settings) as server, server.client() as client:
        with server.agent() as agent:
            ingest(agent, flushes(1000)[: points // 1000])
            while compact_run(server.dashboard.engine, server.dashboard.writer, "r1"):
                pass

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


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    words.add_argument("--points", type=int, default=100_000, help="at most 1,000,000")
    words.add_argument("--rounds", type=int, default=7)
    words.add_argument(
        "--without", action="append", default=[], help="a package: aim takes minutes to be filled"
    )
    wish = words.parse_args()
    contenders: dict[str, Callable[[], object]] = {}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = next(databases := cluster()).new()
        stack.callback(lambda: next(databases, None))
        for name, settings in (("SQLite", {}), ("PostgreSQL", {"database_url": url})):
            _, ask = stack.enter_context(ours(folder / name, wish.points, **settings))
            for form in ("bin", "json"):
                contenders[f"rheostat, {name}, {form}"] = partial(ask, form)
        for number, (name, peer) in enumerate(PEERS.items()):
            if peer.package in wish.without:
                continue
            if not installed(peer.package):
                print(f"{name}: not installed in {PYTHON}")
                continue
            asked = stack.enter_context(serving(peer, folder / f"peer{number}", wish.points))
            print(f"{name}: {asked()} points")
            contenders[name] = asked
        report(
            f"{wish.points:,} points to a chart, over HTTP",
            compare(contenders, "rheostat, SQLite, bin", rounds=wish.rounds),
        )


if __name__ == "__main__":
    main()
