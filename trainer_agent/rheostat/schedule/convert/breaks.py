"""Where a recorded curve may change from one part to the next."""

from __future__ import annotations

import numpy as np

from rheostat.schedule.curve.arith import Array

__all__ = ["breaks", "worst"]

_AROUND = 6
# What rounding does to the difference of two slopes, of the peak; many jobs record float32.
_SINGLE, _DOUBLE = 3e-7, 1e-12


def breaks(x: Array, y: Array, allowed: float, most: int) -> list[int]:
    """Return indices at which parts may begin, with 0 and the length: kinks, jumps, turns, ends of rests."""
    if len(x) < 3:
        return [0, len(x)]
    slope = np.diff(y) / np.diff(x)
    bend = np.abs(np.diff(slope))
    scores = np.zeros(len(x))
    usual = _usual(bend)
    rounding = _SINGLE if bool((y == y.astype(np.float32)).all()) else _DOUBLE
    noise = rounding * float(y.max()) / float(np.diff(x).min())
    scores[1:-1] = np.where(bend > 5 * usual + noise, bend, 0.0)
    turns = np.flatnonzero(slope[1:] * slope[:-1] < 0) + 1
    scores[turns] = np.maximum(scores[turns], bend.max(initial=0.0))
    still = np.abs(np.diff(y)) <= 1e-3 * allowed / max(len(x), 1)
    edges = np.flatnonzero(still[1:] != still[:-1]) + 1
    scores[edges] = np.maximum(scores[edges], bend.max(initial=0.0))
    found = np.argsort(-scores, kind="stable")[:most]
    chosen = sorted(int(i) for i in found if scores[i] > 0)
    # What begins at a jump's far side, and the step after a corner, are candidates as well.
    wider = {j for i in chosen for j in (i, i + 1) if 0 < j < len(x)} if len(chosen) <= most // 2 else chosen
    return sorted({0, len(x), *wider})


def _usual(bend: Array) -> Array:
    """Return the median bend of the neighbourhood of each point, the point and its neighbours left out."""
    padded = np.pad(bend, _AROUND, mode="edge")
    shifts = [k for k in range(2 * _AROUND + 1) if abs(k - _AROUND) > 1]
    around = np.stack([padded[k : k + len(bend)] for k in shifts])
    found: Array = np.median(around, axis=0)
    return found


def worst(x: Array, y: Array, a: int, b: int) -> int:
    """Return the index inside a stretch that lies farthest from the straight line through its ends."""
    if b - a < 3:
        return a + 1
    xs, ys = x[a:b], y[a:b]
    line = ys[0] + (ys[-1] - ys[0]) * (xs - xs[0]) / (xs[-1] - xs[0])
    return a + min(max(int(np.abs(ys - line).argmax()), 1), b - a - 1)
