"""Saved schedules: every save is a new version, none is ever altered."""

from __future__ import annotations

from sqlalchemy import Connection, and_, func, insert, select

from rheostat_server.models import SavedSchedule
from rheostat_server.store.schema import schedules

__all__ = ["latest", "save", "versions"]


def save(
    connection: Connection, name: str, text: str, *, base_version: int | None, by: str, now: float
) -> SavedSchedule | int:
    """Save a new version; its number only if ``base_version`` is no longer the latest.

    Saving the text that is the latest already gives that version.
    """
    found = versions(connection, name)
    newest = found[0].version if found else 0
    if found and found[0].text == text:
        return found[0]
    if base_version is not None and base_version != newest:
        return newest
    saved = SavedSchedule(name=name, version=newest + 1, text=text, saved_at=now, saved_by=by)
    connection.execute(insert(schedules).values(saved.model_dump()))
    return saved


def versions(connection: Connection, name: str) -> list[SavedSchedule]:
    """All versions of one schedule, newest first."""
    query = select(schedules).where(schedules.c.name == name).order_by(schedules.c.version.desc())
    return [SavedSchedule.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def latest(connection: Connection) -> list[SavedSchedule]:
    """The latest version of every schedule, by name."""
    newest = select(schedules.c.name, func.max(schedules.c.version).label("version")).group_by(
        schedules.c.name
    )
    last = newest.subquery()
    both = and_(schedules.c.name == last.c.name, schedules.c.version == last.c.version)
    query = select(schedules).join(last, both).order_by(schedules.c.name)
    return [SavedSchedule.model_validate(dict(row)) for row in connection.execute(query).mappings()]
