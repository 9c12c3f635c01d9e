"""Everything wrong or doubtful in a text, in all its groups, while it is typed."""

from __future__ import annotations

from .diagnostics import BindError, Diagnostic, ScheduleError
from .plan import Plan
from .program import Schedule, parse

__all__ = ["check", "elsewhere"]

# Groups beyond these, or beyond so many parts together, are read but not bound while a text is typed.
_CHECKED = 16
_CHECKED_PARTS = 500


def check(text: str) -> tuple[Diagnostic, ...]:
    """Return everything wrong or doubtful in a text, in order of place; never raises for a bad text.

    What the text leaves to the run (base, total, units) is not a fault here.
    """
    try:
        schedule = parse(text)
    except ScheduleError as error:
        return error.diagnostics
    found = dict.fromkeys(schedule.lints())
    parts = 0
    for group in schedule.kinds_of_group()[:_CHECKED] or (None,):
        plan = _try_bind(schedule, group)
        if isinstance(plan, Plan):
            parts += plan.size
            found.update(dict.fromkeys(plan.analyse().lints))
        else:
            found.update(dict.fromkeys(plan))
        if parts > _CHECKED_PARTS:
            break
    return tuple(sorted(found, key=lambda d: (d.line, d.column)))


def elsewhere(
    schedule: Schedule, group: str | None, base: float | None, total: int | None, epoch: float | None
) -> tuple[Diagnostic, ...]:
    """Return what is wrong with groups other than one, bound to the same run, without drawing them."""
    found: dict[Diagnostic, None] = {}
    parts = 0
    for other in schedule.kinds_of_group()[:_CHECKED]:
        if other == group or parts > _CHECKED_PARTS:
            continue
        try:
            plan = schedule.bind(base, total, epoch, group=other)
        except BindError as error:
            found.update(dict.fromkeys(error.diagnostics))
        else:
            parts += plan.size
            found.update(dict.fromkeys(plan.warnings))
    return tuple(found)


def _try_bind(schedule: Schedule, group: str | None) -> Plan | tuple[Diagnostic, ...]:
    # Ratios do not depend on the base lr, so any will do where the text has none.
    for base in (None, 1e-3):
        try:
            return schedule.bind(base=base, group=group)
        except BindError as error:
            if not error.missing:
                return error.diagnostics
    return ()
