"""Plans bound from texts, kept for the next request: binding costs more than drawing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rheostat import schedule
from rheostat.schedule import BindError, Plan, Schedule, ScheduleError
from rheostat.wire import Hello

__all__ = ["Unknown", "bind", "parsed", "plan_of"]


@dataclass(frozen=True, slots=True)
class Unknown:
    """There is no plan, and why."""

    why: str


@lru_cache(maxsize=128)
def parsed(text: str) -> Schedule:
    """The schedule of a text. Raises ScheduleError."""
    return schedule.parse(text)


@lru_cache(maxsize=512)
def bind(text: str, base: float | None, total: int | None, epoch: int | None, group: str | None) -> Plan:
    """The plan of a text.

    Raises:
        ScheduleError: the text does not parse.
        BindError: something is missing to resolve its units.
    """
    return parsed(text).bind(base=base, total=total, epoch=epoch, group=group)


def plan_of(hello: Hello, group: str) -> Plan | Unknown:
    """The plan of one param group of a job, as the job described it."""
    plan = hello.plan
    if plan.origin == "none" or not plan.text:
        return Unknown(plan.why or "the job told of no plan")
    try:
        return bind(plan.text, plan.base.get(group), plan.total, plan.epoch, group)
    except (ScheduleError, BindError) as error:
        return Unknown(str(error))
