"""The writer's thread: order, groups, failures, with a real database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, func, insert, select, text

from rheostat_server.store.database import StoreError, epoch, open_engine
from rheostat_server.store.schema import meta
from rheostat_server.store.writer import Ticket, Writer

NO_ROOM = {
    "sqlite": (
        "CREATE TRIGGER no_room BEFORE INSERT ON meta BEGIN SELECT RAISE(ABORT, 'disk full'); END",
        "DROP TRIGGER no_room",
    ),
    "postgresql": (
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql "
        "AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$; "
        "CREATE TRIGGER no_room BEFORE INSERT ON meta FOR EACH ROW EXECUTE FUNCTION no_room()",
        "DROP TRIGGER no_room ON meta",
    ),
}
"""How each database is made to refuse inserts, and to take them again."""


@pytest.fixture
def forgotten() -> list[bool]:
    return []


@pytest.fixture
def writer(engine: Engine, forgotten: list[bool]) -> Iterator[Writer]:
    writer = Writer(engine, lambda _: None, lambda: forgotten.append(True))
    yield writer
    writer.close()


def put(key: str) -> Callable[[Connection], str]:
    def job(connection: Connection) -> str:
        connection.execute(insert(meta).values(key=key, value=key))
        return key

    return job


def keys(engine: Engine) -> set[str]:
    with engine.begin() as connection:
        return set(connection.scalars(select(meta.c.key))) - {"epoch", "schema_version"}


def test_results_come_after_the_commit_in_order(engine: Engine, writer: Writer) -> None:
    futures = [writer.submit(put(f"k{at}")) for at in range(200)]
    assert [future.result(10) for future in futures] == [f"k{at}" for at in range(200)]
    assert len(keys(engine)) == 200
    assert writer.problem == ""


def test_one_faulty_job_does_not_take_others_with_it(
    engine: Engine, writer: Writer, forgotten: list[bool]
) -> None:
    def faulty(connection: Connection) -> str:
        connection.execute(insert(meta).values(key="half", value=""))
        raise ZeroDivisionError

    futures = [writer.submit(job) for job in (put("a"), faulty, put("b"))]
    assert futures[0].result(10) == "a"
    with pytest.raises(ZeroDivisionError):
        futures[1].result(10)
    assert futures[2].result(10) == "b"
    assert keys(engine) == {"a", "b"}
    assert forgotten


def test_a_row_that_the_database_cannot_take_does_not_take_others_with_it(
    engine: Engine, writer: Writer
) -> None:
    def refused(connection: Connection) -> None:
        connection.execute(insert(meta).values(key="half", value=""))
        connection.execute(insert(meta).values(key=None, value=""))

    gate = threading.Event()
    held = writer.submit(lambda _: gate.wait(20))
    futures = [writer.submit(job) for job in (put("a"), refused, put("b"))]
    gate.set()
    assert held.result(10)
    assert futures[0].result(10) == "a"
    with pytest.raises(StoreError, match="not stored: "):
        futures[1].result(10)
    assert futures[2].result(10) == "b"
    assert keys(engine) == {"a", "b"}


def test_a_failing_store_fails_the_ticket_and_recovers(engine: Engine, writer: Writer) -> None:
    with engine.begin() as connection:
        connection.execute(text(NO_ROOM[engine.dialect.name][0]))
    ticket, other = Ticket(), Ticket()
    with pytest.raises(StoreError, match="disk full"):
        writer.submit(put("a"), ticket).result(10)
    assert "disk full" in writer.problem
    with engine.begin() as connection:
        connection.execute(text(NO_ROOM[engine.dialect.name][1]))
    with pytest.raises(StoreError, match="an earlier write of this connection failed"):
        writer.submit(put("b"), ticket).result(10)
    assert writer.submit(put("c"), other).result(10) == "c"
    assert keys(engine) == {"c"}
    assert writer.problem == ""


def test_closing_commits_what_is_queued_and_refuses_more(engine: Engine) -> None:
    writer = Writer(engine, lambda _: None, lambda: None)
    futures = [writer.submit(put(f"k{at}")) for at in range(50)]
    writer.close()
    assert all(future.done() for future in futures)
    assert len(keys(engine)) == 50
    with pytest.raises(StoreError, match="stopping"):
        writer.submit(put("late")).result(1)


def test_the_database_is_wal_and_keeps_its_epoch(tmp_path: Path) -> None:
    epochs = []
    for _ in range(2):
        engine = open_engine(tmp_path / "store.sqlite3")
        with engine.begin() as connection:
            epochs.append(epoch(connection))
            assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
            assert connection.scalar(text("PRAGMA synchronous")) == 1
            assert connection.scalar(select(func.count()).select_from(meta)) == 2
        engine.dispose()
    assert epochs[0] == epochs[1]


def test_an_urgent_job_takes_those_that_wait_for_company_along(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rheostat_server.store.writer._GROUP_S", 3600.0)
    monkeypatch.setattr("rheostat_server.store.writer._REST", 1e9)
    writer.submit(put("first")).result(20.0)
    waiting = writer.submit(put("waiting"))
    assert not waiting.done()
    assert writer.submit(put("urgent"), urgent=True).result(20.0) == "urgent"
    assert waiting.result(0.0) == "waiting"
    later = writer.submit(put("later"))
    writer.close()
    assert later.result(0.0) == "later"


def test_who_waits_may_be_cancelled(engine: Engine) -> None:
    """As a request whose client is gone: its write is committed, and the thread goes on."""
    begun, cancelled = threading.Event(), threading.Event()
    writer = Writer(engine, lambda _: None, lambda: None)

    def slow(connection: Connection) -> None:
        begun.set()
        cancelled.wait(10)

    future = writer.submit(slow)
    begun.wait(10)
    assert future.cancel()
    cancelled.set()
    assert writer.submit(lambda _: 7).result(10) == 7
    writer.close()
