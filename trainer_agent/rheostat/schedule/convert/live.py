"""A live torch scheduler as a schedule: attributes are read, nothing of the job's is called or written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.program import Schedule, parse
from rheostat.schedule.text.format import spell_name

from . import composites, timm
from .classes import Ask, Scheduler, class_name, groups
from .composites import piece, reach
from .fit import fit
from .functions import exempt
from .groups import named, written
from .piece import within
from .plateau import NAME, plateau
from .replay import replayed, verify

__all__ = ["from_torch"]


def from_torch(
    scheduler: object,
    *,
    names: Sequence[str] | None = None,
    total: int | None = None,
    metric: str = "val_loss",
    sample: bool = False,
) -> Schedule:
    """Write what a torch scheduler does as a schedule, its base lrs included; timm's are read too.

    A step of the plan is a value of ``scheduler.last_epoch``, however far it has been stepped. With several
    param groups there is a group for each, named by ``names``, by its ``name`` entry, or "0", "1", …. With a
    ``total`` what lies beyond may be left out. The curve is compared with a replay of a copy, 2,000 steps
    from where the scheduler stands. A ReduceLROnPlateau becomes a plateau of ``metric`` from the present lr.

    With ``sample`` a copy of a scheduler that cannot be read is stepped ``total`` times instead, which calls
    the functions it was given once for each step, and a curve is fitted; a comment states the error.

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
    labels = named(groups(found), count, names)
    try:
        curves = [_curve(found, total, group) for group in range(count)]
    except ConversionError:
        if not sample:
            raise
        return _sampled(found, total, labels)
    bases = [composites.base(found, group) for group in range(count)]
    schedule = written(curves, bases, labels)
    last = reach(found)
    ends = [end for end in (total, None if last is None else last + 1) if end is not None]
    verify(schedule, found, labels if count > 1 else [None], min(ends, default=None), exempt(found))
    return schedule


def _sampled(scheduler: Scheduler, total: int | None, labels: Sequence[str]) -> Schedule:
    """Fit what a copy of a scheduler does, for each param group."""
    if total is None:
        raise ConversionError("sampling a scheduler needs a total: the steps to call it for")
    rows = replayed(scheduler, total)
    fits = [fit(np.arange(total), row) for row in rows]
    texts = [
        f"# sampled at {total} steps; worst error {one.error:.1g} of the peak\n{one.schedule}" for one in fits
    ]
    if len(texts) == 1:
        return parse(texts[0])
    pairs = zip(labels, texts, strict=True)
    return parse("\n".join(f"group {spell_name(label)} = {{\n{text}\n}}" for label, text in pairs))


def _curve(scheduler: Scheduler, total: int | None, group: int) -> str:
    return within(piece(scheduler, Ask(total, group)), None, at_one=True)
