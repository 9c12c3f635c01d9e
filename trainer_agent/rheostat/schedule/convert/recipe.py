"""The recipe that most libraries know: warm up in a line, hold, fall to a floor."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Unpack

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.program import Schedule

from .outline import Run, Segment, outline

__all__ = ["Recipe", "recipe"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """``warmup`` steps from ``start`` to ``peak``, ``held`` steps there, then ``fall`` if any."""

    start: float
    warmup: float
    peak: float
    held: float
    fall: Segment | None
    total: float | None

    @property
    def floor(self) -> float:
        """The lr at the end."""
        return self.peak if self.fall is None else self.fall.last


def recipe(schedule: Schedule | str, library: str, **run: Unpack[Run]) -> Recipe:
    """Return a schedule as this recipe. Raises ConversionError where it is another."""
    plan, segments = outline(schedule, **run)
    rest = list(segments)
    start = peak = rest[0].first
    warmup = held = 0.0
    if rest[0].shape == "linear" and rest[0].first < rest[0].last and rest[0].length != inf:
        warm = rest.pop(0)
        start, peak, warmup = warm.first, warm.last, warm.length
    if rest and rest[0].shape == "hold" and rest[0].first == peak:
        held = rest.pop(0).length
    if len(rest) > 1 or (rest and rest[0].first != peak):
        raise ConversionError(
            f"{library} warms up, holds and falls once; this schedule does more: export it with to_torch"
        )
    return Recipe(start, warmup, peak, held if rest else inf, rest[0] if rest else None, plan.total)
