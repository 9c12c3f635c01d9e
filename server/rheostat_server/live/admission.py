"""Letting a job in: who writes the run is settled in the database, for all servers at once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from rheostat.wire import Hello, Refused
from rheostat_server.live.lease import refusal
from rheostat_server.models import Alert, CommandRecord
from rheostat_server.store import alerts, commands, fences, runs
from rheostat_server.store.ledger import Ledger

__all__ = ["Admitted", "admit"]


@dataclass(frozen=True, slots=True)
class Admitted:
    """The job may write under ``fence``; commands that changed by it, and those to deliver to it; alerts that
    are open.
    """

    admission: runs.Admission
    fence: int
    changed: list[CommandRecord]
    deliver: list[CommandRecord]
    alerts: list[Alert]


def admit(
    connection: Connection, ledger: Ledger, hello: Hello, me: str, now: float, *, project: str | None = None
) -> Admitted | Refused:
    """Have the server ``me`` hold the run of ``hello``, or say why it may not.

    ``project`` is the only one that the job's token reaches. The server may not know of the run yet, which
    another job may have begun a moment ago: it is judged here, under the lock of its row.
    """
    runs.appear(connection, hello, now)
    found = fences.standing(connection, hello.run, me)
    if found is not None and found.attempt != hello.attempt:
        refused = refusal(hello, found.restart, held=found.held)
        if refused is not None:
            return refused
    if project is not None and runs.project_of(connection, hello.run) != project:
        return Refused(code="forbidden", message=f"this token does not reach run {hello.run!r}")
    admission = runs.admit(connection, ledger, hello)
    fence = fences.take(connection, hello.run, me)
    ledger.taken(hello.run, fence)
    changed, deliver = commands.meet(connection, hello.run, hello.attempt, hello.active, now)
    return Admitted(admission, fence, changed, deliver, alerts.list_of(connection, hello.run, only_open=True))
