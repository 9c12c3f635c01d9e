"""Curves made of curves: one after the other, multiplied, added."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .arith import Array
from .curves import CEILING, Curve

__all__ = ["Products", "Sequence", "Sums"]

# Up to so many times are looked at one by one; so many curves together keep all their marks.
_FEW = 8


@dataclass(frozen=True, slots=True)
class Sequence:
    """Curves one after the other, each on its own clock; the last goes on for ever. ``starts[0]`` is 0."""

    starts: tuple[float, ...]
    curves: tuple[Curve, ...]

    def at(self, t: float) -> float:
        """Return the value at one time."""
        i = bisect_right(self.starts, t) - 1
        return self.curves[i].at(t - self.starts[i])

    def fill(self, t: Array, out: Array) -> None:
        """Write the values at ascending times."""
        first, last = (bisect_right(self.starts, float(end)) - 1 for end in (t[0], t[-1]))
        edges = np.searchsorted(t, self.starts[first + 1 : last + 1]).tolist() if last > first else []
        for i, (low, high) in enumerate(pairwise([0, *edges, len(t)]), first):
            start, curve = self.starts[i], self.curves[i]
            if high - low > _FEW:
                curve.fill(t[low:high] - start if start else t[low:high], out[low:high])
            elif high > low:
                # Arrays cost more than they save where parts are short.
                out[low:high] = [curve.at(time - start) for time in t[low:high].tolist()]

    def marks(self, low: float, high: float, step: float) -> Array:
        """Return the joints and the marks of each curve, in range."""
        found = [np.array([s for s in self.starts[1:] if low <= s < high])]
        first = max(bisect_right(self.starts, low) - 1, 0)
        for i in range(first, bisect_left(self.starts, high)):
            start = self.starts[i]
            end = min(self.starts[i + 1], high) if i + 1 < len(self.starts) else high
            found.append(self.curves[i].marks(max(low - start, 0.0), end - start, step) + start)
        return np.concatenate(found)


@dataclass(frozen=True, slots=True)
class Products:
    """Curves on one clock, multiplied from left to right."""

    of: tuple[Curve, ...]

    def at(self, t: float) -> float:
        """Return the value at one time."""
        value = self.of[0].at(t)
        for curve in self.of[1:]:
            value = min(value * curve.at(t), CEILING)
        return value

    def fill(self, t: Array, out: Array) -> None:
        """Write the values at ascending times."""
        self.of[0].fill(t, out)
        factor = np.empty_like(out)
        for curve in self.of[1:]:
            curve.fill(t, factor)
            out *= factor
            np.minimum(out, CEILING, out=out)

    def marks(self, low: float, high: float, step: float) -> Array:
        """Return the marks of all."""
        return _marks(self.of, low, high, step)


@dataclass(frozen=True, slots=True)
class Sums:
    """Curves on one clock, added or taken away from left to right; never below 0."""

    of: tuple[Curve, ...]
    signs: tuple[float, ...]

    def at(self, t: float) -> float:
        """Return the value at one time."""
        value = self.of[0].at(t)
        for curve, sign in zip(self.of[1:], self.signs, strict=True):
            value += sign * curve.at(t)
        return min(max(value, 0.0), CEILING)

    def fill(self, t: Array, out: Array) -> None:
        """Write the values at ascending times."""
        self.of[0].fill(t, out)
        term = np.empty_like(out)
        for curve, sign in zip(self.of[1:], self.signs, strict=True):
            curve.fill(t, term)
            term *= sign
            out += term
        np.minimum(np.maximum(out, 0.0, out=out), CEILING, out=out)

    def marks(self, low: float, high: float, step: float) -> Array:
        """Return the marks of all."""
        return _marks(self.of, low, high, step)


def _marks(of: tuple[Curve, ...], low: float, high: float, step: float) -> Array:
    """Return the marks of curves on one clock; where they are many, each is thinned the more."""
    step *= max(len(of) / _FEW, 1.0)
    return np.concatenate([curve.marks(low, high, step) for curve in of])
