"""Edits and deletion in both databases."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from rheostat_server.models import CommandRequest
from rheostat_server.store.commands import record
from rheostat_server.store.compactor import compact_run
from rheostat_server.store.edits import Edits, edit, remove
from rheostat_server.store.ledger import Ledger
from rheostat_server.store.runs import add_flush, load
from rheostat_server.store.schema import attempts, chunks, command_events, commands, pieces, runs
from rheostat_server.store.writer import Writer
from tests.server.running import flush, hello
from tests.server.store.taking import begin


def fill(engine: Engine, run: str) -> None:
    ledger = Ledger()
    with engine.begin() as connection:
        admission = begin(connection, ledger, hello(run=run), 1.0)
        for seq in range(1, 60):
            message = flush(seq, 500 * seq, 500, ["g"])
            add_flush(connection, ledger, message, run=run, attempt=admission.ordinal, writer="w", now=1.0)
        request = CommandRequest(kind="hold", value=1.0)
        record(connection, run, "a1", request, command_id="c", issued_by="me", now=1.0)
        ledger.save(connection)
    writer = Writer(engine, lambda _: None, lambda: None)
    compact_run(engine, writer, run)
    writer.close()


def test_only_what_is_named_changes(engine: Engine) -> None:
    fill(engine, "r")
    with engine.begin() as connection:
        assert edit(connection, "r", {}) == Edits()
        assert edit(connection, "r", {"title": "best", "tags": ["ü", "b"]}) == Edits("best", "", ("ü", "b"))
        assert edit(connection, "r", {"notes": "n", "archived_at": 5.0}) == Edits(
            "best", "n", ("ü", "b"), 5.0
        )
        assert edit(connection, "none", {"notes": "n"}) is None
    with engine.begin() as connection:
        assert load(connection)[0].edits == Edits("best", "n", ("ü", "b"), 5.0)
        admission = begin(connection, Ledger(), hello(run="r"))
        assert admission.run.edits == Edits("best", "n", ("ü", "b"), None), (
            "a run that goes on is not archived"
        )


def test_deleting_takes_everything_of_one_run_only(engine: Engine) -> None:
    tables = (runs, attempts, chunks, pieces, commands, command_events)

    def counts() -> list[int]:
        with engine.begin() as connection:
            return [connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables]

    fill(engine, "other")
    before = counts()
    assert all(before)
    fill(engine, "r")
    with engine.begin() as connection:
        remove(connection, "r")
    assert counts() == before
