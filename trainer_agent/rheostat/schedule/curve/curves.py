"""Smooth curves over local time: one number at a time, or ascending times into an array.

``at`` and ``fill`` run the same operations, so they agree to the bit. Times are steps since the curve's own
start, never negative; values are finite and not negative.
"""

# ruff: noqa: ARG002 - every curve has the same three methods, whatever it needs of their arguments

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

import numpy as np

from .arith import Array, exp2, floor, log2, power, root, sinpi

__all__ = [
    "CEILING",
    "Clock",
    "Curve",
    "Decay",
    "Expo",
    "Flat",
    "Ramp",
    "RootDecay",
    "easing",
    "grown",
]

# Growing curves stop here, so that no product of a few of them overflows.
CEILING = 1e100

_NONE: Array = np.empty(0)

Scalar = Callable[[float], float]
Vector = Callable[[Array], Array]


class Curve(Protocol):
    """A function of local time."""

    def at(self, t: float) -> float:
        """Return the value at one time."""
        ...

    def fill(self, t: Array, out: Array) -> None:
        """Write the values at ascending times."""
        ...

    def marks(self, low: float, high: float, step: float) -> Array:
        """Return times in [low, high) at which the curve breaks or turns.

        What repeats faster than ``step`` is thinned to about one occurrence in each ``step``.
        """
        ...


@dataclass(frozen=True, slots=True)
class Clock:
    """Equal periods of p / q steps. Whole numbers keep every period's start exact."""

    p: float
    q: float

    @classmethod
    def of(cls, period: Fraction) -> Clock:
        """Keep a period as a ratio where both parts are small enough for a float."""
        if max(period.numerator, period.denominator) < 2**40:
            return cls(float(period.numerator), float(period.denominator))
        return cls(float(period), 1.0)

    @property
    def period(self) -> float:
        """Length of one period in steps."""
        return self.p / self.q

    def starts(self, low: float, high: float, step: float) -> Array:
        """Return the starts of periods in [low, high), the first period's left out; none where too dense."""
        if self.period < step:
            return _NONE
        first = max(floor(low * self.q / self.p), 1.0)
        count = int(floor(high * self.q / self.p) - first) + 2
        found = (first + np.arange(max(count, 0), dtype=np.float64)) * self.p / self.q
        return found[(found >= low) & (found < high)]


def grown(values: Array, factor: float | Array, out: Array) -> None:
    """Write values times a factor, at most the ceiling."""
    with np.errstate(over="ignore"):
        np.minimum(np.multiply(values, factor, out=out), CEILING, out=out)


def easing(shape: str, args: tuple[float, ...]) -> tuple[Scalar, Vector]:
    """Return g of a shape, from 1 at u = 0 to 0 at u = 1, for floats and for arrays (dsl: shapes)."""
    match shape:
        case "linear":
            return (lambda u: 1.0 - u), (lambda u: 1.0 - u)
        case "cosine":
            return (lambda u: min(0.5 + 0.5 * sinpi(0.5 - u), 1.0)), _cosine
        case "poly":
            p = args[0]
            return (lambda u: power(1.0 - u, p)), (lambda u: power(1.0 - u, p))
        case "sqrt":
            return (lambda u: 1.0 - root(u)), (lambda u: 1.0 - root(u))
        case "halving":
            return (lambda u: 2.0 * exp2(-u) - 1.0), (lambda u: 2.0 * exp2(-u) - 1.0)
        case "tanh":
            low, high = args
            # (1 - tanh x) / 2 = 1 / (1 + e^2x)
            return (
                lambda u: 1.0 / (1.0 + exp2((low * (1.0 - u) + high * u) * _TWO_LOG2_E)),
                lambda u: 1.0 / (1.0 + exp2((low * (1.0 - u) + high * u) * _TWO_LOG2_E)),
            )
        case _:
            raise AssertionError(f"no easing for {shape!r}")


_TWO_LOG2_E = 2.8853900817779268


def _cosine(u: Array) -> Array:
    g = sinpi(np.subtract(0.5, u))
    g *= 0.5
    g += 0.5
    return np.minimum(g, 1.0, out=g)


@dataclass(frozen=True, slots=True)
class Flat:
    """One value for ever."""

    value: float

    def at(self, t: float) -> float:
        """Return the value."""
        return self.value

    def fill(self, t: Array, out: Array) -> None:
        """Write the value."""
        out.fill(self.value)

    def marks(self, low: float, high: float, step: float) -> Array:
        """Return none."""
        return _NONE


@dataclass(frozen=True, slots=True)
class Ramp:
    """``start * g(u) + end * (1 - g(u))`` with u = t / span; exactly ``end`` from span on."""

    start: float
    end: float
    span: float
    shape: str
    args: tuple[float, ...] = ()
    _g: Scalar = field(init=False, repr=False, compare=False)
    _gs: Vector = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        scalar, vector = easing(self.shape, self.args)
        object.__setattr__(self, "_g", scalar)
        object.__setattr__(self, "_gs", vector)

    def __reduce__(self) -> tuple[type[Ramp], tuple[object, ...]]:
        return Ramp, (self.start, self.end, self.span, self.shape, self.args)

    def at(self, t: float) -> float:
        """Return the value at one time."""
        if t >= self.span:
            return self.end
        g = self._g(t / self.span)
        return self.start * g + self.end * (1.0 - g)

    def fill(self, t: Array, out: Array) -> None:
        """Write the values at ascending times."""
        n = int(np.searchsorted(t, self.span)) if t[-1] >= self.span else len(t)
        g = self._gs(t[:n] / self.span)
        np.multiply(g, self.start, out=out[:n])
        np.subtract(1.0, g, out=g)
        g *= self.end
        out[:n] += g
        out[n:] = self.end

    def marks(self, low: float, high: float, step: float) -> Array:
        """Return the end, if it lies in range."""
        return np.array([self.span]) if low <= self.span < high else _NONE


@dataclass(frozen=True, slots=True)
class Expo:
    """``start * (end / start)**(t / span)``; exactly ``end`` from span on."""

    start: float
    end: float
    span: float
    _rate: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rate", log2(self.end) - log2(self.start))

    def at(self, t: float) -> float:
        """Return the value at one time."""
        return self.end if t >= self.span else self.start * exp2(t / self.span * self._rate)

    def fill(self, t: Array, out: Array) -> None:
        """Write the values at ascending times."""
        n = int(np.searchsorted(t, self.span)) if t[-1] >= self.span else len(t)
        np.multiply(exp2(t[:n] / self.span * self._rate), self.start, out=out[:n])
        out[n:] = self.end

    def marks(self, low: float, high: float, step: float) -> Array:
        """Return the end, if it lies in range."""
        return np.array([self.span]) if low <= self.span < high else _NONE


@dataclass(frozen=True, slots=True)
class RootDecay:
    """``start / sqrt(1 + t / tau)``."""

    start: float
    tau: float

    def at(self, t: float) -> float:
        """Return the value at one time."""
        return self.start / root(1.0 + t / self.tau)

    def fill(self, t: Array, out: Array) -> None:
        """Write the values at ascending times."""
        np.divide(self.start, np.sqrt(1.0 + t / self.tau), out=out)

    def marks(self, low: float, high: float, step: float) -> Array:
        """Return none."""
        return _NONE


@dataclass(frozen=True, slots=True)
class Decay:
    """``start * factor**(t / every)``."""

    start: float
    factor: float
    every: Clock
    _rate: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rate", log2(self.factor))

    def at(self, t: float) -> float:
        """Return the value at one time."""
        return min(self.start * exp2(t * self.every.q / self.every.p * self._rate), CEILING)

    def fill(self, t: Array, out: Array) -> None:
        """Write the values at ascending times."""
        grown(exp2(t * self.every.q / self.every.p * self._rate), self.start, out)

    def marks(self, low: float, high: float, step: float) -> Array:
        """Return none."""
        return _NONE
