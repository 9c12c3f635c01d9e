"""Letting jobs in: who writes a run is settled in the database, for all servers at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from rheostat.wire import Hello, Refused
from rheostat_server.live.lease import refusal
from rheostat_server.models import Alert, CommandRecord
from rheostat_server.store import alerts, attempts, commands, fences
from rheostat_server.store.attempts import Admission, Standing
from rheostat_server.store.ledger import Ledger

__all__ = ["Admitted", "Greeting", "admit"]


@dataclass(frozen=True, slots=True)
class Greeting:
    """A job's hello; ``project`` is the only one that its token reaches (None: any)."""

    hello: Hello
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """The job may write; commands that changed by it, and those to deliver to it; alerts that are open."""

    admission: Admission
    changed: list[CommandRecord]
    deliver: list[CommandRecord]
    alerts: list[Alert]


def admit(
    connection: Connection, ledger: Ledger, greetings: Sequence[Greeting], me: str, now: float
) -> list[Admitted | Refused]:
    """Have the server ``me`` hold the runs of ``greetings``, no two of one run, or say why it may not.

    The server may not know of a run yet, which another job may have begun a moment ago: it is judged here,
    under the lock of its row.
    """
    standings = attempts.meet(connection, ledger, [greeting.hello for greeting in greetings], now)
    elsewhere = any(standing.holder not in (None, me) for standing in standings)
    alive = fences.alive(connection) - {me} if elsewhere else set()
    answers: dict[str, Admitted | Refused] = {}
    for greeting, standing in zip(greetings, standings, strict=True):
        refused = _judge(standing, greeting.project, alive)
        if refused is not None:
            answers[standing.run.id] = refused
    granted = [standing for standing in standings if standing.run.id not in answers]
    ids = [standing.run.id for standing in granted]
    admissions = attempts.admit(connection, ledger, granted, me)
    logs, alarms = commands.open_in(connection, ids), alerts.open_in(connection, ids)
    for admission, standing in zip(admissions, granted, strict=True):
        run = standing.run.id
        changed, deliver = commands.meet(connection, standing.hello, logs.get(run, []), now)
        answers[run] = Admitted(admission, changed, deliver, alarms.get(run, []))
    return [answers[greeting.hello.run] for greeting in greetings]


def _judge(standing: Standing, project: str | None, alive: set[str]) -> Refused | None:
    """Why the job may not write; ``alive`` are the other servers that live."""
    run, hello = standing.run, standing.hello
    last = run.attempts[-1] if run.attempts else None
    if last is not None and last.id != hello.attempt:
        refused = refusal(hello, last.restart, held=standing.holder in alive)
        if refused is not None:
            return refused
    if project is not None and run.hello.project != project:
        return Refused(code="forbidden", message=f"this token does not reach run {hello.run!r}")
    return None
