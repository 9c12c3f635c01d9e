"""Attempts of runs that say hello: many at once cost hardly more statements than one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from rheostat.wire import Hello
from rheostat_server.store.among import among
from rheostat_server.store.database import insert_new
from rheostat_server.store.fences import database_time
from rheostat_server.store.ledger import Ledger
from rheostat_server.store.progress import Progress
from rheostat_server.store.runs import AttemptRow, RunRow, rows_from
from rheostat_server.store.schema import attempts, runs

__all__ = ["Admission", "Standing", "admit", "meet"]

TAKEN_OVER = "another attempt of this run took over"

_encode = msgspec.msgpack.Encoder().encode
# In an order that all servers keep to, or two of them might wait for each other.
_LOCK = select(runs).where(among(runs.c.id, "ids")).order_by(runs.c.id).with_for_update()
# A run that goes on is not archived any more.
_TAKE = (
    update(runs)
    .where(runs.c.id == bindparam("of"))
    .values(hello=bindparam("told"), fence=bindparam("to"), holder=bindparam("by"), archived_at=None)
)
_STATES = ("state", "ended_at", "message")
_CHANGE = (
    update(attempts)
    .where(attempts.c.ordinal == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in _STATES})
)
_NEW = insert(attempts).returning(attempts.c.ordinal, sort_by_parameter_order=True)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a hello finds: its run as stored, the run's fence, and the server that has a job's socket."""

    hello: Hello
    run: RunRow
    fence: int
    holder: str | None


@dataclass(frozen=True, slots=True)
class Admission:
    """What a hello led to: the run as it stands, and the fence it is written under from now on; its attempt's
    ordinal, the last flush and report stored.
    """

    run: RunRow
    fence: int
    ordinal: int
    acked: int
    reported: int


def meet(connection: Connection, ledger: Ledger, hellos: Sequence[Hello], now: float) -> list[Standing]:
    """Where the runs of ``hellos`` stand, of which no two name the same; they are made unless they are there.

    Their rows are locked until the transaction ends: what is decided of them holds for all servers.
    """
    ids = [hello.run for hello in hellos]
    # Another server may have written the runs since this one did.
    ledger.drop(connection, *ids)
    rows = _locked(connection, ids)
    # In the order of the locks, for the same reason.
    if new := sorted((hello for hello in hellos if hello.run not in rows), key=lambda hello: hello.run):
        connection.execute(insert_new(connection, runs), [_row(hello, now) for hello in new])
        rows |= _locked(connection, [hello.run for hello in new])
    found = [rows[run] for run in ids]
    return [
        Standing(hello, run, row.fence, row.holder)
        for hello, row, run in zip(hellos, found, rows_from(connection, found), strict=True)
    ]


def admit(
    connection: Connection, ledger: Ledger, standings: Sequence[Standing], me: str = ""
) -> list[Admission]:
    """Record that attempts said hello: they appear, older ones end, the server ``me`` holds their runs."""
    if not standings:
        return []
    lives = _recorded(connection, standings)
    taking = [
        {"of": s.run.id, "told": _encode(s.hello), "to": s.fence + 1, "by": me or None} for s in standings
    ]
    moved = _TAKE.values(changed_at=database_time(connection))
    connection.execute(moved, taking)
    for standing in standings:
        ledger.taken(standing.run.id, standing.fence + 1, standing.run.progress)
    acked = ledger.last_seqs(connection, [(s.run.id, s.hello.writer) for s in standings])
    return [
        _admission(standing, own, seq) for standing, own, seq in zip(standings, lives, acked, strict=True)
    ]


def _admission(standing: Standing, lives: tuple[AttemptRow, ...], acked: int) -> Admission:
    hello, run = standing.hello, standing.run
    ordinal = next(life.ordinal for life in lives if life.id == hello.attempt)
    run = replace(run, hello=hello, attempts=lives, edits=replace(run.edits, archived_at=None))
    return Admission(run, standing.fence + 1, ordinal, acked, run.progress.reported.get(hello.attempt, 0))


def _locked(connection: Connection, ids: Sequence[str]) -> dict[str, Row[Any]]:
    return {row.id: row for row in connection.execute(_LOCK, {"ids": list(ids)})}


def _row(hello: Hello, now: float) -> dict[str, object]:
    return {
        "id": hello.run,
        "created_at": now,
        "hello": _encode(hello),
        "progress": _encode(Progress(heard_at=now)),
        "revision": 0,
    }


def _recorded(connection: Connection, standings: Sequence[Standing]) -> list[tuple[AttemptRow, ...]]:
    """The attempts of each run once its hello is recorded."""
    before = [standing.run.attempts for standing in standings]
    after = [tuple(_after(life, standing) for life in standing.run.attempts) for standing in standings]
    changed = [
        {"of": new.ordinal} | {f"new_{name}": getattr(new, name) for name in _STATES}
        for olds, news in zip(before, after, strict=True)
        for old, new in zip(olds, news, strict=True)
        if old != new
    ]
    if changed:
        connection.execute(_CHANGE, changed)
    fresh = [
        (at, standing.hello)
        for at, standing in enumerate(standings)
        if all(life.id != standing.hello.attempt for life in standing.run.attempts)
    ]
    if fresh:
        ordinals = connection.scalars(_NEW, [_life(hello) for _, hello in fresh]).all()
        for (at, hello), ordinal in zip(fresh, ordinals, strict=True):
            after[at] += (_begun(hello, int(ordinal)),)
    return after


def _after(life: AttemptRow, standing: Standing) -> AttemptRow:
    """An attempt of before: open again if it is the one that said hello, else at an end."""
    if life.id == standing.hello.attempt:
        return replace(life, state=None, ended_at=None, message="")
    if life.state is not None:
        return life
    return replace(life, state="crashed", ended_at=standing.run.progress.heard_at, message=TAKEN_OVER)


def _life(hello: Hello) -> dict[str, object]:
    return {
        "run": hello.run,
        "id": hello.attempt,
        "restart": hello.restart,
        "host": hello.host,
        "pid": hello.pid,
        "started_at": hello.started_at,
        "message": "",
    }


def _begun(hello: Hello, ordinal: int) -> AttemptRow:
    return AttemptRow(
        ordinal, hello.attempt, hello.restart, hello.host, hello.pid, hello.started_at, None, None, ""
    )
