"""Compaction in a real database: fewer chunks, the same answers, while flushes go on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from sqlalchemy import Engine, func, insert, select

from rheostat_server.store import compactor as compactor_module
from rheostat_server.store.compactor import Compactor, compact_run, many_chunks
from rheostat_server.store.database import reading, reclaim
from rheostat_server.store.ledger import Ledger
from rheostat_server.store.points import Read, read_after, read_series
from rheostat_server.store.runs import add_flush
from rheostat_server.store.schema import attempts, chunks, pieces
from rheostat_server.store.writer import Writer
from tests.server.running import flush, wait_for


class Run:
    """A run that is being written."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.ledger = Ledger()
        self.writer = Writer(engine, self.ledger.save, self.ledger.forget)
        self.seq = 0
        self.values: dict[int, float] = {}

    def write(self, first: int, count: int, *, attempt: int = 1) -> None:
        self.seq += 1
        loss = np.random.default_rng(self.seq).normal(size=count)
        message = flush(self.seq, first, count, ["g"], loss=loss.tolist())
        self.values = {step: value for step, value in self.values.items() if step < first}
        self.values |= dict(zip(range(first, first + count), loss.tolist(), strict=True))

        with self.engine.begin() as connection:
            assert add_flush(connection, self.ledger, message, run="r", attempt=attempt, writer="w", now=0.0)
            self.ledger.save(connection)

    def read(self, width: int, first: int | None = None, last: int | None = None) -> Read:
        with reading(self.engine).begin() as connection:
            return read_series(connection, "r", ["loss", "lr:g"], first=first, last=last, width=width)

    def chunks(self) -> int:
        with self.engine.begin() as connection:
            return int(connection.scalar(select(func.count()).select_from(chunks)) or 0)


@pytest.fixture
def run(engine: Engine) -> Iterator[Run]:
    run = Run(engine)
    yield run
    run.writer.close()


def test_answers_stay_the_same(run: Run) -> None:
    for at in range(0, 60_000, 500):
        run.write(at, 500)
    run.write(41_234, 500, attempt=2)
    asked = [(40, None, None), (500, None, None), (100, 1_234, 40_001), (900, 16_000, 17_000)]
    before = [run.read(*one) for one in asked]
    assert compact_run(run.engine, run.writer, "r") >= 1
    assert run.chunks() < 50
    after = [run.read(*one) for one in asked]
    for one, two in zip(before, after, strict=True):
        assert one.cursor == two.cursor
        for name in ("loss", "lr:g"):
            assert one.series[name].x.tolist() == two.series[name].x.tolist()
            assert one.series[name].y.tobytes() == two.series[name].y.tobytes()
            assert one.series[name].total == two.series[name].total
    whole = run.read(60_000).series["loss"]
    assert dict(zip(whole.x.tolist(), whole.y.tolist(), strict=True)) == run.values
    assert compact_run(run.engine, run.writer, "r") == 0, "nothing is left to do"


def test_a_flush_sent_again_is_still_known(run: Run) -> None:
    for at in range(200):
        run.write(at, 1)
    compact_run(run.engine, run.writer, "r")
    assert run.chunks() < 30
    fresh = Ledger()
    again = flush(77, 76, 1, ["g"])
    with run.engine.begin() as connection:
        assert add_flush(connection, fresh, again, run="r", attempt=1, writer="w", now=0.0) is None


def test_a_viewer_with_a_recent_cursor_catches_up(run: Run) -> None:
    for at in range(200):
        run.write(at, 1)
    compact_run(run.engine, run.writer, "r")
    with run.engine.begin() as connection:
        assert read_after(connection, "r", 40, 1000) is None, "compacted: fetch the series anew"
        found = read_after(connection, "r", 190, 1000)
        assert found is not None
        assert found[1]["loss"].x.tolist() == list(range(190, 200))
        everything = read_after(connection, "r", 0, 1000)
        assert everything is not None
        assert dict(zip(everything[1]["loss"].x.tolist(), everything[1]["loss"].y.tolist(), strict=True)) == (
            run.values
        )


def test_the_thread_compacts_what_is_due(run: Run) -> None:
    for at in range(0, 22_500, 250):
        run.write(at, 250)
    compactor = Compactor(run.engine, run.writer, run.ledger.many_flushes)
    try:
        wait_for(lambda: run.chunks() < 25)
    finally:
        compactor.close()
    with run.engine.begin() as connection:
        assert connection.scalar(select(func.count()).select_from(pieces))
    assert len(run.read(22_500).series["loss"].x) == 22_500


def end(run: Run) -> None:
    """Note that its attempt is over."""
    life = {"ordinal": 1, "run": "r", "id": "a", "restart": 0, "host": "", "pid": 1, "started_at": 0.0}
    with run.engine.begin() as connection:
        connection.execute(insert(attempts).values(**life, ended_at=9.0, state="finished"))


def test_a_run_that_has_ended_is_one_chunk(run: Run) -> None:
    for at in range(0, 500, 50):
        run.write(at, 50)
    before = run.read(400)
    assert (compact_run(run.engine, run.writer, "r"), run.chunks()) == (0, 10)
    end(run)
    assert run.ledger.many_flushes() == []
    run.ledger.ended("r")
    assert run.ledger.many_flushes() == ["r"]
    assert (compact_run(run.engine, run.writer, "r"), run.chunks()) == (1, 1)
    assert compact_run(run.engine, run.writer, "r") == 0
    after = run.read(400)
    assert after.cursor == before.cursor
    assert after.series["loss"].y.tobytes() == before.series["loss"].y.tobytes()


def test_runs_with_many_chunks_are_found(run: Run) -> None:
    for at in range(128):
        with run.engine.begin() as connection:
            assert many_chunks(connection) == []
        run.write(at, 1)
    with run.engine.begin() as connection:
        assert many_chunks(connection) == ["r"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_the_file_shrinks_again(run: Run) -> None:
    for at in range(0, 60_000, 500):
        run.write(at, 500)
    compact_run(run.engine, run.writer, "r")
    with run.engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA freelist_count").scalar() == 0


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_postgresql_gives_the_room_of_flushes_back(run: Run) -> None:
    def room() -> int:
        with run.engine.begin() as connection:
            return int(connection.exec_driver_sql("SELECT pg_table_size('chunks')").scalar() or 0)

    for at in range(0, 100_000, 2_000):
        run.write(at, 2_000)
    end(run)
    compact_run(run.engine, run.writer, "r")
    before = room()
    reclaim(run.engine)
    assert room() < before / 5
    assert len(run.read(100_000).series["loss"].x) == 100_000


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_the_thread_gives_room_back_once_something_was_merged(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compactor_module, "_RECLAIM_S", 0.0)
    monkeypatch.setattr(compactor_module, "_LOOK_S", 0.01)
    for at in range(0, 22_500, 250):
        run.write(at, 250)
    compactor = Compactor(run.engine, run.writer, run.ledger.many_flushes)
    vacuumed = "SELECT vacuum_count FROM pg_stat_user_tables WHERE relname = 'chunks'"
    try:
        with run.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            wait_for(lambda: connection.exec_driver_sql(vacuumed).scalar() == 1)
    finally:
        compactor.close()
