"""Where a run stands: folded from flush to flush, stored with them in one transaction. Pure."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Sequence
from math import isfinite
from struct import Struct, pack, unpack
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from rheostat.columns import FEW
from rheostat.wire import Column, Flush

__all__ = ["Guess", "Progress", "Sparkline", "fold", "main_metric"]

Number = TypeVar("Number", np.float64, np.int64)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_COUNT, _FLOAT = Struct("<q"), Struct("<d")
_HUGE = sys.float_info.max
_BUCKETS = 64
_MARKS = 8
_MARK_GAP_S = 1.0


class Sparkline(msgspec.Struct, frozen=True, array_like=True):
    """Means of the first metric over equal stretches of steps; the stretch doubles when buckets run out.

    ``sums`` (float64) and ``counts`` (int64) are one number a bucket, in bytes: a server holds thousands of
    sparklines and moves each on twice a second, and to touch each number would cost more than all the rest.
    """

    stretch: int = 1
    sums: bytes = b""
    counts: bytes = b""

    @property
    def size(self) -> int:
        """How many buckets there are."""
        return len(self.sums) // 8

    def means(self) -> list[float | None]:
        """One value a bucket, None where nothing finite was recorded."""
        sums, counts = self.arrays()
        pairs = zip(sums.tolist(), counts.tolist(), strict=True)
        return [total / count if count else None for total, count in pairs]

    def arrays(self) -> tuple[Floats, Ints]:
        """The sums and the counts, shapes (size,), read-only."""
        return np.frombuffer(self.sums, "<f8"), np.frombuffer(self.counts, "<i8")


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """The latest of everything a run list shows.

    ``step`` is the next step (steps taken so far). ``chunk`` is the id of the last chunk: the live cursor.
    ``marks`` are (time, step) pairs of late, at least a second apart, for the rate. ``reported`` is the last
    report of the attempt that reports.
    """

    step: int = 0
    attempt: int = 0
    chunk: int = 0
    heard_at: float = 0.0
    planned: dict[str, float] = {}
    effective: dict[str, float] = {}
    metrics: dict[str, float] = {}
    metric: str | None = None
    sparkline: Sparkline = Sparkline()
    marks: tuple[tuple[float, int], ...] = ()
    reported: dict[str, int] = {}

    @property
    def rate(self) -> float | None:
        """Steps per second over the last marks, None before there are two."""
        if len(self.marks) < 2:
            return None
        (start, first), (end, last) = self.marks[0], self.marks[-1]
        return (last - first) / (end - start) if end > start and last > first else None


class Guess(NamedTuple):
    """Where a flush leads from where the run stands, worked out before the writer has it.

    `settle` makes it the truth if the run stands there still.
    """

    before: Progress
    after: Progress

    @classmethod
    def of(cls, before: Progress, flush: Flush, *, attempt: int, now: float) -> Guess:
        """As `fold`, for a chunk that has no id yet."""
        return cls(before, fold(before, flush, attempt=attempt, chunk=0, now=now))

    def settle(self, before: Progress, chunk: int) -> Progress | None:
        """The progress after the flush, now that it is ``chunk``; None if the run stands elsewhere by now."""
        if before is not self.before:
            return None
        # Nobody has seen it but who guessed, and a copy would end the row of guesses.
        msgspec.structs.force_setattr(self.after, "chunk", chunk)
        return self.after


def fold(progress: Progress, flush: Flush, *, attempt: int, chunk: int, now: float) -> Progress:
    """The progress after ``flush``, stored as ``chunk``. ``now`` is the server's Unix time.

    A flush without lrs holds metrics logged after the last step, and no step of its own.
    """
    first, last = flush.reach
    rewound = bool(flush.planned) and first < progress.step
    metrics = progress.metrics | _latest(flush.metrics)
    metric = main_metric(metrics)
    sparkline = progress.sparkline if metric == progress.metric else Sparkline()
    if rewound:
        sparkline = _cut(sparkline, first)
    if metric is not None and metric in flush.metrics:
        sparkline = _draw(sparkline, flush, flush.metrics[metric])
    fresh = rewound or attempt != progress.attempt
    return Progress(
        step=last + 1 if flush.planned else progress.step,
        attempt=attempt,
        chunk=chunk,
        heard_at=now,
        planned=progress.planned | _latest(flush.planned),
        effective=progress.effective | _latest(flush.effective),
        metrics=metrics,
        metric=metric,
        sparkline=sparkline,
        marks=_mark(() if fresh else progress.marks, flush),
        reported=progress.reported,
    )


def main_metric(names: dict[str, float]) -> str | None:
    """The metric to show first: `loss`, else the first with loss in its name, else the first."""
    if "loss" in names:
        return "loss"
    return next((name for name in names if "loss" in name.lower()), next(iter(names), None))


def _latest(columns: dict[str, Column]) -> dict[str, float]:
    return {name: column.latest for name, column in columns.items() if column.values}


def _mark(marks: tuple[tuple[float, int], ...], flush: Flush) -> tuple[tuple[float, int], ...]:
    oldest, newest = zip(flush.period, flush.reach, strict=True)
    if not marks:
        return (oldest, newest)
    # The last mark moves along until it is a second away from the one before it.
    kept = marks[:-1] if len(marks) > 1 and marks[-1][0] - marks[-2][0] < _MARK_GAP_S else marks
    return (*kept, newest)[-_MARKS:]


def _cut(line: Sparkline, step: int) -> Sparkline:
    kept = 8 * -(-step // line.stretch)
    return Sparkline(line.stretch, line.sums[:kept], line.counts[:kept])


def _draw(line: Sparkline, flush: Flush, column: Column) -> Sparkline:
    if flush.count < FEW and not column.rows:
        first, last = flush.reach
        newest = first // line.stretch == last // line.stretch == line.size - 1
        if newest and (more := _on(line, column.floats())) is not None:
            return more
        if not newest and last // line.stretch < _BUCKETS:
            few = _draw_few(line, flush.step_ints(), column.floats())
            if few is not None:
                return few
    steps, values = flush.step_array(), column.array()
    if column.rows:
        steps = steps[column.row_numbers(flush.count)]
    finite = np.isfinite(values)
    if np.count_nonzero(finite) < len(finite):
        steps, values = steps[finite], values[finite]
    return _add(line, steps, values) if len(steps) else line


def _on(line: Sparkline, values: Sequence[float]) -> Sparkline | None:
    """With ``values`` in the newest bucket, where most flushes lie; None if their sum is not finite."""
    last = len(line.sums) - 8
    total = sum(values, _FLOAT.unpack_from(line.sums, last)[0])
    if not isfinite(total):
        return None
    count = _COUNT.unpack_from(line.counts, last)[0] + len(values)
    return Sparkline(
        line.stretch, line.sums[:last] + _FLOAT.pack(total), line.counts[:last] + _COUNT.pack(count)
    )


def _draw_few(line: Sparkline, steps: Sequence[int], values: Sequence[float]) -> Sparkline | None:
    """Where the stretch suffices; None if a sum is not finite. Buckets before the first step stay."""
    stretch, size = line.stretch, line.size
    begun, end = steps[0] // stretch, steps[-1] // stretch + 1
    first, new = min(begun, size), [0] * (end - size)
    sums = [*unpack(f"<{size - first}d", line.sums[8 * first :]), *new]
    counts = [*unpack(f"<{size - first}q", line.counts[8 * first :]), *new]
    at = 0
    for bucket in range(begun, end):
        start, at = at, bisect_left(steps, (bucket + 1) * stretch, at)
        sums[bucket - first] += sum(values[start:at])
        counts[bucket - first] += at - start
    if not all(map(isfinite, sums)):
        return None
    return Sparkline(
        stretch,
        line.sums[: 8 * first] + pack(f"<{len(sums)}d", *sums),
        line.counts[: 8 * first] + pack(f"<{len(counts)}q", *counts),
    )


def _add(line: Sparkline, steps: Ints, values: Floats) -> Sparkline:
    stretch, (sums, counts) = line.stretch, line.arrays()
    while int(steps[-1]) // stretch >= _BUCKETS:
        stretch, sums, counts = 2 * stretch, _pairs(sums), _pairs(counts)
    buckets = steps // stretch
    size = max(int(buckets[-1]) + 1, len(sums))
    with np.errstate(over="ignore"):
        added = np.bincount(buckets, weights=values, minlength=size).astype(np.float64)
        added[: len(sums)] += sums
    numbers = np.bincount(buckets, minlength=size)
    numbers[: len(counts)] += counts
    bounded = np.clip(added, -_HUGE, _HUGE)
    return Sparkline(stretch, bounded.astype("<f8").tobytes(), numbers.astype("<i8").tobytes())


def _pairs(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    even = np.concatenate([values, np.zeros(len(values) % 2, dtype=values.dtype)])
    with np.errstate(over="ignore"):
        summed: npt.NDArray[Number] = even[0::2] + even[1::2]
    return summed
