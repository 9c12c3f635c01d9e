"""SQLite's log cut at any byte, as by a power cut: what was committed before the cut is there, no more."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from rheostat_server.store.database import WRITES, open_engine
from rheostat_server.store.ledger import Ledger
from rheostat_server.store.points import read_series
from rheostat_server.store.runs import add_flush
from rheostat_server.store.schema import chunks
from tests.server.running import flush, hello
from tests.server.store.taking import begin

FLUSHES = 40


@pytest.mark.parametrize("cuts", [60, pytest.param(1000, marks=pytest.mark.faults)])
def test_a_torn_log(tmp_path: Path, cuts: int) -> None:
    store, rng = tmp_path / "store.sqlite3", random.Random(19)
    engine, ledger = open_engine(store), Ledger()
    with engine.connect() as warm:
        warm.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    log = Path(f"{store}-wal")
    ends = []
    for seq in range(1, FLUSHES + 1):
        with engine.execution_options(**{WRITES: True}).begin() as connection:
            if seq == 1:
                begin(connection, ledger, hello(writer="w"))
            sent = flush(seq, 10 * (seq - 1), 10, ["backbone", "head"])
            assert add_flush(connection, ledger, sent, run="r1", attempt=1, writer="w", now=0.0)
            ledger.save(connection)
        ends.append(log.stat().st_size)
    whole, main = log.read_bytes(), store.read_bytes()
    engine.dispose()
    for number in range(cuts):
        at = rng.randrange(len(whole))
        torn = tmp_path / f"torn{number}"
        torn.mkdir()
        (torn / "store.sqlite3").write_bytes(main)
        (torn / "store.sqlite3-wal").write_bytes(whole[:at])
        engine = open_engine(torn / "store.sqlite3")
        committed = sum(end <= at for end in ends)
        with engine.begin() as connection:
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
            assert connection.scalar(select(func.count()).select_from(chunks)) == committed
            loss = read_series(connection, "r1", ["loss"], first=None, last=None, width=2000).series["loss"]
            assert loss.x.tolist() == list(range(10 * committed))
        engine.dispose()
        shutil.rmtree(torn)
