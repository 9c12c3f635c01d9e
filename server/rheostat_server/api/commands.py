"""Commands of a run: asking for one, foreseeing it, and the log."""

from __future__ import annotations

import secrets

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.responses import Response

from rheostat.schedule import Plan
from rheostat_server.api.parts import ERRORS, Acting, Asking, Parts, RunEntry, answer
from rheostat_server.commands.check import check
from rheostat_server.commands.convert import to_wire
from rheostat_server.commands.forecast import InForce, foresee, stack_of
from rheostat_server.commands.words import describe
from rheostat_server.errors import ApiError, refuse
from rheostat_server.live.entry import Entry
from rheostat_server.models import CommandList, CommandRecord, CommandRequest, ForecastAnswer, RunState
from rheostat_server.plans import Unknown, plan_of
from rheostat_server.store import commands as store
from rheostat_server.store.audit import note

router = APIRouter(prefix="/api/runs/{run}/commands", tags=["commands"], responses=ERRORS)


@router.get("", response_model=CommandList)
def log(entry: RunEntry, parts: Parts) -> Response:
    """Every command of the run, oldest first, each with its whole life."""
    records, revision = parts.read(lambda c: store.list_of(c, entry.hello.run))
    return answer(CommandList.model_construct(commands=records, revision=revision))


@router.post("", response_model=CommandRecord, status_code=201)
async def ask(body: CommandRequest, entry: RunEntry, parts: Parts, actor: Acting) -> Response:
    """Ask the job to change the lr.

    201 with the new record; 200 with the record that is there when the id was used before; 409 when the
    job takes no commands, is not connected, or the run's revision is not ``base_revision`` any more.
    """
    run = entry.hello.run
    command_id = body.id or secrets.token_urlsafe(12)
    if body.id is not None:
        known = parts.read(lambda c: store.find(c, run, command_id))
        if known is not None:
            return answer(known)
    if (problem := check(body, [group.name for group in entry.hello.groups])) is not None:
        raise ApiError(422, problem)
    _check_reachable(entry, parts.book.state(entry, parts.clock()))
    request = body.model_copy(update={"id": command_id})
    attempt, now = entry.hello.attempt, parts.clock()

    def job(connection: Connection) -> store.Outcome:
        outcome = store.record(
            connection, run, attempt, request, command_id=command_id, issued_by=actor.name, now=now
        )
        if outcome.record is None:
            # Of two who asked at once, the log of commands has one: the other is not forgotten either.
            after = {
                "text": describe(body),
                "base_revision": body.base_revision,
                "revision": outcome.revision,
            }
            note(connection, actor, now, "command.refused", command_id, run=run, after=after)
        return outcome

    outcome = await parts.write(job)
    if outcome.record is None:
        raise _stale(body.base_revision, outcome.revision)
    if not outcome.created:
        return answer(outcome.record)
    parts.changed(outcome.record)
    record = await parts.others.deliver(outcome.record, outcome.fence)
    if record.state == "rejected" and record.events[-1].code == "not_connected":
        raise _away(parts.book.state(entry, parts.clock()))
    return answer(record, 201)


@router.post("/preview", response_model=ForecastAnswer)
def foretell(body: CommandRequest, entry: RunEntry, parts: Parts, asking: Asking) -> Response:
    """What the command would do from the next step on, without asking for it."""
    names = [group.name for group in entry.hello.groups]
    text = describe(body)
    if (problem := check(body, names)) is not None:
        return answer(ForecastAnswer(step=entry.step, text=text, groups=[], refusal=problem, why=""))
    plans: dict[str, Plan] = {}
    for name in names:
        bound = plan_of(entry.hello, name)
        if isinstance(bound, Unknown):
            return answer(ForecastAnswer(step=entry.step, text=text, groups=[], refusal=None, why=bound.why))
        plans[name] = bound
    records, _ = parts.read(lambda c: store.list_of(c, entry.hello.run))
    stack = stack_of([found for record in records if record.active for found in _in_force(record)], plans)
    command = to_wire(body, command_id="preview", issued_by=asking.name, issued_at=parts.clock())
    forecasts, refusal = foresee(command, entry.hello.limits, plans, stack, entry.step)
    answered = ForecastAnswer.model_construct(
        step=entry.step, text=text, groups=forecasts, refusal=refusal, why=""
    )
    return answer(answered)


def _check_reachable(entry: Entry, state: RunState) -> None:
    if not entry.hello.control:
        raise refuse(
            409,
            "control_off",
            "this job only lets itself be watched",
            suggestion="start it with control=True to allow commands",
        )
    if not entry.connected or entry.ended is not None:
        raise _away(state)


def _away(state: RunState) -> ApiError:
    return refuse(
        409,
        "not_connected",
        f"run is {state}, nothing is queued",
        suggestion="try again when it is live",
    )


def _stale(base: int | None, revision: int) -> ApiError:
    return refuse(
        409,
        "stale",
        f"someone changed the lr meanwhile: the run is at revision {revision}, this was meant for {base}",
        where="body.base_revision",
        expected=str(revision),
        suggestion="look at the latest command, then ask again",
    )


def _in_force(record: CommandRecord) -> list[InForce]:
    command = to_wire(
        record.request, command_id=record.id, issued_by=record.issued_by, issued_at=record.issued_at
    )
    begun = [
        (e.step, e.planned)
        for e in record.events
        if e.state == "applied" and e.step is not None and e.planned
    ]
    return [InForce(command, *begun[-1])] if begun else []
