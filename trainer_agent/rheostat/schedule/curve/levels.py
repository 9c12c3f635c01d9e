"""Curves of levels that change at known times, and curves kept between two values."""

# ruff: noqa: ARG002 - every curve has the same three methods, whatever it needs of their arguments

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np

from .arith import Array
from .curves import Curve

__all__ = ["Clipped", "Levels"]


@dataclass(frozen=True, slots=True)
class Levels:
    """``values[k]`` from the k-th of the ascending ``times`` on; ``values[0]`` before the first."""

    values: tuple[float, ...]
    times: tuple[float, ...]

    def at(self, t: float) -> float:
        """Return the value at one time."""
        return self.values[bisect_right(self.times, t)]

    def fill(self, t: Array, out: Array) -> None:
        """Write the values at ascending times."""
        out[:] = np.array(self.values)[np.searchsorted(np.array(self.times), t, side="right")]

    def marks(self, low: float, high: float, step: float) -> Array:
        """Return the times in range."""
        return np.array(self.times[bisect_left(self.times, low) : bisect_left(self.times, high)])


@dataclass(frozen=True, slots=True)
class Clipped:
    """A curve kept between two values."""

    of: Curve
    low: float
    high: float

    def at(self, t: float) -> float:
        """Return the value at one time."""
        return min(max(self.of.at(t), self.low), self.high)

    def fill(self, t: Array, out: Array) -> None:
        """Write the values at ascending times."""
        self.of.fill(t, out)
        np.minimum(np.maximum(out, self.low, out=out), self.high, out=out)

    def marks(self, low: float, high: float, step: float) -> Array:
        """Return the marks of the curve that is kept."""
        return self.of.marks(low, high, step)
