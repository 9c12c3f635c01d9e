"""Many agents and viewers against one server, then two on PostgreSQL and NATS with one killed half way.

    python -m bench.bench_load --agents 2000 --viewers 200 --seconds 300

Agents and viewers are simulated in this process, with real frames over real sockets, so that the machine
carries them too. Nothing counts as stored but what the database holds at the end. The lag of a viewer is from
a flush of the watched job, as it is made, until its steps are with the viewer: one process, one clock.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from sqlalchemy import func, select
from tests.e2e.processes import Dashboard
from tests.server.databases import cluster
from tests.server.nats import Nats
from tests.server.scale.load import STEPS, Job, Watcher

from rheostat_server.store.database import open_engine
from rheostat_server.store.schema import chunks


@dataclass(frozen=True)
class Place:
    """Servers, the database they share, and its process, if it has one."""

    servers: list[Dashboard]
    database: Path | str
    postmaster: int | None = None


@dataclass
class Seen:
    """What one run of the load showed."""

    jobs: list[Job]
    watchers: list[Watcher]
    seconds: float
    memory: list[float] = field(default_factory=list)
    processor: float = 0.0
    database: float = 0.0
    own: float = 0.0
    let_in: float = 0.0
    busy: list[float] = field(default_factory=list)
    lost: int = 0
    twice: int = 0

    def rows(self) -> list[tuple[str, str]]:
        """The table."""
        lags = sorted(lag for job in self.jobs for lag in job.lags)
        seen = sorted(lag for watcher in self.watchers for lag in watcher.lags)
        sent = sum(job.sent for job in self.jobs)
        quarter = max(1, len(self.memory) // 4)
        memory, busy = (
            [statistics.median(part) for part in (kept[:quarter], kept[-quarter:])]
            for kept in (self.memory, self.busy)
        )
        broken, resets = (sum(getattr(w, name) for w in self.watchers) for name in ("broken", "resets"))
        whole = sum(w.seen == STEPS * self.jobs[0].sent for w in self.watchers)
        longest = max((w.longest for w in self.watchers), default=0.0)
        return [
            ("load of the machine, first / last quarter", " / ".join(f"{part:.1f}" for part in busy)),
            ("all agents and viewers let in after", f"{self.let_in:.1f} s"),
            ("flushes sent", f"{sent:,} ({sent / self.seconds:,.0f} a second)"),
            ("flushes lost / stored twice", f"{self.lost} / {self.twice}"),
            ("ack p50 / p99 / longest", " / ".join(_ms(_at(lags, part)) for part in (0.5, 0.99, 1.0))),
            ("RSS of all servers, first / last quarter", f"{memory[0]:.0f} / {memory[1]:.0f} MB"),
            (
                "CPU of all servers",
                f"{self.processor / self.seconds:.2f} cores, {1e3 * self.processor / sent:.3f} ms a flush",
            ),
            ("CPU of PostgreSQL", f"{self.database / self.seconds:.2f} cores" if self.database else "-"),
            ("CPU of the simulated agents and viewers", f"{self.own / self.seconds:.2f} cores"),
            ("connections of agents beyond the first", f"{sum(job.connections - 1 for job in self.jobs)}"),
            ("viewers: updates out of order / resets", f"{broken} / {resets}"),
            ("viewers that saw the run to its end", f"{whole} of {len(self.watchers)}"),
            (
                "lag of a viewer p50 / p95 / p99",
                " / ".join(_ms(_at(seen, part)) for part in (0.5, 0.95, 0.99)),
            ),
            ("longest gap between updates of a viewer", f"{longest:.1f} s"),
        ]


async def load(place: Place, wish: argparse.Namespace, kill: bool) -> Seen:
    """Put the load on the servers and compare with what the database holds then."""
    servers = place.servers
    token, admin = ((servers[0].folder / f"{role}.token").read_text().strip() for role in ("agent", "admin"))
    ports = [server.port for server in servers]
    jobs = [Job(f"r{at}", _turn(ports, at), token, wish.rate) for at in range(wish.agents)]
    watchers = [Watcher("r0", _turn(ports, at), admin, jobs[0].stamps) for at in range(wish.viewers)]
    processes = [psutil.Process(server.pid) for server in servers]
    begun = time.monotonic()
    lives = [asyncio.create_task(job.live()) for job in jobs]
    while not all(job.connections for job in jobs):
        await asyncio.sleep(0.1)
    watching = [asyncio.create_task(watcher.live()) for watcher in watchers]
    while not all(watcher.there for watcher in watchers):
        await asyncio.sleep(0.1)
    seen = Seen(jobs, watchers, wish.seconds, let_in=time.monotonic() - begun)
    started, begun, own = sum(_cpu(process) for process in processes), time.monotonic(), time.process_time()
    stored = _family(place.postmaster)
    for job in jobs:
        job.start()
    while (passed := time.monotonic() - begun) < wish.seconds:
        await asyncio.sleep(min(1.0, wish.seconds - passed))
        seen.memory.append(sum(_rss(process) for process in processes))
        seen.busy.append(os.getloadavg()[0])
        if kill and passed > wish.seconds / 2:
            kill = False
            seen.processor += _cpu(processes[0])
            await asyncio.to_thread(servers[0].kill)
    seen.processor += sum(_cpu(process) for process in processes) - started
    seen.database = _family(place.postmaster) - stored
    seen.own = time.process_time() - own
    seen.seconds = time.monotonic() - begun
    for job in jobs:
        job.stop()
    done, late = await asyncio.wait(lives, timeout=60)
    for task in done:
        task.result()
    await _all_seen(seen)
    for task in [*watching, *late]:
        task.cancel()
    await asyncio.gather(*watching, *late, return_exceptions=True)
    _compare(seen, place.database)
    return seen


def _compare(seen: Seen, place: Path | str) -> None:
    engine = open_engine(place)
    steps = func.sum(chunks.c["count"]), func.max(chunks.c.last_step)
    with engine.connect() as connection:
        held = {
            row[0]: (int(row[1]), int(row[2]) + 1)
            for row in connection.execute(select(chunks.c.run, *steps).group_by(chunks.c.run))
        }
    engine.dispose()
    for job in seen.jobs:
        stored, end = held.get(job.run, (0, 0))
        seen.lost += job.sent - end // STEPS + max(0, end - stored) // STEPS
        seen.twice += max(0, stored - end) // STEPS


async def _all_seen(seen: Seen) -> None:
    """Wait until every watcher has seen the last step, 30 s at most: one may have to come back first."""
    until = time.monotonic() + 30.0
    while time.monotonic() < until:
        if all(watcher.seen >= STEPS * seen.jobs[0].sent for watcher in seen.watchers):
            return
        await asyncio.sleep(0.1)


def _turn(ports: list[int], at: int) -> list[int]:
    """The ports in the order in which client number ``at`` tries them."""
    first = at % len(ports)
    return [*ports[first:], *ports[:first]]


def _rss(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / 1e6
    except psutil.NoSuchProcess:
        return 0.0


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _family(pid: int | None) -> float:
    """CPU seconds of a process and its children, those that have ended among them."""
    if pid is None:
        return 0.0
    parent = psutil.Process(pid)
    ended = parent.cpu_times()
    living = sum(_cpu(process) for process in [parent, *parent.children(recursive=True)])
    return living + float(ended.children_user + ended.children_system)


def _at(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("nan")


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:,.0f} ms"


@contextlib.contextmanager
def one(folder: Path) -> Iterator[Place]:
    """One server on SQLite."""
    with Dashboard(folder / "one") as server:
        yield Place([server], folder / "one" / "rheostat.sqlite3")


@contextlib.contextmanager
def two(folder: Path) -> Iterator[Place]:
    """Two servers on PostgreSQL and NATS."""
    with contextlib.ExitStack() as stack:
        postgresql = next(databases := cluster())
        url = postgresql.new()
        stack.callback(lambda: next(databases, None))
        (folder / "nats").mkdir()
        nats = Nats(folder / "nats")
        stack.callback(nats.kill)
        servers = [Dashboard(folder / name) for name in "ab"]
        for server in servers:
            server.environment |= {"RHEOSTAT_DATABASE_URL": url, "RHEOSTAT_BUS_URL": nats.url}
            stack.enter_context(server)
        yield Place(servers, url, postgresql.server.get_pid())


def main() -> None:
    """Run both and print a Markdown table of each."""
    words = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    words.add_argument("--agents", type=int, default=200)
    words.add_argument("--viewers", type=int, default=20)
    words.add_argument("--seconds", type=float, default=20.0)
    words.add_argument("--rate", type=float, default=2.0, help="flushes a second of each agent")
    words.add_argument("--only", choices=("one", "two"), help="one server on SQLite, or two with one killed")
    wish = words.parse_args()
    for name, made, kill in (("one", one, False), ("two", two, True)):
        if wish.only not in (None, name):
            continue
        with tempfile.TemporaryDirectory() as folder, made(Path(folder)) as place:
            seen = asyncio.run(load(place, wish, kill))
        title = "one server, SQLite" if name == "one" else "two servers on PostgreSQL, one killed half way"
        print(f"\n{title}: {wish.agents} agents x {wish.rate:g} flushes/s, {wish.viewers} viewers, ", end="")
        print(f"{seen.seconds:.0f} s\n")
        print("| what | seen |\n| --- | --- |")
        for what, value in seen.rows():
            print(f"| {what} | {value} |")


if __name__ == "__main__":
    main()
