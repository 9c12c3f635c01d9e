"""The one shape of the language that fits a stretch of a record best, if any does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rheostat.schedule.curve.arith import Array
from rheostat.schedule.curve.curves import easing
from rheostat.schedule.tree.nodes import spell

__all__ = ["Part", "best"]

# Points of a stretch that are looked at while shapes are tried.
_LOOK = 200
_POWERS = (0.5, 0.9, 1.5, 2.0, 3.0)


@dataclass(frozen=True, slots=True)
class Part:
    """A shape from index ``first`` on. ``length`` in steps is 0 where it has no end."""

    shape: str
    start: float
    end: float
    length: float
    first: int
    error: float
    cost: float


def best(x: Array, y: Array, a: int, b: int, allowed: float) -> Part | None:
    """Return the simplest shape that fits points a to b - 1; None where none does."""
    last = b == len(x)
    ends = _ends(x) if last else (float(x[b]),)
    look = slice(a, b) if b - a <= _LOOK else np.unique(np.linspace(a, b - 1, _LOOK).astype(np.intp))
    xs, ys = x[look] - x[a], y[look]
    held = float(ys.max() + ys.min()) / 2
    if float(np.abs(y[a:b] - held).max()) <= allowed * 0.5:
        return Part("hold", held, held, 0.0 if last else ends[0] - float(x[a]), a, 0.0, 0.8)
    for end in ends:
        span = end - float(x[a])
        if span <= 0:
            continue
        for one in _tried(xs, ys, span, a):
            if one.error <= allowed and _fits(one, x[a:b] - x[a], y[a:b], allowed):
                return one
    return None


def _ends(x: Array) -> tuple[float, ...]:
    """Return where the last part may end: a step or a sample beyond the record, or at its end."""
    gap = float(x[-1] - x[-2]) if len(x) > 1 else 1.0
    return tuple(dict.fromkeys((float(x[-1]) + 1.0, float(x[-1]) + gap, float(x[-1]))))


def _tried(xs: Array, ys: Array, span: float, a: int) -> Iterator[Part]:
    """Try shapes, simplest first."""
    u = xs / span
    yield _linear(ys, u, (span, a), "linear", 1.0)
    if len(xs) < 3:
        return
    yield _linear(ys, u, (span, a), "cosine", 1.05)
    yield _linear(ys, u, (span, a), "sqrt", 1.1)
    if float(ys.min()) > 1e-9 * float(ys.max()):
        yield _expo(xs, ys, span, a)
        root = _root(xs, ys, span, a)
        if root is not None:
            yield root
    if len(xs) >= 5:
        yield _power(ys, u, span, a)


def _linear(ys: Array, u: Array, place: tuple[float, int], shape: str, cost: float, *args: float) -> Part:
    """Find both ends of a shape by least squares."""
    g = easing(shape, args)[1](u)
    design = np.stack([g, 1.0 - g], axis=1)
    start, end = (max(float(v), 0.0) for v in np.linalg.lstsq(design, ys, rcond=None)[0])
    error = float(np.abs(start * g + end * (1.0 - g) - ys).max())
    word = f"{shape}({', '.join(spell(arg) for arg in args)})" if args else shape
    return Part(word, start, end, *place, error, cost)


def _power(ys: Array, u: Array, span: float, a: int) -> Part:
    """Find the power of a poly: the best of a few, then narrowed down."""

    def at(p: float) -> Part:
        return _linear(ys, u, (span, a), "poly", 1.3, p)

    found = min((at(p) for p in _POWERS), key=lambda part: part.error)
    middle = float(found.shape[5:-1])
    low, high = middle / 1.6, middle * 1.6
    for _ in range(24):
        third = (high - low) / 3
        if at(low + third).error < at(high - third).error:
            high -= third
        else:
            low += third
    refined = at(round((low + high) / 2, 3))
    return min(found, refined, key=lambda part: part.error)


def _expo(xs: Array, ys: Array, span: float, a: int) -> Part:
    rate, level = np.polyfit(xs, np.log(ys), 1)
    start, end = float(np.exp(level)), float(np.exp(level + rate * span))
    error = float(np.abs(start * (end / start) ** (xs / span) - ys).max())
    return Part("expo", start, end, span, a, error, 1.15)


def _root(xs: Array, ys: Array, span: float, a: int) -> Part | None:
    """Find start and time scale of an rsqrt: 1 / y^2 is a straight line."""
    rate, level = np.polyfit(xs, 1.0 / ys**2, 1)
    if rate <= 0 or level <= 0:
        return None
    start, tau = float(level**-0.5), float(f"{level / rate:.6g}")
    error = float(np.abs(start / np.sqrt(1.0 + xs / tau) - ys).max())
    return Part(f"rsqrt({spell(tau)})", start, 0.0, span, a, error, 1.15)


def _fits(one: Part, xs: Array, ys: Array, allowed: float) -> bool:
    """Look at every point of a stretch."""
    if len(xs) <= _LOOK:
        return True
    u = xs / one.length
    word, _, rest = one.shape.partition("(")
    if word == "expo":
        got = one.start * (one.end / one.start) ** u
    elif word == "rsqrt":
        got = one.start / np.sqrt(1.0 + xs / float(rest[:-1]))
    else:
        g = easing(word, (float(rest[:-1]),) if rest else ())[1](u)
        got = one.start * g + one.end * (1.0 - g)
    return bool(np.abs(got - ys).max() <= allowed)
