"""Runs, attempts and flushes in the database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

import msgspec
from sqlalchemy import Connection, Row, and_, insert, select, update

from rheostat.wire import Bye, Flush, Hello
from rheostat_server.store.chunk import Packed, pack
from rheostat_server.store.database import insert_new
from rheostat_server.store.edits import Edits, edits_of
from rheostat_server.store.fences import touch
from rheostat_server.store.ledger import Ledger
from rheostat_server.store.progress import Guess, Progress, fold
from rheostat_server.store.schema import attempts, runs

__all__ = [
    "Admission",
    "AttemptRow",
    "Origin",
    "RunRow",
    "Stored",
    "add_flush",
    "admit",
    "appear",
    "end",
    "load",
    "project_of",
    "row_from",
    "row_of",
]

_encode = msgspec.msgpack.Encoder().encode
_hello = msgspec.msgpack.Decoder(Hello).decode
_progress = msgspec.msgpack.Decoder(Progress).decode

Origin = Literal["job", "import"]

TAKEN_OVER = "another attempt of this run took over"


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
class Admission:
    """What a hello led to: the run as it stands, its attempt's ordinal, the last flush and report stored."""

    run: RunRow
    ordinal: int
    acked: int
    reported: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A flush that was committed for the first time.

    ``after`` is the cursor before it; ``rewound`` tells that it replaced rows of an earlier attempt.
    """

    after: int
    progress: Progress
    rewound: bool


def appear(connection: Connection, hello: Hello, now: float) -> None:
    """Make the run's row unless it is there."""
    row = {
        "id": hello.run,
        "created_at": now,
        "hello": _encode(hello),
        "progress": _encode(Progress(heard_at=now)),
        "revision": 0,
    }
    connection.execute(insert_new(connection, runs).values(row))


def admit(connection: Connection, ledger: Ledger, hello: Hello) -> Admission:
    """Record that an attempt of a run that is there (`appear`) said hello: it appears, older ones end."""
    # Another server may have written the run since this one did.
    ledger.drop(connection, hello.run)
    # A run that goes on is not archived any more.
    known = update(runs).where(runs.c.id == hello.run)
    connection.execute(known.values(hello=_encode(hello), archived_at=None))
    progress = ledger.progress(connection, hello.run)
    others = and_(attempts.c.run == hello.run, attempts.c.id != hello.attempt, attempts.c.state.is_(None))
    ending = {"state": "crashed", "ended_at": progress.heard_at, "message": TAKEN_OVER}
    connection.execute(update(attempts).where(others).values(ending))
    ordinal = _open_attempt(connection, hello)
    acked = ledger.last_seq(connection, hello.run, hello.writer)
    found = row_of(connection, hello.run)
    reported = progress.reported.get(hello.attempt, 0)
    return Admission(replace(found, progress=progress), ordinal, acked, reported)


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
    ids = connection.scalars(select(runs.c.id).order_by(runs.c.created_at, runs.c.id)).all()
    return [row_of(connection, run) for run in ids]


def row_of(connection: Connection, run: str) -> RunRow:
    """A run as stored. Raises NoResultFound if there is none."""
    return row_from(connection, connection.execute(select(runs).where(runs.c.id == run)).one())


def row_from(connection: Connection, row: Row[Any]) -> RunRow:
    """The same, where all columns of the run itself are known."""
    columns = [column for column in attempts.c if column.name != "run"]
    found = connection.execute(select(*columns).where(attempts.c.run == row.id).order_by(attempts.c.ordinal))
    lives = tuple(AttemptRow(*life) for life in found)
    return RunRow(
        row.id,
        row.created_at,
        _hello(row.hello),
        _progress(row.progress),
        row.revision,
        lives,
        edits_of(row),
        cast("Origin", row.origin),
    )


def project_of(connection: Connection, run: str) -> str:
    """The project that the run was made in. Raises NoResultFound if there is no such run."""
    return _hello(connection.execute(select(runs.c.hello).where(runs.c.id == run)).scalar_one()).project


def _open_attempt(connection: Connection, hello: Hello) -> int:
    mine = and_(attempts.c.run == hello.run, attempts.c.id == hello.attempt)
    ordinal = connection.scalar(select(attempts.c.ordinal).where(mine))
    if ordinal is not None:
        connection.execute(update(attempts).where(mine).values(state=None, ended_at=None, message=""))
        return int(ordinal)
    row = {
        "run": hello.run,
        "id": hello.attempt,
        "restart": hello.restart,
        "host": hello.host,
        "pid": hello.pid,
        "started_at": hello.started_at,
        "message": "",
    }
    key = connection.execute(insert(attempts).values(row)).inserted_primary_key
    assert key is not None
    return int(key[0])
