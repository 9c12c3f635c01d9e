"""A live torch scheduler as a schedule: attributes are read, nothing of the job's is called or written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from rheostat.schedule.diagnostics import ConversionError, ScheduleError
from rheostat.schedule.format import spell_name
from rheostat.schedule.nodes import spell
from rheostat.schedule.program import Schedule, parse

from . import composites
from .classes import Ask, Scheduler, groups
from .composites import piece, reach
from .functions import exempt
from .piece import within
from .replay import verify

__all__ = ["from_torch"]


def from_torch(
    scheduler: object, *, names: Sequence[str] | None = None, total: int | None = None
) -> Schedule:
    """Write what a torch scheduler does as a schedule, its base lrs included.

    A step of the plan is a value of ``scheduler.last_epoch``, however far it has been stepped. With several
    param groups there is a group for each, named by ``names``, by its ``name`` entry, or "0", "1", …. With a
    ``total`` what lies beyond may be left out. The curve is compared with a replay of a copy, 2,000 steps
    from where the scheduler stands.

    Raises ConversionError for schedulers that no text of this language says, with the reason.
    """
    found = cast("Scheduler", scheduler)
    curves = [_curve(found, total, 0)]
    count = len(groups(found))
    curves += [_curve(found, total, group) for group in range(1, count)]
    bases = [composites.base(found, group) for group in range(count)]
    labels = _names(found, count, names)
    schedule = _written(curves, bases, labels)
    last = reach(found)
    ends = [end for end in (total, None if last is None else last + 1) if end is not None]
    verify(schedule, found, labels if count > 1 else [None], min(ends, default=None), exempt(found))
    return schedule


def _curve(scheduler: Scheduler, total: int | None, group: int) -> str:
    return within(piece(scheduler, Ask(total, group)), None, at_one=True)


def _written(curves: list[str], bases: list[float], labels: list[str]) -> Schedule:
    if len(curves) == 1:
        text = f"base {spell(bases[0])}\n{curves[0]}"
    else:
        common = all(curve == curves[0] for curve in curves)
        lines = [curves[0]] if common else []
        for label, base, curve in zip(labels, bases, curves, strict=True):
            own = "" if common else f" = {{\n{curve}\n}}"
            lines.append(f"group {spell_name(label)} base {spell(base)}{own}")
        text = "\n".join(lines)
    try:
        return parse(text)
    except ScheduleError as error:
        raise ConversionError(f"the language cannot say this scheduler: {error}") from None


def _names(scheduler: Scheduler, count: int, names: Sequence[str] | None) -> list[str]:
    """Return a distinct name for each group: as given, else its own, else its number."""
    given = (
        list(names) if names is not None else [str(g.get("name", i)) for i, g in enumerate(groups(scheduler))]
    )
    if len(given) != count:
        raise ConversionError(f"expected {count} group names, got {len(given)}")
    return given if len(set(given)) == count else [str(i) for i in range(count)]
