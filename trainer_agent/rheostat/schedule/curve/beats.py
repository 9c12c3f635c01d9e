"""When cycles start: all of one length, or each longer than the one before."""

# ruff: noqa: ARG002 - every beat has the same methods, whatever it needs of their arguments

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from typing import Protocol

import numpy as np

from .arith import Array, floor
from .curves import Clock

__all__ = ["Beat", "Even", "Stretched"]

# Beyond this step no float64 tells neighbouring steps apart.
_HORIZON = 2.0**53


class Beat(Protocol):
    """When cycles start, and how much longer each is than the first."""

    def index(self, t: float) -> float:
        """Return the number of the cycle a time lies in."""
        ...

    def indices(self, t: Array) -> Array:
        """Return the number of the cycle of each time."""
        ...

    def start(self, n: float) -> float:
        """Return when a cycle starts."""
        ...

    def starts(self, n: Array) -> Array:
        """Return when each cycle starts."""
        ...

    def length(self, n: float) -> float:
        """Return how many times as long as the first a cycle is."""
        ...

    def lengths(self, n: Array) -> Array:
        """Return the same for many cycles."""
        ...


@dataclass(frozen=True, slots=True)
class Even:
    """Cycles of one length."""

    clock: Clock

    def index(self, t: float) -> float:
        """Return the number of the cycle a time lies in."""
        return floor(t * self.clock.q / self.clock.p)

    def indices(self, t: Array) -> Array:
        """Return the number of the cycle of each time."""
        return np.floor(t * self.clock.q / self.clock.p)

    def start(self, n: float) -> float:
        """Return when a cycle starts."""
        return n * self.clock.p / self.clock.q

    def starts(self, n: Array) -> Array:
        """Return when each cycle starts."""
        return n * self.clock.p / self.clock.q

    def length(self, n: float) -> float:
        """Return 1."""
        return 1.0

    def lengths(self, n: Array) -> Array:
        """Return ones."""
        return np.ones_like(n)


@dataclass(frozen=True, slots=True)
class Stretched:
    """Cycles each longer than the one before; the table holds all that start below 2**53."""

    table: tuple[float, ...]
    sizes: tuple[float, ...]
    _arrays: tuple[Array, Array] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_arrays", (np.array(self.table), np.array(self.sizes)))

    def __reduce__(self) -> tuple[type[Stretched], tuple[object, ...]]:
        return Stretched, (self.table, self.sizes)

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, period: Fraction, stretch: float, count: int | None) -> Stretched:
        """Tabulate starts with 60 digits, so that whole starts come out whole."""
        starts, lengths = [0.0], [1.0]
        with localcontext() as context:
            context.prec = 60
            first = Decimal(period.numerator) / Decimal(period.denominator)
            at, length, grow = first, Decimal(1), Decimal(repr(stretch))
            while float(at) < _HORIZON and (count is None or len(starts) < count):
                length *= grow
                starts.append(float(at))
                lengths.append(float(length))
                at += first * length
        return cls(tuple(starts), tuple(lengths))

    def index(self, t: float) -> float:
        """Return the number of the cycle a time lies in."""
        return float(bisect_right(self.table, t) - 1)

    def indices(self, t: Array) -> Array:
        """Return the number of the cycle of each time."""
        return (np.searchsorted(self._arrays[0], t, side="right") - 1).astype(np.float64)

    def start(self, n: float) -> float:
        """Return when a cycle starts."""
        return self.table[int(n)]

    def starts(self, n: Array) -> Array:
        """Return when each cycle starts; the last one's start for cycles beyond the table."""
        found: Array = self._arrays[0][np.minimum(n, len(self.table) - 1.0).astype(np.intp)]
        return found

    def length(self, n: float) -> float:
        """Return how many times as long as the first a cycle is."""
        return self.sizes[int(n)]

    def lengths(self, n: Array) -> Array:
        """Return the same for many cycles."""
        found: Array = self._arrays[1][n.astype(np.intp)]
        return found
