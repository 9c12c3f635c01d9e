"""Tokens or samples against steps: as many in each step, or more from stage to stage (a batch-size ramp)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import numpy as np

from .arith import Array

__all__ = ["Amounts", "tamed"]

_LONG = 2**128
_FINE = 2**64


def tamed(step: Fraction) -> Fraction:
    """Return a step as it is; where exact arithmetic has made it long, the next 2**-64 of a step."""
    return step if step.denominator < _LONG else Fraction(round(step * _FINE), _FINE)


@dataclass(frozen=True, slots=True)
class Amounts:
    """Stages that begin at ``starts`` (steps; the first is 0), with ``rates`` tokens in each step."""

    starts: tuple[Fraction, ...]
    rates: tuple[Fraction, ...]
    _sums: tuple[Fraction, ...] = field(init=False, repr=False, compare=False)
    # Starts, sums and rates as floats: comparing fractions takes ten times as long.
    _near: tuple[tuple[float, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sums = [Fraction(0)]
        for (start, end), rate in zip(pairwise(self.starts), self.rates, strict=False):
            sums.append(sums[-1] + (end - start) * rate)
        object.__setattr__(self, "_sums", tuple(sums))
        near = tuple(tuple(map(float, exact)) for exact in (self.starts, sums, self.rates))
        object.__setattr__(self, "_near", near)

    def __reduce__(self) -> tuple[type[Amounts], tuple[object, ...]]:
        return Amounts, (self.starts, self.rates)

    @classmethod
    def even(cls, rate: Fraction) -> Amounts:
        """Make one stage for ever."""
        return cls((Fraction(0),), (rate,))

    @property
    def is_even(self) -> bool:
        """Tell whether all steps have as many."""
        return len(self.rates) == 1

    def seen(self, step: Fraction) -> Fraction:
        """Return how many the steps before this one have together."""
        i = _last(self.starts, self._near[0], step)
        return self._sums[i] + (step - self.starts[i]) * self.rates[i]

    def steps(self, amount: Fraction, at: Fraction) -> Fraction:
        """Return how many steps an amount takes from a step on."""
        if self.is_even:
            return amount / self.rates[0]
        target = self.seen(at) + amount
        sums = self._sums
        i = _last(sums, self._near[1], target)
        return tamed(self.starts[i] + (target - sums[i]) / self.rates[i] - at)

    def near(self, amount: float, at: float) -> float:
        """Return `steps` to within rounding, in a tenth of the time."""
        starts, sums, rates = self._near
        i = bisect_right(starts, at) - 1
        target = sums[i] + (at - starts[i]) * rates[i] + amount
        i = bisect_right(sums, target) - 1
        return starts[i] + (target - sums[i]) / rates[i] - at

    def since(self, origin: float, t: float) -> float:
        """Return how many there are between a step and ``t`` steps later."""
        return float(self.since_all(origin, np.array([t]))[0])

    def since_all(self, origin: float, t: Array) -> Array:
        """Return the same for many times."""
        if self.is_even:
            return t * float(self.rates[0])
        starts, sums, rates = (np.array(near) for near in self._near)
        at = np.concatenate([[origin], t + origin])
        i = np.searchsorted(starts, at, side="right") - 1
        seen = sums[i] + (at - starts[i]) * rates[i]
        found: Array = seen[1:] - seen[0]
        return found


def _last(edges: tuple[Fraction, ...], near: tuple[float, ...], value: Fraction) -> int:
    """Return the number of the last edge that is not above a value; the first is 0, and none is."""
    i = bisect_right(near, float(value)) - 1
    while edges[i] > value:
        i -= 1
    while i + 1 < len(edges) and edges[i + 1] <= value:
        i += 1
    return i
