"""Alerts in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import Connection, Row, insert, select, update

from rheostat_server.alerts.rules import Clear, Raise
from rheostat_server.models import Alert
from rheostat_server.store.among import among
from rheostat_server.store.schema import alerts

__all__ = ["find", "list_of", "mark", "open_in", "passed", "raised"]

_MOST = 500
_OPEN = select(alerts).where(among(alerts.c.run, "ids"), alerts.c.cleared_at.is_(None))


def raised(connection: Connection, run: str, change: Raise, now: float) -> Alert | None:
    """Store a new alert; None if the same one is open already, as after a restart of the server."""
    if _open(connection, run, change) is not None:
        return None
    row = {
        "run": run,
        "kind": change.kind,
        "subject": change.subject,
        "step": change.step,
        "message": change.message,
        "raised_at": now,
    }
    key = connection.execute(insert(alerts).values(row)).inserted_primary_key
    assert key is not None
    return find(connection, run, int(key[0]))


def passed(connection: Connection, run: str, change: Clear, now: float) -> Alert | None:
    """The condition is over: clear its alert; None if a person has done so already."""
    found = _open(connection, run, change)
    return None if found is None else mark(connection, run, found, state="cleared", by="", now=now)


def mark(
    connection: Connection,
    run: str,
    alert: int,
    *,
    state: Literal["acknowledged", "cleared"],
    by: str,
    now: float,
) -> Alert | None:
    """Note who has seen an alert, or cleared it, once; None if there is no such alert."""
    at = alerts.c.acknowledged_at if state == "acknowledged" else alerts.c.cleared_at
    mine = update(alerts).where(alerts.c.run == run, alerts.c.id == alert, at.is_(None))
    connection.execute(mine.values({f"{state}_at": now, f"{state}_by": by}))
    return find(connection, run, alert)


def find(connection: Connection, run: str, alert: int) -> Alert | None:
    """One alert of a run."""
    row = connection.execute(select(alerts).where(alerts.c.run == run, alerts.c.id == alert)).one_or_none()
    return None if row is None else _alert(row)


def list_of(connection: Connection, run: str | None, *, only_open: bool = False) -> list[Alert]:
    """The latest alerts of a run (of all), newest first."""
    query = select(alerts).order_by(alerts.c.id.desc()).limit(_MOST)
    if run is not None:
        query = query.where(alerts.c.run == run)
    if only_open:
        query = query.where(alerts.c.cleared_at.is_(None))
    return [_alert(row) for row in connection.execute(query)]


def open_in(connection: Connection, ids: Sequence[str]) -> dict[str, list[Alert]]:
    """The open alerts of many runs, by run; those without any are left out."""
    found: dict[str, list[Alert]] = {}
    for row in connection.execute(_OPEN, {"ids": list(ids)}) if ids else ():
        found.setdefault(row.run, []).append(_alert(row))
    return found


def _open(connection: Connection, run: str, change: Raise | Clear) -> int | None:
    query = select(alerts.c.id).where(
        alerts.c.run == run,
        alerts.c.kind == change.kind,
        alerts.c.subject == change.subject,
        alerts.c.cleared_at.is_(None),
    )
    return connection.scalar(query.limit(1))


def _alert(row: Row[tuple[object, ...]]) -> Alert:
    return Alert.model_validate(dict(row._mapping))
