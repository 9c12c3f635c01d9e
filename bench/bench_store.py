"""The store: flushes through a server's socket, bytes on disk, a million steps read at any zoom."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import numpy as np
from tests.server.running import Agent, Server

from bench.rounds import compare, report
from rheostat.wire import Ack, Column, Flush, encode
from rheostat_server.store.compactor import compact_run
from rheostat_server.store.points import read_series

STEPS = 1_000_000
PIXELS = 2000
ZOOMS = (1_000_000, 700_001, 300_000, 100_000, 32_000, 31_999, 10_000, 2_000, 100)


def flushes(size: int) -> list[bytes]:
    """The run as frames of ``size`` steps: cosine lr, a loss as float32 gives it, times with jitter."""
    rng = np.random.default_rng(1)
    steps = np.arange(STEPS)
    lr = 0.5e-3 * (1.0 + np.cos(np.pi * steps / STEPS))
    loss = (2.0 * np.exp(-steps / 3e5) + 0.05 * rng.normal(size=STEPS)).astype(np.float32).astype(np.float64)
    times = 1.7e9 + np.cumsum(0.01 + 0.001 * rng.random(STEPS))
    frames = []
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
        frames.append(encode(flush))
    return frames


def ingest(agent: Agent, frames: list[bytes]) -> float:
    """Seconds from the first frame sent to the last one acknowledged as committed."""
    begun = time.perf_counter()
    acked = 0
    for sent, frame in enumerate(frames, 1):
        agent.connection.send(frame)
        while sent - acked > 32:
            message = agent.receive()
            acked = message.seq if isinstance(message, Ack) else acked
    agent.acked(len(frames))
    return time.perf_counter() - begun


def ingest_anew(frames: list[bytes]) -> float:
    """`ingest` into a new server."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server, server.agent() as agent:
        return ingest(agent, frames)


def main() -> None:
    """Print the tables."""
    for size in (200, 1000, 5000):
        frames = flushes(size)
        taken = [ingest_anew(frames) for _ in range(3)]
        best, middle = min(taken), statistics.median(taken)
        print(
            f"ingest, flushes of {size} steps: {STEPS / middle:,.0f} steps/s ({STEPS / best:,.0f} at best), "
            f"each with lr, plan, loss and time: {3 * STEPS / middle:,.0f} values/s"
        )
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        with server.agent() as agent:
            ingest(agent, flushes(1000))
            dashboard = server.dashboard
            begun = time.perf_counter()
            while compact_run(dashboard.engine, dashboard.writer, "r1"):
                pass
            print(f"\ncompaction of what the background had left: {time.perf_counter() - begun:.2f} s")
            with dashboard.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            size = (Path(folder) / "rheostat.sqlite3").stat().st_size
            print(f"on disk: {size / STEPS:.1f} bytes a step, indexes and digests included")
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
