"""Tokens or samples against steps: as many in each step, or more from stage to stage (a batch-size ramp)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import numpy as np

from .arith import Array

__all__ = ["Amounts"]


@dataclass(frozen=True, slots=True)
class Amounts:
    """Stages that begin at ``starts`` (steps; the first is 0), with ``rates`` tokens in each step."""

    starts: tuple[Fraction, ...]
    rates: tuple[Fraction, ...]
    _sums: tuple[Fraction, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sums = [Fraction(0)]
        for (start, end), rate in zip(pairwise(self.starts), self.rates, strict=False):
            sums.append(sums[-1] + (end - start) * rate)
        object.__setattr__(self, "_sums", tuple(sums))

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
        return self._sums[self._stage(step)] + self._rest(step)

    def steps(self, amount: Fraction, at: Fraction) -> Fraction:
        """Return how many steps an amount takes from a step on."""
        if self.is_even:
            return amount / self.rates[0]
        target = self.seen(at) + amount
        sums = self._sums
        i = bisect_right(sums, target) - 1
        return self.starts[i] + (target - sums[i]) / self.rates[i] - at

    def since(self, origin: float, t: float) -> float:
        """Return how many there are between a step and ``t`` steps later."""
        return float(self.since_all(origin, np.array([t]))[0])

    def since_all(self, origin: float, t: Array) -> Array:
        """Return the same for many times."""
        if self.is_even:
            return t * float(self.rates[0])
        starts, rates = np.array([float(s) for s in self.starts]), np.array([float(r) for r in self.rates])
        sums = np.array([float(s) for s in self._sums])
        at = np.concatenate([[origin], t + origin])
        i = np.searchsorted(starts, at, side="right") - 1
        seen = sums[i] + (at - starts[i]) * rates[i]
        found: Array = seen[1:] - seen[0]
        return found

    def _stage(self, step: Fraction) -> int:
        return bisect_right(self.starts, step) - 1

    def _rest(self, step: Fraction) -> Fraction:
        i = self._stage(step)
        return (step - self.starts[i]) * self.rates[i]
