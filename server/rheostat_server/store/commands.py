"""Commands and their events in the database: recorded once, then only appended to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

from sqlalchemy import Connection, Row, insert, select, update

from rheostat.control.command import Command
from rheostat.wire import Hello
from rheostat_server.commands.convert import from_wire
from rheostat_server.commands.life import RUN_ENDED, UNTOLD, may_follow
from rheostat_server.commands.words import describe
from rheostat_server.models import CommandEvent, CommandRecord, CommandRequest, CommandState
from rheostat_server.store.among import among
from rheostat_server.store.fences import touch
from rheostat_server.store.schema import command_events, commands, runs

__all__ = [
    "Outcome",
    "adopt",
    "append",
    "close_all",
    "events_of",
    "find",
    "list_of",
    "lose",
    "meet",
    "open_in",
    "open_of",
    "record",
    "records_in",
    "records_of",
    "turn_away",
]


_LIVING: tuple[CommandState, ...] = ("requested", "accepted", "scheduled", "applied", "lost")
_AT_ONCE = 200
"""Runs whose commands are read at a time."""
_COMMANDS = select(commands).where(among(commands.c.run, "ids")).order_by(commands.c.ordinal)
_EVENTS = (
    select(command_events.c.run, command_events.c.command, command_events.c.event)
    .where(among(command_events.c.run, "ids"))
    .order_by(command_events.c.id)
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request: its record, whether it is new; or no record when the revision was stale.

    ``fence`` is the run's at that moment: whoever takes the run later finds the record.
    """

    record: CommandRecord | None
    created: bool
    revision: int
    fence: int


def record(
    connection: Connection,
    run: str,
    attempt: str,
    request: CommandRequest,
    *,
    command_id: str,
    issued_by: str,
    now: float,
) -> Outcome:
    """Record a request if its base revision still holds; a known id gives the record that is there.

    Recording moves the run's revision on by one.
    """
    # Takes the row's lock: of two operators at once, on whatever servers, the second sees what the first did.
    fence = touch(connection, run)
    found = find(connection, run, command_id)
    revision = int(connection.scalar(select(runs.c.revision).where(runs.c.id == run)) or 0)
    if found is not None:
        return Outcome(found, False, revision, fence)
    if request.base_revision is not None and request.base_revision != revision:
        return Outcome(None, False, revision, fence)
    connection.execute(update(runs).where(runs.c.id == run).values(revision=revision + 1))
    row = {
        "run": run,
        "id": command_id,
        "kind": request.kind,
        "text": describe(request),
        "request": request.model_dump_json(),
        "issued_by": issued_by,
        "issued_at": now,
        "attempt": attempt,
        "revision": revision + 1,
    }
    connection.execute(insert(commands).values(row))
    event = CommandEvent(state="requested", at=now, step=None, planned={}, effective={}, code="", message="")
    _add(connection, run, command_id, event)
    return Outcome(_record(SimpleNamespace(**row), [event]), True, revision + 1, fence)


def append(connection: Connection, run: str, command_id: str, event: CommandEvent) -> CommandRecord | None:
    """Append ``event`` and give the new record; None if it is no news or the command is unknown."""
    touch(connection, run)
    found = find(connection, run, command_id)
    if found is None or not may_follow(found.state, event.state, found.events[-1].code):
        return None
    _add(connection, run, command_id, event)
    return _with(found, event)


def find(connection: Connection, run: str, command_id: str) -> CommandRecord | None:
    """One command, or None."""
    query = select(commands).where(commands.c.run == run, commands.c.id == command_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _record(row, _events(connection, run, command_id))


def list_of(connection: Connection, run: str) -> tuple[list[CommandRecord], int]:
    """Every command of a run, oldest first, and the run's revision."""
    revision = connection.scalar(select(runs.c.revision).where(runs.c.id == run))
    return [record for record, _ in records_of(connection, run)], int(revision or 0)


def records_of(connection: Connection, run: str) -> list[tuple[CommandRecord, str]]:
    """Every command of a run, oldest first, each with the attempt it was sent to."""
    return dict(records_in(connection, [run])).get(run, [])


def records_in(
    connection: Connection, ids: Sequence[str]
) -> Iterator[tuple[str, list[tuple[CommandRecord, str]]]]:
    """The same by run, of many runs, which are read some at a time; those without commands are left out."""
    for at in range(0, len(ids), _AT_ONCE):
        rows = connection.execute(_COMMANDS, {"ids": ids[at : at + _AT_ONCE]}).all()
        found: dict[str, list[tuple[CommandRecord, str]]] = {}
        events: dict[tuple[str, str], list[CommandEvent]] = {}
        for run, command, event in _told(connection, list({row.run for row in rows})) if rows else ():
            events.setdefault((run, command), []).append(event)
        for row in rows:
            found.setdefault(row.run, []).append((_record(row, events[row.run, row.id]), row.attempt))
        yield from found.items()


def events_of(connection: Connection, run: str) -> list[tuple[str, CommandEvent]]:
    """Every event of a run's commands with the command's id, in the order they were recorded."""
    return [(command, event) for _, command, event in _told(connection, [run])]


def open_of(connection: Connection, run: str) -> list[tuple[CommandRecord, str]]:
    """The commands that more may happen to, each with the attempt it was sent to."""
    return open_in(connection, [run]).get(run, [])


def open_in(connection: Connection, ids: Sequence[str]) -> dict[str, list[tuple[CommandRecord, str]]]:
    """The same by run, of many runs; those without any are left out."""
    found: dict[str, list[tuple[CommandRecord, str]]] = {}
    for run, records in records_in(connection, ids):
        if living := [one for one in records if one[0].state in _LIVING]:
            found[run] = living
    return found


def lose(connection: Connection, run: str, message: str, now: float) -> list[CommandRecord]:
    """Mark every open command of a run as lost; the records that changed."""
    touch(connection, run)
    lost = CommandEvent(
        state="lost", at=now, step=None, planned={}, effective={}, code="job_gone", message=message
    )
    changed = [append(connection, run, record.id, lost) for record, _ in open_of(connection, run)]
    return [record for record in changed if record is not None]


def turn_away(
    connection: Connection, run: str, command_id: str, fence: int, now: float
) -> CommandRecord | None:
    """Refuse a command that could not be handed to the job; the new record.

    None if the run was taken since ``fence``: whoever took it has found the command and has it delivered.
    """
    if touch(connection, run) != fence:
        return None
    gone = CommandEvent(
        state="rejected",
        at=now,
        step=None,
        planned={},
        effective={},
        code="not_connected",
        message="the job's connection was gone; it was not sent",
    )
    return append(connection, run, command_id, gone)


def close_all(connection: Connection, run: str, step: int, now: float) -> list[CommandRecord]:
    """The run ended at ``step``: what was in force ends with it, what was not yet is lost."""
    changed = []
    for record, _ in open_of(connection, run):
        state: CommandState = "ended" if record.state == "applied" else "lost"
        event = CommandEvent(
            state=state,
            at=now,
            step=step,
            planned={},
            effective={},
            code=RUN_ENDED,
            message="the run ended",
        )
        changed.append(append(connection, run, record.id, event))
    return [record for record in changed if record is not None]


def meet(
    connection: Connection, hello: Hello, known: Sequence[tuple[CommandRecord, str]], now: float
) -> tuple[list[CommandRecord], list[CommandRecord]]:
    """Square the log with a job that said hello; ``known`` are the open commands of its run (`open_of`).

    Returns the records that changed, and those to deliver (again) to this attempt: it knows the ids and
    answers with what became of them. Commands of an earlier attempt that are not in force are lost.
    """
    run, attempt = hello.run, hello.attempt
    changed: list[CommandRecord | None] = []
    deliver = []
    ids = {command.id for command in hello.active}
    for record, owner in known:
        if owner == attempt:
            deliver.append(record)
        elif record.id not in ids:
            gone = CommandEvent(
                state="lost",
                at=now,
                step=None,
                planned={},
                effective={},
                code="job_gone",
                message="the attempt that had it is gone",
            )
            changed.append(append(connection, run, record.id, gone))
    for command in hello.active:
        mine = adopt(connection, run, attempt, command, now)
        begun = mine is not None and any(e.state == "applied" and e.step is not None for e in mine.events)
        code = "in_force" if begun else UNTOLD
        kept = CommandEvent(
            state="applied", at=now, step=None, planned={}, effective={}, code=code, message=""
        )
        changed.append(append(connection, run, command.id, kept))
    return [record for record in changed if record is not None], deliver


def adopt(
    connection: Connection, run: str, attempt: str, command: Command, now: float
) -> CommandRecord | None:
    """Record a command that the job issued itself, unless it is known; the record."""
    request = from_wire(command)
    outcome = record(
        connection,
        run,
        attempt,
        request,
        command_id=command.id,
        issued_by=command.issued_by or "job",
        now=now,
    )
    return outcome.record


def _told(connection: Connection, ids: Sequence[str]) -> Iterator[tuple[str, str, CommandEvent]]:
    """Run, command and event, in the order they were recorded."""
    for run, command, event in connection.execute(_EVENTS, {"ids": list(ids)}):
        yield run, command, CommandEvent.model_validate_json(event)


def _events(connection: Connection, run: str, command_id: str) -> list[CommandEvent]:
    query = (
        select(command_events.c.event)
        .where(command_events.c.run == run, command_events.c.command == command_id)
        .order_by(command_events.c.id)
    )
    return [CommandEvent.model_validate_json(text) for text in connection.scalars(query)]


def _add(connection: Connection, run: str, command_id: str, event: CommandEvent) -> None:
    row = {"run": run, "command": command_id, "event": event.model_dump_json()}
    connection.execute(insert(command_events).values(row))


def _with(record: CommandRecord, event: CommandEvent) -> CommandRecord:
    """``record`` after ``event``."""
    active = event.state == "applied" and record.kind != "release"
    events = [*record.events, event]
    return record.model_copy(update={"state": event.state, "active": active, "events": events})


def _record(row: Row[tuple[object, ...]] | SimpleNamespace, events: list[CommandEvent]) -> CommandRecord:
    state = events[-1].state
    return CommandRecord.model_construct(
        id=row.id,
        run=row.run,
        kind=row.kind,
        text=row.text,
        request=CommandRequest.model_construct(**json.loads(row.request)),
        issued_by=row.issued_by,
        issued_at=row.issued_at,
        revision=row.revision,
        state=state,
        active=state == "applied" and row.kind != "release",
        events=events,
    )
