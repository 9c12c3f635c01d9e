"""A curve over and over, each cycle as long as the first or longer, as high or lower."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from .arith import Array, whole_power
from .beats import Beat, Stretched
from .curves import CEILING, Curve, grown

__all__ = ["Cycles"]

_NONE: Array = np.empty(0)
# A cycle with more breaks than this is drawn by its extremes where cycles are denser than columns; so few
# times are looked at one by one.
_FEW = 8
# The extremes of a cycle are looked for on so many columns.
_COLUMNS = 64
# More marks than this for each ``step`` are not told apart: of each cycle its extremes are taken.
_DENSE = 8
# So many times are put in order, not cut up: cut up at each level, they would come to dust.
_SHORT = 16_384


@dataclass(frozen=True, slots=True)
class Cycles:
    """A curve over and over: ``toward + (body - toward) * shrink**n``, times ``gain**n``, in cycle n.

    ``first`` is cycle 0, ``rest`` all later ones: they differ where the body goes on from its own end.
    ``ends`` are the values those two come to.
    """

    beat: Beat
    span: float
    first: Curve
    rest: Curve
    ends: tuple[float, float]
    gain: float = 1.0
    shrink: float = 1.0
    toward: float = 0.0
    # Looked for once: inside each other, cycles would look for those of the inner ones over and over.
    _found: list[Array] = field(default_factory=list, init=False, repr=False, compare=False)

    def at(self, t: float) -> float:
        """Return the value at one time."""
        n = self.beat.index(t)
        local = max(t - self.beat.start(n), 0.0) / self.beat.length(n)
        return self._scaled((self.rest if n else self.first).at(local), n)

    def end(self, n: float) -> float:
        """Return the value that cycle n comes to."""
        return self._scaled(self.ends[1 if n else 0], n)

    def before(self, t: float) -> float:
        """Return the value at a time, and where a cycle just ends there, that cycle's last."""
        n = self.beat.index(t)
        return self.end(n - 1.0) if n and self.beat.start(n) == t else self.at(t)

    def _scaled(self, value: float, n: float) -> float:
        if self.gain != 1.0:
            value = min(value * whole_power(self.gain, n), CEILING)
        if self.shrink != 1.0:
            k = whole_power(self.shrink, n)
            value = min(max(self.toward + (value - self.toward) * k, 0.0), CEILING)
        return value

    def fill(self, t: Array, out: Array) -> None:
        """Write the values at ascending times."""
        if len(t) <= _FEW:
            # Cycles inside cycles cut times up until few are left: arrays would cost more than they save.
            out[:] = [self.at(time) for time in t.tolist()]
            return
        n = self.beat.indices(t)
        edges = np.flatnonzero(n[1:] != n[:-1]) + 1
        if len(edges) * 256 > len(t) or (len(edges) and len(t) <= _SHORT):
            self._fill_many(t, n, out)
            return
        for low, high in pairwise([0, *edges.tolist(), len(t)]):
            self._fill_one(t[low:high], float(n[low]), out[low:high])

    def _fill_one(self, t: Array, n: float, out: Array) -> None:
        local = np.maximum(t - self.beat.start(n), 0.0) / self.beat.length(n)
        (self.rest if n else self.first).fill(local, out)
        if self.gain != 1.0:
            grown(out, whole_power(self.gain, n), out)
        if self.shrink != 1.0:
            self._shrink(out, whole_power(self.shrink, n))

    def _fill_many(self, t: Array, n: Array, out: Array) -> None:
        """Fill many short cycles at once, their times put in order first."""
        local = np.maximum(t - self.beat.starts(n), 0.0) / self.beat.lengths(n)
        # Where the first cycle is like the rest, one filling does for both, however deep they are nested.
        head = 0 if self.first is self.rest else int(np.searchsorted(n, 1.0))
        if head:
            self.first.fill(local[:head], out[:head])
        if head < len(t):
            order = np.argsort(local[head:], kind="stable")
            values = np.empty(len(order))
            self.rest.fill(local[head:][order], values)
            out[head:][order] = values
        if self.gain != 1.0:
            grown(out, whole_power(self.gain, n), out)
        if self.shrink != 1.0:
            self._shrink(out, whole_power(self.shrink, n))

    def _shrink(self, out: Array, k: float | Array) -> None:
        np.subtract(out, self.toward, out=out)
        with np.errstate(over="ignore"):
            out *= k
        out += self.toward
        np.minimum(np.maximum(out, 0.0, out=out), CEILING, out=out)

    def marks(self, low: float, high: float, step: float) -> Array:
        """Return starts of cycles and the marks inside; where denser than ``step``, of a few in each."""
        if isinstance(self.beat, Stretched):
            marks = self._growing(self.beat, low, high, step)
        elif self.span < step:
            marks = self._thinned(low, high, step)
        else:
            marks = self._equal(low, high, step)
        return marks[(marks >= low) & (marks < high) & (marks > 0.0)]

    def _growing(self, beat: Stretched, low: float, high: float, step: float) -> Array:
        """Return the starts and the marks of cycles that grow; of the short ones the extremes."""
        begin, end = int(beat.index(low)), bisect_left(beat.table, high)
        n = np.arange(begin, end, dtype=np.float64)
        starts, sizes = beat.starts(n), beat.lengths(n)
        short = int(np.searchsorted(sizes * self.span, step))
        few = (starts[:short, None] + sizes[:short, None] * self._extremes()).ravel()
        return np.concatenate([starts, few, self._inside(low, high, step, begin + short, end)])

    def _equal(self, low: float, high: float, step: float) -> Array:
        begin, end = int(self.beat.index(low)), int(self.beat.index(high)) + 1
        starts = self.beat.starts(np.arange(begin, end, dtype=np.float64))
        if len(starts) <= _FEW:
            return np.concatenate([starts, self._inside(low, high, step, begin, end)])
        inside = np.concatenate([[0.0], self.rest.marks(0.0, self.span, step)])
        if len(inside) * len(starts) > _DENSE * (high - low) / step:
            inside = self._extremes()
        spread = np.add.outer(starts, inside).ravel()
        return np.concatenate([self.first.marks(0.0, self.span, step), spread])

    def _inside(self, low: float, high: float, step: float, begin: int, end: int) -> Array:
        """Return the marks inside each cycle from ``begin`` to ``end``, of what of it lies in range."""
        if end <= begin:
            return _NONE
        found = [_NONE]
        known: dict[tuple[int, float, float, float], Array] = {}

        def marks(body: Curve, first: float, last: float, grain: float) -> Array:
            key = id(body), first, last, grain
            if key not in known:
                known[key] = body.marks(first, last, grain)
            return known[key]

        finest = step / self.beat.length(end - 1)
        for n in range(begin, end):
            start, size = self.beat.start(n), self.beat.length(n)
            first, last = max(low - start, 0.0) / size, min((high - start) / size, self.span)
            if first < last:
                body = self.rest if n else self.first
                # Whole cycles differ in size alone: where marks are few, those of the largest do for all.
                inside = marks(body, first, last, finest if last - first == self.span else step / size)
                if len(inside) > _COLUMNS:
                    inside = marks(body, first, last, step / size)
                found.append(inside * size + start)
        return np.concatenate(found)

    def _extremes(self) -> Array:
        """Return the start and the marks of a cycle, or where they are many, of its extremes."""
        if not self._found:
            inside = np.concatenate([[0.0], self.rest.marks(0.0, self.span, self.span / _COLUMNS)])
            if len(inside) > _FEW:
                inside = np.sort(inside)
                values = np.empty(len(inside))
                self.rest.fill(inside, values)
                inside = inside[[0, int(values.argmin()), int(values.argmax())]]
            self._found.append(inside)
        return self._found[0]

    def _thinned(self, low: float, high: float, step: float) -> Array:
        """Take the first and the last cycles of each ``step`` of a dense stretch, by their extremes."""
        edges = np.arange(low, high + step, step)
        n = self.beat.indices(edges)
        last = n[1:] if self.gain != 1.0 or self.shrink != 1.0 else _NONE
        chosen = np.concatenate([n, n + 1.0, last, last - 1.0])
        found: Array = np.add.outer(self.beat.starts(chosen), self._extremes()).ravel()
        return found
