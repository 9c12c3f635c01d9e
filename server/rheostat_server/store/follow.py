"""What other servers changed in the store since a server last looked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, select, update

from rheostat_server.models import CommandRecord
from rheostat_server.store import fences
from rheostat_server.store.commands import records_in
from rheostat_server.store.edits import Edits, edits_of
from rheostat_server.store.progress import Progress
from rheostat_server.store.runs import RunRow, rows_from
from rheostat_server.store.schema import runs

__all__ = ["Beaten", "Moved", "News", "look", "look_for"]

_decode = msgspec.msgpack.Decoder(Progress).decode
_SLACK_S = 5.0
"""A change is looked at for so long after its time, in case its transaction took long to commit."""
_BEAT = (
    update(runs)
    .where(runs.c.id == bindparam("of"), runs.c.fence == bindparam("held"))
    .values(beat_at=bindparam("at"), beat_step=bindparam("step"))
)


@dataclass(frozen=True, slots=True)
class Beaten:
    """A sign of life of a job that is connected here: Unix time and its next step."""

    run: str
    fence: int
    at: float
    step: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A run that may have changed. ``row`` and ``commands`` come when its attempts or commands did."""

    run: str
    fence: int
    holder: str | None
    noted: int
    progress: Progress
    beat_at: float
    beat_step: int
    edits: Edits
    row: RunRow | None
    commands: list[CommandRecord]


@dataclass(frozen=True, slots=True)
class News:
    """The database's time, the servers that live, what moved, and every run there is."""

    now: float
    alive: set[str]
    moved: list[Moved]
    runs: set[str]


def look(
    connection: Connection,
    me: str,
    url: str,
    *,
    since: float,
    known: dict[str, tuple[int, int]],
    beaten: Collection[Beaten],
) -> News:
    """Say that this server lives, and see what changed after the database's time ``since``.

    ``known`` has the fence and the count of notes of the runs as last seen.
    """
    now = fences.beat(connection, me, url)
    if beaten:
        rows = [{"of": b.run, "held": b.fence, "at": b.at, "step": b.step} for b in beaten]
        connection.execute(_BEAT, rows)
    changed = (runs.c.changed_at > since - _SLACK_S) | (runs.c.beat_at > since - _SLACK_S)
    moved = _moved(connection, connection.execute(select(runs).where(changed)).all(), known)
    return News(
        now,
        fences.alive(connection),
        moved,
        set(connection.scalars(select(runs.c.id))),
    )


def look_for(connection: Connection, run: str) -> tuple[Moved, set[str]] | None:
    """One run as it stands, and the servers that live; None if there is no such run."""
    row = connection.execute(select(runs).where(runs.c.id == run)).one_or_none()
    return None if row is None else (_moved(connection, [row], {})[0], fences.alive(connection))


def _moved(
    connection: Connection, rows: Sequence[Row[Any]], known: dict[str, tuple[int, int]]
) -> list[Moved]:
    noted = [row for row in rows if known.get(row.id) != (row.fence, row.noted)]
    fresh = {run.id: run for run in rows_from(connection, noted)}
    logs = {run: [record for record, _ in log[-50:]] for run, log in records_in(connection, list(fresh))}
    return [
        Moved(
            row.id,
            row.fence,
            row.holder,
            row.noted,
            _decode(row.progress),
            row.beat_at,
            row.beat_step,
            edits_of(row),
            fresh.get(row.id),
            logs.get(row.id, []),
        )
        for row in rows
    ]
