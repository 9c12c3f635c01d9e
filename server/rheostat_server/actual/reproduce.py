"""A schedule that reproduces a run's lr, held against what was recorded; else the curve that comes near."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from rheostat.control.effects import Ground
from rheostat.schedule import BindError, ConversionError, Schedule, ScheduleError, parse
from rheostat.schedule.convert import fit
from rheostat.schedule.text.format import spell_name
from rheostat_server.actual.history import Told, turns_of
from rheostat_server.actual.spans import spans_of
from rheostat_server.actual.text import Bases, UntoldError, compose

__all__ = ["Actual", "Recorded", "reproduce"]

_THINNED = 20_000
_CLOSE = 1e-6

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One group's effective lrs: steps and values of shape (n,), steps ascending."""

    steps: Steps
    values: Floats


@dataclass(frozen=True, slots=True)
class Actual:
    """The schedule of what was. ``error`` is its worst difference from the record, as a share of the peak.

    ``kind``: "exact" (no bit differs at any recorded step), "composed" (of plan and overrides, which do not
    meet the record to the bit), "fitted" (to the record alone; ``why`` says why). Empty with ``why`` where
    nothing was recorded or no short text comes near.
    """

    text: str
    kind: Literal["exact", "composed", "fitted", "none"]
    error: float
    why: str


def reproduce(
    plan: Schedule | None, told: Sequence[Told], recorded: Mapping[str, Recorded], bound: Bases, why: str = ""
) -> Actual:
    """The schedule of a run: ``plan`` (None: unknown, and ``why``) as ``told`` commands bent it."""
    if not any(len(found.steps) for found in recorded.values()):
        return Actual("", "none", 0.0, "no step was recorded")
    reason = why or "the plan is not known"
    if plan is not None:
        turns = turns_of(told, Ground(bound.bases, bound.total, bound.epoch))
        try:
            text = compose(plan, {name: spans_of(turns, name) for name in recorded}, bound)
            error, exact = _against(text, recorded)
        except UntoldError as untold:
            reason = str(untold)
        except (ScheduleError, BindError) as fault:
            reason = f"the overrides are too many or too long for one text: {fault}"
        else:
            if exact:
                return Actual(text, "exact", 0.0, "")
            if error <= _CLOSE:
                return Actual(text, "composed", error, "the recorded lr differs from the plan by rounding")
            reason = (
                f"plan and overrides come to another lr than the recorded one, by {error:.2g} of the peak"
            )
    return _fitted(recorded, reason)


def _fitted(recorded: Mapping[str, Recorded], reason: str) -> Actual:
    texts = {}
    try:
        for name, found in recorded.items():
            every = max(1, -(-len(found.steps) // _THINNED))
            at = np.unique(np.append(np.arange(0, len(found.steps), every), len(found.steps) - 1))
            texts[name] = str(fit(found.steps[at], found.values[at]).schedule)
    except (ConversionError, ValueError) as error:
        return Actual("", "none", 0.0, f"{reason}; and no short curve comes near: {error}")
    if len(texts) == 1:
        text = next(iter(texts.values()))
    else:
        lines = [f"group {spell_name(name)} = {{\n{one}\n}}" for name, one in texts.items()]
        text = "\n".join(lines)
    return Actual(text, "fitted", _against(text, recorded)[0], reason)


def _against(text: str, recorded: Mapping[str, Recorded]) -> tuple[float, bool]:
    """The worst difference from the record as a share of each group's peak, and whether there is none."""
    schedule, worst, exact = parse(text), 0.0, True
    for name, found in recorded.items():
        if not len(found.steps):
            continue
        made = np.asarray(schedule.bind(group=name)(found.steps), dtype=np.float64)
        exact = exact and bool((made == found.values).all())
        peak = float(np.abs(found.values).max()) or 1.0
        worst = max(worst, float(np.abs(made - found.values).max()) / peak)
    return worst, exact
