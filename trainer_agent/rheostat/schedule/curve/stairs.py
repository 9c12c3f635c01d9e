"""Curves that fall by a factor at even or at given times."""

# ruff: noqa: ARG002 - every curve has the same three methods, whatever it needs of their arguments

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np

from .arith import Array, floor, whole_power
from .curves import CEILING, Clock, grown

__all__ = ["Stairs", "StairsAt"]


@dataclass(frozen=True, slots=True)
class Stairs:
    """``start * factor**floor(t / every)``."""

    start: float
    factor: float
    every: Clock

    def at(self, t: float) -> float:
        """Return the value at one time."""
        n = floor(t * self.every.q / self.every.p)
        return min(self.start * whole_power(self.factor, n), CEILING)

    def fill(self, t: Array, out: Array) -> None:
        """Write the values at ascending times."""
        n = np.floor(t * self.every.q / self.every.p)
        bounds = np.concatenate([[0], np.flatnonzero(n[1:] != n[:-1]) + 1, [len(n)]])
        edges = bounds[:-1]
        if len(edges) * 4 > len(n):
            grown(whole_power(self.factor, n), self.start, out)
        else:
            # A power for each stair, not for each step.
            stairs = np.empty(len(edges))
            grown(whole_power(self.factor, n[edges]), self.start, stairs)
            out[:] = np.repeat(stairs, bounds[1:] - edges)

    def marks(self, low: float, high: float, step: float) -> Array:
        """Return the edges; none where they are denser than ``step``, since stairs never turn."""
        return self.every.starts(low, high, step)


@dataclass(frozen=True, slots=True)
class StairsAt:
    """``start`` times ``factor`` for each of the ascending ``times`` reached."""

    start: float
    factor: float
    times: tuple[float, ...]

    def at(self, t: float) -> float:
        """Return the value at one time."""
        n = float(bisect_right(self.times, t))
        return min(self.start * whole_power(self.factor, n), CEILING)

    def fill(self, t: Array, out: Array) -> None:
        """Write the values at ascending times."""
        n = np.searchsorted(np.array(self.times), t, side="right").astype(np.float64)
        grown(whole_power(self.factor, n), self.start, out)

    def marks(self, low: float, high: float, step: float) -> Array:
        """Return the edges in range."""
        return np.array(self.times[bisect_left(self.times, low) : bisect_left(self.times, high)])
