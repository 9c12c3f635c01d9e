"""What people write about runs, and taking runs out of sight or away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, select, update

from rheostat_server.store.database import release_space
from rheostat_server.store.fences import database_time
from rheostat_server.store.schema import (
    alerts,
    annotation_rows,
    attempts,
    chunks,
    command_events,
    commands,
    pieces,
    runs,
    tokens,
)

__all__ = ["Edits", "edit", "edits_of", "remove"]


@dataclass(frozen=True, slots=True)
class Edits:
    """A run's name in place of the job's own (None: the job's), notes, tags, and when it was archived."""

    title: str | None = None
    notes: str = ""
    tags: tuple[str, ...] = ()
    archived_at: float | None = None


def edits_of(row: Row[tuple[object, ...]]) -> Edits:
    """The edits in a row of ``runs``."""
    return Edits(row.title, row.notes, tuple(json.loads(row.tags)), row.archived_at)


def edit(connection: Connection, run: str, changes: Mapping[str, object]) -> Edits | None:
    """Change the fields named in ``changes`` (as in `Edits`); None if there is no such run."""
    values = {**changes}
    if "tags" in values:
        values["tags"] = json.dumps(values["tags"])
    if values:
        values["changed_at"] = database_time(connection)
        connection.execute(update(runs).where(runs.c.id == run).values(values))
    row = connection.execute(select(runs).where(runs.c.id == run)).one_or_none()
    return None if row is None else edits_of(row)


def remove(connection: Connection, run: str) -> None:
    """Delete a run and all that is recorded of it."""
    mine = select(chunks.c.id).where(chunks.c.run == run)
    connection.execute(delete(pieces).where(pieces.c.chunk.in_(mine)))
    # Links that share the run, and the sessions that came from them, go with it.
    for table in (chunks, command_events, commands, annotation_rows, attempts, alerts, tokens):
        connection.execute(delete(table).where(table.c.run == run))
    connection.execute(delete(runs).where(runs.c.id == run))
    release_space(connection)
