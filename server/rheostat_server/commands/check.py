"""Whether a request for a command makes sense, before any job hears of it. Pure.

The job's own limits are the agent's to enforce; this is for what can be wrong in any job.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from rheostat.control.kinds import ORDERS, needs, takes
from rheostat.schedule import check as check_schedule
from rheostat_server.commands.words import number
from rheostat_server.models import CommandRequest, Problem

__all__ = ["check"]

_MEANING = {
    "value": "the lr, a number of 0 or above",
    "factor": "what to multiply the plan by, a number of 0 or above",
    "over": "a count of steps, 1 or more",
    "schedule": "a schedule text",
}
_COUNTS = {"over": 1, "for_steps": 1, "at_step": 0, "until_step": 1}


def check(request: CommandRequest, groups: Iterable[str]) -> Problem | None:
    """The first thing wrong with ``request`` for a job with these param groups, or None."""
    return (
        _fields(request)
        or _numbers(request)
        or _window(request)
        or _groups(request, tuple(groups))
        or _text(request)
    )


def _fields(request: CommandRequest) -> Problem | None:
    for field in needs(request.kind):
        if getattr(request, field) is None:
            return Problem(
                code="missing_field",
                message=f"{request.kind} needs {field}",
                where=f"body.{field}",
                expected=_MEANING[field],
            )
    fitting = takes(request.kind)
    if request.kind in ORDERS:
        return _order(request)
    for field in ("value", "factor", "start", "over", "shape", "schedule"):
        if field not in fitting and getattr(request, field) is not None:
            return Problem(
                code="unused_field",
                message=f"{field} has no meaning for {request.kind}",
                where=f"body.{field}",
                expected=" and ".join(fitting) or "none of its kind",
                suggestion=f"leave out {field}",
            )
    return None


def _order(request: CommandRequest) -> Problem | None:
    """What is for the whole job has no lr, no groups and no end."""
    for field in (
        "value",
        "factor",
        "start",
        "over",
        "shape",
        "schedule",
        "groups",
        "for_steps",
        "until_step",
    ):
        if getattr(request, field) is not None:
            return Problem(
                code="unused_field",
                message=f"{field} has no meaning for {request.kind}",
                where=f"body.{field}",
                expected="at_step at most",
                suggestion=f"leave out {field}",
            )
    return None


def _numbers(request: CommandRequest) -> Problem | None:
    for field in ("value", "factor", "start"):
        value: float | None = getattr(request, field)
        if value is not None and not (math.isfinite(value) and value >= 0):
            return Problem(
                code="not_a_rate",
                message=f"{field} is {number(value)}",
                where=f"body.{field}",
                expected="a finite number of 0 or above",
            )
    for field, least in _COUNTS.items():
        count: int | None = getattr(request, field)
        bound = 0 if request.kind == "release" and field == "over" else least
        if count is not None and not bound <= count < 1 << 53:
            return Problem(
                code="out_of_range",
                message=f"{field} is {count}",
                where=f"body.{field}",
                expected=f"{bound} or more",
            )
    return None


def _window(request: CommandRequest) -> Problem | None:
    if request.for_steps is not None and request.until_step is not None:
        return Problem(
            code="two_ends",
            message="for_steps and until_step both say when to end",
            where="body.until_step",
            expected="at most one of them",
        )
    if (
        request.at_step is not None
        and request.until_step is not None
        and request.until_step <= request.at_step
    ):
        return Problem(
            code="empty_window",
            message=f"it would end at step {request.until_step}, before it starts at step {request.at_step}",
            where="body.until_step",
            expected=f"{request.at_step + 1} or more",
        )
    return None


def _groups(request: CommandRequest, known: tuple[str, ...]) -> Problem | None:
    if request.groups is None:
        return None
    if not request.groups:
        return Problem(
            code="no_group", message="groups is empty", where="body.groups", expected="names, or null for all"
        )
    for name in request.groups:
        if name not in known:
            return Problem(
                code="unknown_group",
                message=f"the run has no param group {name!r}",
                where="body.groups",
                expected=f"one of {', '.join(known)}",
            )
    return None


def _text(request: CommandRequest) -> Problem | None:
    if request.schedule is None:
        return None
    for found in check_schedule(request.schedule):
        if found.severity == "error":
            return Problem(
                code=found.code,
                message=found.message,
                where=f"body.schedule, line {found.line}, column {found.column}",
                suggestion=found.suggestion or "",
            )
    return None
