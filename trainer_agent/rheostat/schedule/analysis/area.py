"""The sum of a plan over its steps, added up or, for long plans, integrated piece by piece."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from rheostat.schedule.curve.arith import Array

if TYPE_CHECKING:
    from rheostat.schedule.plan import Plan

__all__ = ["EXACT", "area", "areas"]

EXACT = 65_536
# Each smooth piece is cut into panels that double in length from both ends, where roots and powers bend.
_EDGE = 64
_MOST_PIECES = 256
_SPREAD = 8192
# Gauss-Legendre, 8 points; written out, since numpy's own take longer to import than the whole language.
_POSITIVE = np.array([0.18343464249564978, 0.525532409916329, 0.7966664774136267, 0.9602898564975362])
_NODES = np.concatenate([-_POSITIVE[::-1], _POSITIVE])
_HALF = np.array([0.36268378337836166, 0.3137066458778869, 0.22238103445337443, 0.10122853629037706])
_WEIGHTS = np.concatenate([_HALF[::-1], _HALF])


def area(plan: Plan, total: int, breaks: tuple[float, ...]) -> tuple[float, bool]:
    """Return the sum of the lr over steps 0 to total - 1, and whether each step was added; see `areas`."""
    summed, exact, _ = areas(plan, total, breaks, ())
    return summed, exact


def areas(
    plan: Plan, total: int, breaks: tuple[float, ...], parts: Sequence[tuple[int, int]]
) -> tuple[float, bool, list[float]]:
    """Return the sum of the lr over steps 0 to total - 1, whether each was added, and the sum of each part.

    ``parts`` are ranges of steps, first and one past the last. Longer plans: the steps at both ends of each
    smooth piece are added, those between come from Gauss-Legendre quadrature with the midpoint correction,
    good to about 1e-9 of the sum. With more than 256 pieces the mean of 8,192 steps spread over the run is
    taken, good to about 1e-3.
    """
    if total <= EXACT:
        values = plan(np.arange(total))
        return float(np.sum(values)), True, [float(np.sum(values[low:high])) for low, high in parts]
    cuts = {math.ceil(b) for b in breaks} | {step for part in parts for step in part}
    edges = [0, *sorted(cut for cut in cuts if 0 < cut < total), total]
    if len(edges) > _MOST_PIECES:
        return _spread(plan, total, parts)
    sums = _summed(plan, [_Piece.of(low, high) for low, high in pairwise(edges)])
    each = [math.fsum(sums[bisect_left(edges, low) : bisect_left(edges, high)]) for low, high in parts]
    return math.fsum(sums), False, each


def _summed(plan: Plan, pieces: list[_Piece]) -> list[float]:
    """Evaluate the times of all pieces in one go, then add up each."""
    times = np.concatenate([piece.times for piece in pieces])
    values = np.empty(len(times))
    plan.curve.fill(times, values)
    ends = np.cumsum([len(piece.times) for piece in pieces])[:-1]
    parts = np.split(values, ends)
    return [piece.sum(found) for piece, found in zip(pieces, parts, strict=True)]


def _spread(plan: Plan, total: int, parts: Sequence[tuple[int, int]]) -> tuple[float, bool, list[float]]:
    # Steps at multiples of the golden ratio are spread evenly, and in step with no cycle.
    steps = np.sort((np.arange(_SPREAD) * 0.6180339887498949 % 1.0 * total).astype(np.int64))
    upto = np.concatenate([[0.0], np.cumsum(plan(steps))]) * (total / _SPREAD)
    sums = [float(np.diff(upto[np.searchsorted(steps, part)])[0]) for part in parts]
    return float(upto[-1]), False, sums


@dataclass(frozen=True, slots=True)
class _Piece:
    """The ascending times at which a smooth piece is evaluated; ``half`` is half the width of each panel.

    Steps at both ends, between them the nodes of each panel; without panels, all steps.
    """

    times: Array
    half: Array

    @classmethod
    def of(cls, low: int, high: int) -> _Piece:
        if high - low <= 4 * _EDGE:
            return cls(np.arange(low, high, dtype=np.float64), np.empty(0))
        bounds = _panels(low + _EDGE, high - _EDGE)
        starts, ends = bounds[:-1] - 0.5, bounds[1:] - 0.5
        half = (ends - starts) / 2
        nodes = (starts + half)[:, None] + half[:, None] * _NODES
        # One step more than are added at each end, for the slope there.
        head = np.arange(low, low + _EDGE + 1, dtype=np.float64)
        tail = np.arange(high - _EDGE - 1, high, dtype=np.float64)
        return cls(np.concatenate([head, nodes.ravel(), tail]), half)

    def sum(self, values: Array) -> float:
        if not len(self.half):
            return float(np.sum(values))
        head, tail = values[: _EDGE + 1], values[-_EDGE - 1 :]
        nodes = values[_EDGE + 1 : -_EDGE - 1].reshape(-1, len(_NODES))
        integral = float(np.sum(self.half * (nodes @ _WEIGHTS)))
        # Euler-Maclaurin at midpoints: the sum is the integral less a 24th of the change in slope.
        slopes = head[-1] - head[-2], tail[1] - tail[0]
        return float(np.sum(head[:-1]) + np.sum(tail[1:])) + integral - float(slopes[1] - slopes[0]) / 24


def _panels(low: int, high: int) -> Array:
    middle = (low + high) // 2
    up, down = [low], [high]
    size = _EDGE
    while up[-1] + size < middle:
        up.append(up[-1] + size)
        down.append(down[-1] - size)
        size *= 2
    return np.array([*up, *reversed(down)], dtype=np.float64)
