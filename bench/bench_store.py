"""The store, on SQLite and PostgreSQL: a run in through a socket, bytes on disk, a million steps at any zoom.

    python -m bench.bench_store [--only ingest|disk|read] [--rounds 3]

``ingest`` goes through the protocol and a real websocket until the last ack, so until the commit: frames of
several sizes by a client in this process, without the limit on the messages of a job; then, against a server
in a process of its own with its ordinary limits, a million steps that an agent left on disk (`rheostat sync`)
and a real job of `rheostat.attach`, in a third process, that trains as fast as it can.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import httpx
import numpy as np
import numpy.typing as npt
import psycopg
from sqlalchemy import func, select
from tests.e2e.processes import Dashboard, wait_for
from tests.e2e.tight import TightJob
from tests.forks import forks
from tests.server.databases import Cluster, cluster
from tests.server.running import Agent, Server
from websockets.exceptions import ConnectionClosed

from bench.rounds import compare, report
from bench.spooled import bring, leave_on_disk
from rheostat.wire import Ack, Bye, Column, Flush, encode
from rheostat_server.store.compact import FULL_STEPS
from rheostat_server.store.compactor import compact_run
from rheostat_server.store.database import reclaim
from rheostat_server.store.points import read_series
from rheostat_server.store.schema import chunks

STEPS = 1_000_000
PIXELS = 2000
ZOOMS = (1_000_000, 700_001, 300_000, 100_000, 32_000, 31_999, 10_000, 2_000, 100)


DATABASES = ("SQLite", "PostgreSQL")
RUNS = 4
"""One after the other, for what they take on disk."""
AGENT_STEPS = 5957
"""Steps of a flush of an agent that has more than enough to send: one group, one metric."""
TRAINED = 300_000
"""Steps of the real job."""


def losses() -> npt.NDArray[np.float64]:
    """The loss of the run, as float32 gives it."""
    noise = np.random.default_rng(1).normal(size=STEPS)
    return (2.0 * np.exp(-np.arange(STEPS) / 3e5) + 0.05 * noise).astype(np.float32).astype(np.float64)


def flushes(size: int) -> list[Flush]:
    """The run in flushes of ``size`` steps: cosine lr, a loss as float32 gives it, times with jitter."""
    rng = np.random.default_rng(2)
    steps, loss = np.arange(STEPS), losses()
    lr = 0.5e-3 * (1.0 + np.cos(np.pi * steps / STEPS))
    times = 1.7e9 + np.cumsum(0.01 + 0.001 * rng.random(STEPS))
    found = []
    for seq, at in enumerate(range(0, STEPS, size), 1):
        part = slice(at, at + size)
        column = {"backbone": Column.of(lr[part])}
        flush = Flush(
            seq=seq,
            steps=steps[part].astype("<i8").tobytes(),
            times=times[part].tobytes(),
            planned=column,
            effective=column,
            metrics={"loss": Column.of(loss[part])},
        )
        found.append(flush)
    return found


def ingest(agent: Agent, frames: list[bytes]) -> float:
    """Seconds from the first frame sent to the last one acknowledged as committed."""
    begun = time.perf_counter()
    acked = 0
    for sent, frame in enumerate(frames, 1):
        agent.connection.send(frame)
        while sent - acked > 32:
            message = agent.receive()
            acked = message.seq if isinstance(message, Ack) else acked
    if acked < len(frames):
        agent.acked(len(frames))
    return time.perf_counter() - begun


@contextmanager
def serving(database: str, postgresql: Cluster) -> Iterator[Server]:
    """A new server on an empty database, that takes as many messages a second from a job as it can."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {"database_url": postgresql.new()} if database == "PostgreSQL" else {}
        with Server(Path(folder), agent_messages_per_s=1e6, **settings) as server:
            yield server


def ingested(postgresql: Cluster, rounds: int) -> None:
    """Steps a second into each database, in turn."""
    for size in (200, 1000, 5000):
        frames = [encode(flush) for flush in flushes(size)]
        taken: dict[str, list[float]] = {database: [] for database in DATABASES}
        for _ in range(rounds):
            for database in DATABASES:
                with serving(database, postgresql) as server, server.agent() as agent:
                    taken[database].append(ingest(agent, frames))
        for database in DATABASES:
            _say(f"{database}, flushes of {size} steps", [STEPS / seconds for seconds in taken[database]])
    for what, steps, measured in (
        ("what an agent left on disk", STEPS, spooled),
        ("a real job", TRAINED, trained),
    ):
        rates: dict[str, list[float]] = {database: [] for database in DATABASES}
        for _ in range(rounds):
            for database in DATABASES:
                with tempfile.TemporaryDirectory() as folder:
                    rates[database].append(steps / measured(Path(folder), database, postgresql))
        for database in DATABASES:
            _say(f"{database}, {what}", rates[database])


def process(folder: Path, database: str, postgresql: Cluster) -> Dashboard:
    """A server in a process of its own, on an empty database, with its ordinary limits."""
    server = Dashboard(folder)
    if database == "PostgreSQL":
        server.environment |= {"RHEOSTAT_DATABASE_URL": postgresql.new()}
    return server


def spooled(folder: Path, database: str, postgresql: Cluster) -> float:
    """Seconds for a million steps that an agent recorded without a server and brings to one."""
    left = folder / "left"
    leave_on_disk(flushes(AGENT_STEPS), left)
    with process(folder, database, postgresql) as server:
        return bring(left, server.url, (folder / "agent.token").read_text().strip())


def trained(folder: Path, database: str, postgresql: Cluster) -> float:
    """Seconds from the first step of a real job until the server has stored its last."""
    with process(folder, database, postgresql) as server:
        job = TightJob(forks(), folder, "tight", TRAINED)
        wait_for("its first step", lambda: job.done)
        begun = time.perf_counter()
        wait_for("its last step", lambda: job.done >= TRAINED)
        wait_for("all of it stored", lambda: int(server.get("/runs/tight")["step"]) >= TRAINED)
        seconds = time.perf_counter() - begun
        job.wait()
    return seconds


def _say(what: str, rates: list[float]) -> None:
    low, middle, high = min(rates), statistics.median(rates), max(rates)
    print(
        f"ingest, {what}: {middle:,.0f} steps/s ({low:,.0f} to {high:,.0f}), "
        f"each with lr, plan, loss and time: {3 * middle:,.0f} values/s without the time"
    )


def fill_ours(server: Server, points: int = STEPS, run: str = "r1") -> None:
    """Put the run in, by thousands, end it and compact it."""
    frames = [encode(flush) for flush in flushes(1000)[: points // 1000]]
    with server.agent(run=run) as agent:
        ingest(agent, frames)
        agent.send(Bye(state="finished", step=points, last_seq=len(frames)))
        with suppress(ConnectionClosed):
            while True:  # it is closed once all of that is committed
                agent.receive()
    # The server's own compactor may be at it, and then has the run for itself.
    wait_for("full chunks", lambda: _compacted(server, run) == -(-points // FULL_STEPS))
    reclaim(server.dashboard.engine)  # as the server does by itself within a minute


def _compacted(server: Server, run: str) -> int:
    """The chunks of the run, after another attempt to make them fewer."""
    compact_run(server.dashboard.engine, server.dashboard.writer, run)
    mine = select(func.count()).select_from(chunks).where(chunks.c.run == run)
    return server.dashboard.read(lambda c: c.scalar(mine)) or 0


def on_disk(database: str, postgresql: Cluster) -> None:
    """Bytes a step beyond the empty database, of one run after the other, each ended and compacted."""
    with serving(database, postgresql) as server:
        empty = _size(server)
        fill_ours(server)
        said = [f"{(_size(server) - empty) / STEPS:.1f} after compaction"]
        # What was written and deleted is room for the runs after it.
        for run in range(2, RUNS + 1):
            before = _size(server)
            fill_ours(server, run=f"r{run}")
            said.append(f"{(_size(server) - before) / STEPS:.1f} more for run {run}")
        said.append(f"{(_size(server) - empty) / STEPS / RUNS:.1f} on average")
        if server.settings.database_url:
            _rewrite(server.settings.database_url)
            said.append(f"{(_size(server) - empty) / STEPS / RUNS:.1f} after VACUUM FULL")
        print(f"{database}, bytes a step on disk, indexes and digests included: {', '.join(said)}")


def _size(server: Server) -> int:
    url = server.settings.database_url
    if url:
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert row is not None
        return int(row[0])
    with server.dashboard.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return (server.settings.data_dir / "rheostat.sqlite3").stat().st_size


def _rewrite(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM FULL")


def main() -> None:
    """Print the tables."""
    words = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    words.add_argument("--only", choices=("ingest", "disk", "read"))
    words.add_argument("--rounds", type=int, default=3, help="of ingest")
    wish = words.parse_args()
    print(f"load of the machine at the start: {os.getloadavg()[0]:.1f}")
    with contextmanager(cluster)() as postgresql:
        measure(wish, postgresql)
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


def measure(wish: argparse.Namespace, postgresql: Cluster) -> None:
    """What was asked for."""
    if wish.only in (None, "ingest"):
        ingested(postgresql, wish.rounds)
    for database in DATABASES:
        if wish.only in (None, "disk"):
            on_disk(database, postgresql)
        if wish.only in (None, "read"):
            with serving(database, postgresql) as server:
                fill_ours(server)
                print(f"\n{database}")
                read(server)


def read(server: Server) -> None:
    """Reading, in process and over HTTP, and what an answer weighs."""
    for name in ("loss", "lr:backbone"):
        zooms: dict[str, Callable[[], object]] = {
            f"{name}: {span:,} steps": partial(in_process, server, name, span) for span in ZOOMS
        }
        report(f"in the server, store to points for {PIXELS} px", compare(zooms, next(iter(zooms)), rounds=9))
    with server.client() as client:
        asked: dict[str, Callable[[], object]] = {}
        for form in ("json", "bin"):
            for span in (STEPS, 31_999):
                asked[f"loss, {form}: {span:,} steps"] = partial(over_http, client, form, span)
        report("over HTTP", compare(asked, next(iter(asked)), rounds=9))
        for name in ("loss", "lr:backbone"):
            for form in ("json", "bin"):
                print(f"{name}, {form}: {over_http(client, form, STEPS, name):,} bytes on the wire")


def in_process(server: Server, name: str, span: int) -> object:
    """One series of ``span`` steps in the middle of the run."""
    first = (STEPS - span) // 2 + (5 if span < STEPS else 0)
    return server.dashboard.read(
        lambda c: read_series(c, "r1", [name], first=first, last=first + span, width=PIXELS)
    )


def over_http(client: httpx.Client, form: str, span: int, name: str = "loss") -> int:
    """The same as a request; the bytes of its body as sent."""
    first = (STEPS - span) // 2
    query: dict[str, str | int] = {"metric": name, "width": PIXELS, "format": form}
    query |= {"from": first, "to": first + span}
    return client.get("/api/runs/r1/series", params=query).raise_for_status().num_bytes_downloaded


if __name__ == "__main__":
    main()
