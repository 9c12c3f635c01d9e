"""What people write at steps of runs."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, update

from rheostat_server.models import Annotation
from rheostat_server.store.schema import annotation_rows as rows

__all__ = ["MOST", "annotate", "annotations_of", "change", "find", "take_away"]

MOST = 10_000
"""Annotations that one run may have."""


def annotate(
    connection: Connection, run: str, step: int, text: str, *, by: str, now: float
) -> Annotation | None:
    """Write ``text`` at a step; None if the run has `MOST` of them already."""
    count = connection.scalar(select(func.count()).where(rows.c.run == run))
    if (count or 0) >= MOST:
        return None
    row = {"run": run, "step": step, "text": text, "written_by": by, "written_at": now}
    key = connection.execute(insert(rows).values(row)).inserted_primary_key
    assert key is not None
    return find(connection, run, int(key[0]))


def annotations_of(connection: Connection, run: str) -> list[Annotation]:
    """Every annotation of a run, by step, then in the order written."""
    query = select(rows).where(rows.c.run == run)
    found = connection.execute(query.order_by(rows.c.step, rows.c.id)).mappings()
    return [Annotation.model_validate(dict(row)) for row in found]


def find(connection: Connection, run: str, number: int) -> Annotation | None:
    """One annotation, or None."""
    query = select(rows).where(rows.c.run == run, rows.c.id == number)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Annotation.model_validate(dict(row))


def change(
    connection: Connection, run: str, number: int, changes: dict[str, object], *, by: str, now: float
) -> Annotation | None:
    """Change ``step`` or ``text``; None if there is no such annotation."""
    mine = update(rows).where(rows.c.run == run, rows.c.id == number)
    connection.execute(mine.values({**changes, "edited_by": by, "edited_at": now}))
    return find(connection, run, number)


def take_away(connection: Connection, run: str, number: int) -> Annotation | None:
    """Delete an annotation; what it was, None if there is no such."""
    found = find(connection, run, number)
    connection.execute(delete(rows).where(rows.c.run == run, rows.c.id == number))
    return found
