"""A live torch scheduler as a schedule: attributes are read, nothing of the job's is called or written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from rheostat.schedule.program import Schedule

from . import composites, timm
from .classes import Ask, Scheduler, class_name, groups
from .composites import piece, reach
from .functions import exempt
from .groups import named, written
from .piece import within
from .plateau import NAME, plateau
from .replay import verify

__all__ = ["from_torch"]


def from_torch(
    scheduler: object,
    *,
    names: Sequence[str] | None = None,
    total: int | None = None,
    metric: str = "val_loss",
) -> Schedule:
    """Write what a torch scheduler does as a schedule, its base lrs included; timm's are read too.

    A step of the plan is a value of ``scheduler.last_epoch``, however far it has been stepped. With several
    param groups there is a group for each, named by ``names``, by its ``name`` entry, or "0", "1", …. With a
    ``total`` what lies beyond may be left out. The curve is compared with a replay of a copy, 2,000 steps
    from where the scheduler stands. A ReduceLROnPlateau becomes a plateau of ``metric`` from the present lr.

    Raises ConversionError for schedulers that no text of this language says, with the reason.
    """
    if type(scheduler).__module__.startswith(timm.HOME):
        return timm.from_timm(scheduler, names=names)
    found = cast("Scheduler", scheduler)
    name = class_name(found)
    count = len(groups(found))
    if name == NAME:
        texts = [plateau(found, metric, group) for group in range(count)]
        return written(texts, [float(g["lr"]) for g in groups(found)], named(groups(found), count, names))
    curves = [_curve(found, total, 0)]
    curves += [_curve(found, total, group) for group in range(1, count)]
    bases = [composites.base(found, group) for group in range(count)]
    labels = named(groups(found), count, names)
    schedule = written(curves, bases, labels)
    last = reach(found)
    ends = [end for end in (total, None if last is None else last + 1) if end is not None]
    verify(schedule, found, labels if count > 1 else [None], min(ends, default=None), exempt(found))
    return schedule


def _curve(scheduler: Scheduler, total: int | None, group: int) -> str:
    return within(piece(scheduler, Ask(total, group)), None, at_one=True)
