"""Few steps that draw a whole plan: the borders of each column, and both sides of every break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rheostat.schedule.curve.arith import Array

if TYPE_CHECKING:
    from rheostat.schedule.plan import Plan

__all__ = ["drawn", "sample"]

Whole = npt.NDArray[np.int64]

_MARKS = 8
_NONE: Array = np.empty(0)


def sample(plan: Plan, first: int, last: int, width: int) -> tuple[Whole, Array]:
    """Return ascending steps in [first, last) and the plan there; see `Plan.sample`.

    Raises ValueError for an empty range, one below 0 or beyond 2**53, or a width below 1.
    """
    if not 0 <= first < last <= 2**53:
        raise ValueError(f"expected 0 <= first < last <= 2**53, got {first} and {last}")
    if width < 1:
        raise ValueError(f"expected a width of at least 1, got {width}")
    few = last - first <= 2 * width
    marks = _NONE if few else plan.curve.marks(float(first), float(last), (last - first) / width)
    return drawn(plan, first, last, width, marks)


def drawn(plan: Plan, first: int, last: int, width: int, marks: Array) -> tuple[Whole, Array]:
    """Return the same with the marks of the range known."""
    if last - first <= 2 * width:
        steps = np.arange(first, last, dtype=np.int64)
        return steps, plan(steps)
    steps = _candidates(marks, first, last, width)
    values = plan(steps)
    if len(steps) > 2 * width + 64:
        kept = _extremes(steps, values, first, last, width)
        steps, values = steps[kept], values[kept]
    return steps, values


def borders(first: int, last: int, width: int) -> Whole:
    """Return the first step of each column, and ``last``."""
    # Whole-number arithmetic as far as it fits; else the exact quotient and remainder apart.
    whole, rest = divmod(last - first, width)
    columns = np.arange(width + 1, dtype=np.int64)
    found: Whole = first + columns * whole + columns * rest // width
    return found


def _candidates(marks: Array, first: int, last: int, width: int) -> Whole:
    edges = borders(first, last, width)
    # Only products of many dense cycles have more.
    breaks = np.ceil(marks[:: -(-len(marks) // (_MARKS * width)) or 1]).astype(np.int64)
    found = np.concatenate([edges[:-1], edges[1:] - 1, breaks, breaks - 1])
    found = found[(found >= first) & (found < last)]
    found.sort()
    distinct: Whole = found[np.concatenate([[True], found[1:] != found[:-1]])]
    return distinct


def _extremes(steps: Whole, values: Array, first: int, last: int, width: int) -> Whole:
    """Return which candidates to keep: the least and the greatest of each column, and both ends."""
    column = np.searchsorted(borders(first, last, width), steps, side="right")
    by_value = np.lexsort((values, column))
    sorted_column = column[by_value]
    change = np.flatnonzero(sorted_column[1:] != sorted_column[:-1])
    least = by_value[np.concatenate([[0], change + 1])]
    greatest = by_value[np.concatenate([change, [len(steps) - 1]])]
    return np.unique(np.concatenate([least, greatest, [0, len(steps) - 1]]))
