"""What of a long series a chart needs: the least and greatest of each pixel column, exactly. Pure.

A series comes in pieces. A piece is either raw (all its points) or a digest (only its least and greatest
point, for a stretch that lies inside one column). The least of a column is among the points of its raw
pieces and the least points of its digests, so reducing the candidates equals reducing all points.

Where a column is 16 steps or wider, columns begin at multiples of 16 (or 256, or 4096) steps: then every
stretch between two such multiples lies inside one column, and digests of those stretches serve any window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = [
    "BASE",
    "LEVELS",
    "Drawn",
    "Window",
    "column_of",
    "draw",
    "ends",
    "first_equal",
    "grid",
    "in_one_column",
    "reduce",
]

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]
Strange = Literal["nan", "inf", "-inf"]

MAX_MARKS = 1000
BASE = 16
LEVELS = 3
"""Digests exist for stretches of 16, 256 and 4096 steps."""
_GRIDS = (4096, 256, 16)
# A width is below 2**14, so that the product of the two stays within int64.
_EXACT_SPAN = 1 << 49


@dataclass(frozen=True, slots=True)
class Window:
    """The steps [``first``, ``last``) on ``width`` pixel columns."""

    first: int
    last: int
    width: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """Points to draw: steps ascending, finite values, marks for what is not finite, and the full count."""

    x: Steps
    y: Floats
    marks: tuple[tuple[int, Strange], ...]
    total: int


def ends(firsts: Steps, lasts: Steps) -> Steps:
    """The step below which each chunk's rows count, shape (n,).

    ``firsts`` and ``lasts`` are the step ranges of the chunks in the order written (attempt, then seq). Rows
    written later replace every earlier row at or above their first step: a run resumed from an earlier step
    abandons what came after it. What remains is disjoint and ascends.
    """
    later = np.minimum.accumulate(firsts[::-1])[::-1]
    limits: Steps = np.minimum(lasts + 1, np.append(later[1:], np.iinfo(np.int64).max))
    return limits


def grid(window: Window) -> int:
    """The multiple of steps that columns begin at: the largest of 1, 16, 256, 4096 no wider than a column."""
    wide = (window.last - window.first) // window.width
    return next((size for size in _GRIDS if size <= wide), 1)


def column_of(steps: Steps, window: Window) -> Steps:
    """The pixel column, 0 to ``width`` - 1, of steps in the window, shape (n,)."""
    first, width = window.first, window.width
    span, size = window.last - first, grid(window)
    inside = steps - first
    if size > 1:
        inside = np.maximum((steps & -size) - first, 0)
    if span < _EXACT_SPAN:
        return np.asarray(inside * width // span, dtype=np.int64)
    return np.minimum((inside / span * width).astype(np.int64), width - 1)


def in_one_column(firsts: Steps, lasts: Steps, window: Window) -> npt.NDArray[np.bool_]:
    """Whether the steps from each first to its last, inclusive, surely lie in one column, shape (n,)."""
    if window.last - window.first >= _EXACT_SPAN:
        return np.zeros(len(firsts), np.bool_)
    return np.asarray(column_of(firsts, window) == column_of(lasts, window))


def reduce(x: Steps, y: Floats, window: Window) -> tuple[Steps, Floats]:
    """The least and the greatest of each pixel column.

    ``x`` ascends and ``y`` is finite, both of shape (n,). Of equal values the first counts.
    """
    if not len(x):
        return x, y
    columns = column_of(x, window)
    starts = np.flatnonzero(np.concatenate(([True], columns[1:] != columns[:-1])))
    sizes = np.diff(np.append(starts, len(x)))
    least = first_equal(y, np.minimum.reduceat(y, starts), starts, sizes)
    greatest = first_equal(y, np.maximum.reduceat(y, starts), starts, sizes)
    keep = np.stack((np.minimum(least, greatest), np.maximum(least, greatest)), axis=1).reshape(-1)
    keep = keep[np.concatenate(([True], keep[1:] != keep[:-1]))]
    return x[keep], y[keep]


def draw(x: Steps, y: Floats, window: Window, total: int | None = None) -> Drawn:
    """Split off what is not finite as marks, then `reduce` unless there are at most two points a column.

    ``total`` is the full count, where some of it is given as digests.
    """
    finite = np.isfinite(y)
    marks: tuple[tuple[int, Strange], ...] = ()
    count = len(x) if total is None else total
    if not bool(finite.all()):
        strange = ~finite
        marks = _marks(x[strange], y[strange])
        x, y = x[finite], y[finite]
    if count > 2 * window.width:
        x, y = reduce(x, y, window)
    return Drawn(x, y, marks, count)


def first_equal(y: Floats, wanted: Floats, starts: Steps, sizes: Steps) -> Steps:
    """The first index in each stretch of ``y`` where it equals the stretch's ``wanted``.

    Stretches begin at ``starts`` and have ``sizes`` values; all of the three have shape (m,).
    """
    hits = np.flatnonzero(y == np.repeat(wanted, sizes))
    return hits[np.searchsorted(hits, starts)]


def _marks(x: Steps, y: Floats) -> tuple[tuple[int, Strange], ...]:
    if len(x) > MAX_MARKS:
        keep = np.linspace(0, len(x) - 1, MAX_MARKS).astype(np.int64)
        x, y = x[keep], y[keep]
    return tuple((int(step), _word(value)) for step, value in zip(x.tolist(), y.tolist(), strict=True))


def _word(value: float) -> Strange:
    if value != value:  # noqa: PLR0124 - the definition of NaN
        return "nan"
    return "inf" if value > 0 else "-inf"
