"""Many flushes as one job of the writer, each with its own outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from rheostat.wire import Flush
from rheostat_server.store import runs
from rheostat_server.store.database import FencedError, StoreError
from rheostat_server.store.ledger import Ledger
from rheostat_server.store.progress import Progress, fold
from rheostat_server.store.runs import Stored, add_flush
from rheostat_server.store.writer import Ticket
from tests.server.running import flush
from tests.server.store.taking import Bench


@pytest.fixture
def bench(engine: Engine) -> Iterator[Bench]:
    made = Bench(engine)
    yield made
    made.writer.close()


def test_each_gets_its_outcome_in_the_order_they_came(bench: Bench) -> None:
    async def main() -> None:
        bench.let_in("a", "b")
        for seq in range(1, 51):
            bench.put("a", seq)
            bench.put("b", seq)
            if seq % 20 == 0:
                await asyncio.sleep(0.02)
        bench.put("a", 50)
        await bench.settled(101)

    asyncio.run(main())
    assert [(run, seq) for run, seq, _ in bench.outcomes] == [
        *((run, seq) for seq in range(1, 51) for run in ("a", "b")),
        ("a", 50),
    ]
    assert all(isinstance(outcome, Stored) for _, _, outcome in bench.outcomes[:-1])
    assert bench.outcomes[-1][2] is None, "stored before"
    assert bench.stored() == {"a": 50, "b": 50}


def test_where_flushes_lead_is_worked_out_ahead_unless_something_comes_between(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    folded: list[int] = []

    def noted(progress: Progress, flush: Flush, **more: Any) -> Progress:
        folded.append(flush.seq)
        return fold(progress, flush, **more)

    def report(connection: Connection) -> None:
        stands = bench.ledger.progress(connection, "a")
        bench.ledger.put("a", replace(stands, reported={"x": 1}))

    async def main() -> None:
        bench.let_in("a")
        bench.put("a", 1)
        await bench.settled(1)
        for seq in range(2, 8):
            if seq == 5:
                bench.writer.submit(report)
                await bench.settled(4)
            bench.put("a", seq)
        await bench.settled(7)

    monkeypatch.setattr(runs, "fold", noted)
    asyncio.run(main())
    assert folded == [1, 5, 6, 7], "the writer folds what was not worked out, or from elsewhere"
    expected = Progress(heard_at=0.0)
    for _, seq, outcome in bench.outcomes:
        assert isinstance(outcome, Stored)
        sent = flush(seq, 5 * (seq - 1), 5, ["backbone", "head"])
        expected = fold(expected, sent, attempt=1, chunk=outcome.progress.chunk, now=0.0)
        stands = replace(expected, reported={"x": 1} if seq > 4 else {})
        assert outcome.progress == stands
    with bench.engine.begin() as connection:
        assert runs.row_of(connection, "a").progress == stands


def test_a_fenced_run_does_not_take_others_with_it(bench: Bench) -> None:
    async def main() -> None:
        bench.let_in("a", "b")
        bench.put("a", 1, fence=7)
        bench.put("b", 1)
        bench.put("a", 2)
        await bench.settled(3)

    asyncio.run(main())
    first, other, later = (outcome for _, _, outcome in bench.outcomes)
    assert isinstance(first, FencedError)
    assert isinstance(other, Stored)
    assert isinstance(later, StoreError), "what comes after a flush that failed fails"
    assert bench.stored() == {"b": 1}


def test_a_flush_that_cannot_be_taken_fails_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(connection: Connection, ledger: Ledger, sent: Flush, **more: object) -> Stored | None:
        if more["run"] == "a" and sent.seq == 2:
            raise ZeroDivisionError
        return add_flush(connection, ledger, sent, **more)  # type: ignore[arg-type]

    async def main() -> None:
        bench.let_in("a", "b")
        for seq in (1, 2, 3):
            bench.put("a", seq)
            bench.put("b", seq)
        await bench.settled(6)

    monkeypatch.setattr("rheostat_server.store.intake.add_flush", broken)
    asyncio.run(main())
    failed = [(run, seq) for run, seq, outcome in bench.outcomes if isinstance(outcome, Exception)]
    assert failed == [("a", 2), ("a", 3)]
    assert bench.stored() == {"a": 1, "b": 3}


def test_when_the_writer_is_closed_all_are_told(bench: Bench) -> None:
    async def main() -> None:
        bench.let_in("a")
        bench.writer.close()
        bench.put("a", 1)
        bench.put("a", 2)
        await bench.settled(2)

    asyncio.run(main())
    assert all(isinstance(outcome, StoreError) for _, _, outcome in bench.outcomes)
    assert bench.tickets["a"].failed


def test_whichever_statement_fails_nothing_is_lost_or_doubled(engine: Engine) -> None:
    """The n-th statement on the database fails, n = 1, 2, ... until all pass; what failed is sent again."""
    seqs, left, failed = range(1, 7), 0, True

    def look(*_: object) -> None:
        nonlocal left, failed
        left -= 1
        if left == 0:
            failed = True
            raise OperationalError("", {}, OSError("I/O error"))

    async def twice(held: Bench, run: str, nth: int) -> None:
        """Flushes, of which the n-th statement fails; then those that were not acknowledged, undisturbed."""
        nonlocal left
        held.let_in(run)
        left = nth
        for seq in seqs:
            held.put(run, seq)
            await asyncio.sleep(0.002)
        await held.settled(len(seqs))
        left = 0
        acked = [seq for _, seq, outcome in held.outcomes if isinstance(outcome, Stored)]
        assert acked == list(range(1, len(acked) + 1)), "none is acknowledged after one that is not"
        held.tickets[run] = Ticket()
        for seq in seqs[len(acked) :]:
            held.put(run, seq)
        await held.settled(2 * len(seqs) - len(acked))

    event.listen(Engine, "before_cursor_execute", look)
    nth = 0
    while failed:
        nth, failed, held = nth + 1, False, Bench(engine)
        asyncio.run(twice(held, f"r{nth}", nth))
        held.writer.close()
        assert held.stored()[f"r{nth}"] == len(seqs)
    event.remove(Engine, "before_cursor_execute", look)
    assert nth > 3
