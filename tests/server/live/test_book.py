"""The runs in memory."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from rheostat.wire import Beat, Bye, Newest
from rheostat_server.live.book import Book
from rheostat_server.store.progress import Progress
from rheostat_server.store.runs import AttemptRow, RunRow
from tests.server.running import hello

ATTEMPT = AttemptRow(1, "a1", 0, "host", 7, 100.0, None, None, "")
PROGRESS = Progress(
    step=50,
    heard_at=200.0,
    planned={"backbone": 1e-3, "head": 1e-2},
    effective={"backbone": 1e-3, "head": 1e-2},
    metrics={"loss": 0.5},
    metric="loss",
    marks=((0.0, 0), (10.0, 100)),
)
ROW = RunRow("r1", 100.0, hello(), PROGRESS, 0, (ATTEMPT,))


def book_of(*rows: RunRow, started_at: float = 200.0) -> Book:
    return Book(rows, silent_after=10.0, crash_after=60.0, started_at=started_at)


def state_at(book: Book, now: float) -> str:
    entry = book.get("r1")
    assert entry is not None
    return book.state(entry, now)


def test_states_in_time() -> None:
    book = book_of(ROW)
    assert state_at(book, 205.0) == "live"
    assert state_at(book, 230.0) == "silent"
    assert state_at(book, 261.0) == "crashed"
    book.admit(ROW, 300.0)
    assert state_at(book, 301.0) == "live"
    assert state_at(book, 999.0) == "silent", "connected, so not crashed"
    book.heard("r1", 999.0, Beat(step=60, clock=0.0))
    assert state_at(book, 1000.0) == "live"
    book.left("r1")
    book.said_bye("r1", Bye(state="finished", step=60, last_seq=1), 1001.0)
    assert state_at(book, 5000.0) == "finished"


def test_where_the_job_is_shows_before_what_is_stored_gets_there() -> None:
    book = book_of(ROW)
    entry = book.admit(ROW, 300.0)
    newest = Newest(planned={"head": 0.7}, effective={"head": 0.6}, metrics={"loss": 0.125, "other": 1.0})
    book.heard("r1", 301.0, Beat(step=950, clock=0.0, newest=newest))
    shown = book.summary(entry, 301.0)
    head = next(group for group in shown.groups if group.name == "head")
    assert (shown.step, head.planned, head.effective, shown.value) == (950, 0.7, 0.6, 0.125)
    book.flushed("r1", replace_progress(step=950))
    shown = book.summary(entry, 302.0)
    head = next(group for group in shown.groups if group.name == "head")
    assert (shown.step, head.effective, shown.value) == (950, 1e-2, 0.5)


def replace_progress(step: int) -> Progress:
    return msgspec.structs.replace(PROGRESS, step=step)


def test_silence_before_the_server_started_does_not_count() -> None:
    book = book_of(ROW, started_at=10_000.0)
    assert state_at(book, 10_005.0) == "live"
    assert state_at(book, 10_061.0) == "crashed"


def test_turned_tells_each_change_once() -> None:
    book = book_of(ROW)
    assert book.turned(201.0) == ["r1"]
    assert book.turned(202.0) == []
    assert book.turned(220.0) == ["r1"]
    assert book.turned(221.0) == []


def test_a_row_of_the_list() -> None:
    book = book_of(ROW)
    entry = book.get("r1")
    assert entry is not None
    row = book.summary(entry, 201.0)
    assert (row.step, row.value, row.rate, row.overridden) == (50, 0.5, 10.0, False)
    assert book.summary(entry, 230.0).rate is None, "a silent run has no rate"
    assert book.summary(entry, 300.0).ended_at == 200.0, "when a crashed run was last heard"
    book.heard("r1", 201.0, Beat(step=55, clock=0.0))
    assert book.summary(entry, 202.0).step == 55


def test_overridden_by_a_command_or_by_what_was_recorded() -> None:
    book = book_of(ROW)
    entry = book.get("r1")
    assert entry is not None
    book.set_active("r1", {"c1"})
    assert book.summary(entry, 201.0).overridden
    book.set_active("r1", set())
    book.flushed("r1", Progress(planned={"head": 1e-2}, effective={"head": 5e-3}))
    assert book.summary(entry, 201.0).overridden
    book.said_bye("r1", Bye(state="stopped", step=50, last_seq=1), 202.0)
    assert not book.summary(entry, 203.0).overridden


def test_the_list_begins_with_the_run_started_last() -> None:
    later = replace(ROW, id="r2", hello=hello(run="r2"), attempts=(replace(ATTEMPT, started_at=150.0),))
    assert [row.id for row in book_of(ROW, later).summaries(201.0)] == ["r2", "r1"]
    resumed = replace(
        ROW, attempts=(replace(ATTEMPT, state="crashed"), replace(ATTEMPT, id="a2", started_at=180.0))
    )
    assert [row.id for row in book_of(resumed, later).summaries(201.0)] == ["r1", "r2"]


def test_nobody_is_heard_from_the_future() -> None:
    """The machine's clock was put back by a day while the server was down."""
    book = book_of(ROW, started_at=200.0 - 86_400.0)
    assert state_at(book, 200.0 - 86_400.0 + 61.0) == "crashed"
