"""Who changed what, when, from where: appended, never altered. `commands` is the log of commands."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, insert, select

from rheostat_server.models import AuditEntry
from rheostat_server.store.schema import audit_rows

__all__ = ["Actor", "list_of", "note"]

_MOST = 1000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: the name and role of the credential, and the address it came from."""

    name: str
    role: str
    address: str


def note(
    connection: Connection,
    actor: Actor,
    now: float,
    what: str,
    subject: str,
    *,
    run: str | None = None,
    before: object = None,
    after: object = None,
) -> None:
    """Append that ``actor`` did ``what`` to ``subject``, in the transaction that does it.

    ``before`` and ``after`` are what changed, of JSON's types, without secrets.
    """
    row = {"at": now, "who": actor.name, "role": actor.role, "address": actor.address}
    row |= {"what": what, "subject": subject, "run": run}
    row |= {"before": _json(before), "after": _json(after)}
    connection.execute(insert(audit_rows).values(row))


def list_of(connection: Connection, run: str | None = None, before: int | None = None) -> list[AuditEntry]:
    """The latest thousand entries (of ``run``; below the id ``before``), newest first."""
    query = select(audit_rows).order_by(audit_rows.c.id.desc()).limit(_MOST)
    if run is not None:
        query = query.where(audit_rows.c.run == run)
    if before is not None:
        query = query.where(audit_rows.c.id < before)
    return [
        AuditEntry.model_validate(
            {**row, "before": msgspec.json.decode(row["before"]), "after": msgspec.json.decode(row["after"])}
        )
        for row in connection.execute(query).mappings()
    ]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
