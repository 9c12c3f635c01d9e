"""A run's lr as it really was, as a schedule."""

from __future__ import annotations

import math

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.responses import Response

from rheostat.schedule import Schedule, ScheduleError
from rheostat_server.actual.history import Told
from rheostat_server.actual.reproduce import Actual, Recorded, reproduce
from rheostat_server.actual.text import Bases
from rheostat_server.api.parts import ERRORS, Parts, RunEntry, answer
from rheostat_server.commands.convert import to_wire
from rheostat_server.dashboard import Dashboard
from rheostat_server.live.entry import Entry
from rheostat_server.models import ActualSchedule
from rheostat_server.plans import parsed
from rheostat_server.store import commands as log
from rheostat_server.store.points import read_series

__all__ = ["actual_schedule", "router"]

router = APIRouter(prefix="/api/runs", tags=["runs"], responses=ERRORS)

_EVERY = 1 << 40
LIMIT_TEXT = 16_384


@router.get("/{run}/schedule", response_model=ActualSchedule)
def schedule(entry: RunEntry, parts: Parts) -> Response:
    """The plan and the commands that were applied, as one schedule that makes the lr which the run had."""
    return answer(actual_schedule(parts, entry))


def actual_schedule(parts: Dashboard, entry: Entry) -> ActualSchedule:
    """The schedule of a run, with a comment for each command that was applied."""
    run = entry.hello.run
    names = [group.name for group in entry.hello.groups]
    told, notes, recorded = parts.read(
        lambda c: (*_told(c, run), {name: _recorded(c, run, name) for name in names})
    )
    plan, why = _plan(entry)
    found: Actual = reproduce(plan, told, recorded, _bound(entry), why)
    text = "\n".join([*notes, found.text]) if found.text else ""
    if len(text.encode()) > LIMIT_TEXT:
        text = found.text
    steps = max((len(one.steps) for one in recorded.values()), default=0)
    return ActualSchedule(text=text, kind=found.kind, error=found.error, why=found.why, steps=steps)


def _told(connection: Connection, run: str) -> tuple[list[Told], list[str]]:
    """What the job told of its commands, in order, and a comment for each time one was applied."""
    records = {record.id: record for record in log.list_of(connection, run)[0]}
    wired = {
        record.id: to_wire(
            record.request, command_id=record.id, issued_by=record.issued_by, issued_at=record.issued_at
        )
        for record in records.values()
    }
    told = [Told(wired[command], event) for command, event in log.events_of(connection, run)]
    notes = [
        f"# @{one.event.step} {' '.join(records[one.command.id].text.split())}, by {one.command.issued_by}"
        for one in told
        if one.event.state == "applied" and one.event.step is not None
    ]
    return told, notes


def _recorded(connection: Connection, run: str, group: str) -> Recorded:
    name = f"lr:{group}"
    drawn = read_series(connection, run, [name], first=None, last=None, width=_EVERY).series[name]
    return Recorded(drawn.x, drawn.y)


def _plan(entry: Entry) -> tuple[Schedule | None, str]:
    plan = entry.hello.plan
    if plan.origin == "none" or not plan.text:
        return None, plan.why or "the job told of no plan"
    try:
        return parsed(plan.text), ""
    except ScheduleError as error:
        return None, f"the plan does not parse: {error}"


def _bound(entry: Entry) -> Bases:
    known = {
        group.name: group.lr
        for group in entry.hello.groups
        if group.lr is not None and math.isfinite(group.lr)
    }
    plan = entry.hello.plan
    return Bases(known | plan.base, plan.total, plan.epoch)
