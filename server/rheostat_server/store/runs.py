"""Runs, attempts and flushes in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import msgspec
from sqlalchemy import Connection, Row, select, update

from rheostat.wire import Bye, Flush, Hello
from rheostat_server.store.among import among
from rheostat_server.store.chunk import Packed, pack
from rheostat_server.store.edits import Edits, edits_of
from rheostat_server.store.fences import touch
from rheostat_server.store.ledger import Ledger
from rheostat_server.store.progress import Guess, Progress, fold
from rheostat_server.store.schema import attempts, runs

__all__ = [
    "AttemptRow",
    "Origin",
    "RunRow",
    "Stored",
    "add_flush",
    "end",
    "load",
    "row_of",
    "rows_from",
]

_hello = msgspec.msgpack.Decoder(Hello).decode
_progress = msgspec.msgpack.Decoder(Progress).decode

Origin = Literal["job", "import"]

_LIVES = (
    select(attempts.c.run, *(column for column in attempts.c if column.name != "run"))
    .where(among(attempts.c.run, "ids"))
    .order_by(attempts.c.ordinal)
)


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One process life of a run as stored; ``state`` is set once it has ended."""

    ordinal: int
    id: str
    restart: int
    host: str
    pid: int
    started_at: float
    ended_at: float | None
    state: str | None
    message: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as stored, attempts oldest first."""

    id: str
    created_at: float
    hello: Hello
    progress: Progress
    revision: int
    attempts: tuple[AttemptRow, ...]
    edits: Edits = field(default_factory=Edits)
    origin: Origin = "job"


@dataclass(frozen=True, slots=True)
class Stored:
    """A flush that was committed for the first time.

    ``after`` is the cursor before it; ``rewound`` tells that it replaced rows of an earlier attempt.
    """

    after: int
    progress: Progress
    rewound: bool


def add_flush(
    connection: Connection,
    ledger: Ledger,
    flush: Flush,
    *,
    run: str,
    attempt: int,
    writer: str,
    now: float,
    fence: int | None = None,
    packed: Packed | None = None,
    guess: Guess | None = None,
) -> Stored | None:
    """Insert a flush, ``packed`` already or not, unless it is there; None if it was. `Ledger.save` writes it.

    ``guess``: where it is thought to lead.

    Raises:
        FencedError: ``fence`` is not the run's own any more.
    """
    if fence is not None:
        ledger.check(connection, run, fence)
    if flush.seq <= ledger.last_seq(connection, run, writer):
        return None
    before = ledger.progress(connection, run)
    chunk = ledger.new_id(connection)
    packed = packed or pack(flush)
    after = None if guess is None else guess.settle(before, chunk)
    if after is None:
        after = fold(before, flush, attempt=attempt, chunk=chunk, now=now)
    ledger.advance(run, attempt, (writer, flush.seq), packed, after)
    return Stored(before.chunk, after, packed.first_step < before.step)


def end(connection: Connection, run: str, attempt: int, bye: Bye, now: float) -> None:
    """Record how an attempt ended."""
    touch(connection, run)
    ending = {"state": bye.state, "ended_at": now, "message": bye.message.replace("\0", "")}
    connection.execute(
        update(attempts).where(attempts.c.run == run, attempts.c.ordinal == attempt).values(ending)
    )


def load(connection: Connection) -> list[RunRow]:
    """Every run, oldest first."""
    return rows_from(
        connection, connection.execute(select(runs).order_by(runs.c.created_at, runs.c.id)).all()
    )


def row_of(connection: Connection, run: str) -> RunRow:
    """A run as stored. Raises NoResultFound if there is none."""
    return rows_from(connection, [connection.execute(select(runs).where(runs.c.id == run)).one()])[0]


def rows_from(connection: Connection, rows: Sequence[Row[Any]]) -> list[RunRow]:
    """The same of many, where all columns of the runs themselves are known, in the order of ``rows``."""
    lives: dict[str, list[AttemptRow]] = {row.id: [] for row in rows}
    if rows:
        for run, *life in connection.execute(_LIVES, {"ids": list(lives)}):
            lives[run].append(AttemptRow(*life))
    return [_run(row, lives[row.id]) for row in rows]


def _run(row: Row[Any], lives: Sequence[AttemptRow]) -> RunRow:
    return RunRow(
        row.id,
        row.created_at,
        _hello(row.hello),
        _progress(row.progress),
        row.revision,
        tuple(lives),
        edits_of(row),
        cast("Origin", row.origin),
    )
