"""A recorded lr curve back to a short schedule, with the error it makes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from rheostat.schedule.curve.arith import Array
from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.program import Schedule, parse
from rheostat.schedule.text.atoms import LIMIT_PARTS
from rheostat.schedule.tree.nodes import spell

from .breaks import breaks, worst
from .parts import Part, best

__all__ = ["Fit", "fit"]

# Pairs of breaks are tried against each other, which takes their square.
_MOST_BREAKS = 48


@dataclass(frozen=True, slots=True)
class Fit:
    """A schedule and its worst difference from what was recorded, as a share of the peak."""

    schedule: Schedule
    error: float


def fit(steps: npt.ArrayLike, lrs: npt.ArrayLike, *, tolerance: float = 1e-3) -> Fit:
    """Write a recorded curve in as few parts as keep it within ``tolerance`` of the peak.

    ``steps`` ascend, whole and from 0 up; ``lrs`` are as many, finite and not negative. Between recorded
    steps nothing is known, so a thinned record is met where it was taken.

    Raises ValueError for arrays that are no such record, ConversionError where no short text comes near.
    """
    x, y = _record(steps, lrs)
    peak = float(y.max())
    if peak == 0.0:
        return Fit(parse("hold 0"), 0.0)
    if not 1e-12 <= tolerance < 1:
        raise ValueError(f"tolerance is a share of the peak, from 1e-12 to below 1, not {tolerance}")
    allowed = tolerance * peak
    parts = _fewest(x, y, allowed)
    text = _written(x, parts, allowed * 1e-3)
    schedule = parse(text)
    found = schedule.bind()(x.astype(np.int64))
    return Fit(schedule, float(np.abs(found - y).max()) / peak)


def _record(steps: npt.ArrayLike, lrs: npt.ArrayLike) -> tuple[Array, Array]:
    x, y = np.asarray(steps), np.asarray(lrs, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape or x.size == 0 or x.dtype.kind not in "iu":
        raise ValueError(f"expected whole steps and as many lrs in a row, got {x.dtype} {x.shape}, {y.shape}")
    if x[0] < 0 or (np.diff(x.astype(np.int64)) <= 0).any():
        raise ValueError("steps must ascend from 0 or later")
    if not (np.isfinite(y).all() and (y >= 0).all()):
        raise ValueError("lrs must be finite and not below 0")
    return x.astype(np.float64), y


def _fewest(x: Array, y: Array, allowed: float) -> list[Part]:
    """Choose breaks so that the parts between them cost least (Bellman's shortest path)."""
    cuts = _enough(x, y, breaks(x, y, allowed, _MOST_BREAKS), allowed)

    @cache
    def part(a: int, b: int) -> Part | None:
        return best(x, y, cuts[a], cuts[b], allowed)

    near = len(cuts) > 2 * _MOST_BREAKS
    cost = [0.0] + [np.inf] * (len(cuts) - 1)
    chosen: list[Part | None] = [None] * len(cuts)
    for b in range(1, len(cuts)):
        for a in range(b - 1, -1, -1):
            found = part(a, b) if cost[a] < cost[b] else None
            if found is not None:
                # Of as many parts, those that come nearest.
                total = cost[a] + found.cost + 0.02 * found.error / allowed
                if total < cost[b]:
                    cost[b], chosen[b] = total, found
            if near and b - a > 8:
                break
    path: list[Part] = []
    at = len(cuts) - 1
    while at:
        one = chosen[at]
        assert one is not None
        path.insert(0, one)
        at = cuts.index(one.first)
    return path


def _enough(x: Array, y: Array, cuts: list[int], allowed: float) -> list[int]:
    """Add breaks until every stretch between two has a part that fits."""
    done: list[int] = [0]
    todo = list(pairwise(cuts))[::-1]
    while todo:
        a, b = todo.pop()
        if best(x, y, a, b, allowed) is not None:
            done.append(b)
            continue
        middle = worst(x, y, a, b)
        todo += [(middle, b), (a, middle)]
        if len(done) + len(todo) > LIMIT_PARTS:
            raise ConversionError(
                f"more than {LIMIT_PARTS} parts would be needed: "
                "give a larger tolerance, or record fewer steps"
            )
    return done


def _written(x: Array, parts: list[Part], slack: float) -> str:
    """Write parts one after the other, numbers as short as the slack lets them be."""
    found = []
    stands: str | None = None
    if x[0] > 0:
        found.append(f"hold {_short(parts[0].start, slack)} for {spell(float(x[0]))}")
    for one in parts:
        start, end = _short(one.start, slack), _short(one.end, slack)
        first = "" if start == stands else f" {start}"
        length = f" for {spell(one.length)}" if one.length else ""
        if one.shape.startswith(("hold", "rsqrt")):
            found.append(f"{one.shape}{first}{length}")
            stands = start if one.shape == "hold" else None
        else:
            found.append(f"{one.shape}{first or ''} -> {end}{length}")
            stands = end
    return "\n".join(found) if len(found) > 4 else "; ".join(found)


def _short(value: float, slack: float) -> str:
    if abs(value) <= slack:
        return "0"
    for digits in range(1, 17):
        rounded = float(f"{value:.{digits}g}")
        if abs(rounded - value) <= slack:
            return spell(max(rounded, 0.0))
    return spell(max(value, 0.0))
