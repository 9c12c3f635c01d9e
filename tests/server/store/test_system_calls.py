"""Whichever system call below SQLite fails: an error or another try, never a wrong answer."""

from __future__ import annotations

import asyncio
import errno
import shutil
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from rheostat_server.store.compactor import compact_run
from rheostat_server.store.database import StoreError, StoreUnusableError, open_engine
from rheostat_server.store.points import read_series
from rheostat_server.store.runs import Stored
from rheostat_server.store.writer import Ticket
from tests.server.running import flush
from tests.server.store.system_calls import REACHABLE, SystemCalls, intercepted
from tests.server.store.taking import Bench

pytestmark = pytest.mark.skipif(not REACHABLE, reason="this Python's SQLite cannot be reached")

SEQS = range(1, 7)
CLEAN = (StoreError, StoreUnusableError, SQLAlchemyError, MemoryError)


async def put(held: Bench, seqs: range) -> int:
    """Put flushes; how many were acknowledged."""
    held.tickets = {"r": Ticket()}
    held.outcomes = []
    for seq in seqs:
        held.put("r", seq)
        await asyncio.sleep(0)
    await held.settled(len(seqs))
    acked = [seq for _, seq, outcome in held.outcomes if isinstance(outcome, Stored)]
    assert acked == list(seqs)[: len(acked)], "none is acknowledged after one that is not"
    return len(acked)


def use(path: Path) -> int:
    """Open the store, let a run in, put its flushes, compact, read; how many flushes were acknowledged."""
    engine = open_engine(path)
    held = Bench(engine)
    acked = 0
    try:
        held.let_in("r")
        acked = asyncio.run(put(held, SEQS))
        compact_run(engine, held.writer, "r")
        with engine.begin() as connection:
            read_series(connection, "r", ["loss"], first=None, last=None, width=100)
    except CLEAN:
        pass
    finally:
        held.writer.close()
        engine.dispose()
    return acked


def mend(path: Path, acked: int) -> None:
    """What was acknowledged is there; the rest is sent again; then all of it is there, once, and whole."""
    engine = open_engine(path)
    held = Bench(engine)
    held.let_in("r")
    assert held.stored().get("r", 0) >= acked
    asyncio.run(put(held, range(acked + 1, len(SEQS) + 1)))
    held.writer.close()
    with engine.begin() as connection:
        read = read_series(connection, "r", ["loss"], first=None, last=None, width=1000)
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    engine.dispose()
    sent = [flush(seq, 5 * (seq - 1), 5, ["backbone", "head"]) for seq in SEQS]
    assert read.series["loss"].x.tolist() == [int(step) for one in sent for step in one.step_array()]
    assert read.series["loss"].y.tolist() == [float(y) for one in sent for y in one.metrics["loss"].array()]


@pytest.mark.parametrize("number", [errno.EIO, pytest.param(errno.ENOSPC, marks=pytest.mark.faults)])
def test_whichever_call_fails_nothing_is_lost_or_doubled(tmp_path: Path, number: int) -> None:
    """The n-th call fails, n = 1, 2, ... until all pass."""
    empty, path = tmp_path / "empty.sqlite3", tmp_path / "store.sqlite3"
    open_engine(empty).dispose()
    failed: Counter[str] = Counter()
    with intercepted() as calls:
        nth = 0
        while _once(calls, nth := nth + 1, number, empty, path):
            failed[calls.failed] += 1
    print(f"each of {failed.total()} calls failed once: {dict(failed)}")
    assert failed["open"] > 0
    assert failed.total() > 20
    assert any(failed[name] for name in ("write", "pwrite", "pwrite64"))


def _once(calls: SystemCalls, nth: int, number: int, empty: Path, path: Path) -> bool:
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    shutil.copy(empty, path)
    calls.arm(nth, number)
    try:
        acked = use(path)
    except CLEAN:
        acked = 0
    calls.disarm()
    mend(path, acked)
    return bool(calls.failed)
