"""Where a run stands: folded from flush to flush, stored with them in one transaction. Pure."""

from __future__ import annotations

from typing import TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from rheostat.wire import Column, Flush

__all__ = ["Progress", "Sparkline", "fold", "main_metric"]

Number = TypeVar("Number", np.float64, np.int64)

_BUCKETS = 64
_MARKS = 8
_MARK_GAP_S = 1.0


class Sparkline(msgspec.Struct, frozen=True, array_like=True):
    """Means of the first metric over equal stretches of steps; the stretch doubles when buckets run out."""

    stretch: int = 1
    sums: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()

    def means(self) -> list[float | None]:
        """One value a bucket, None where nothing finite was recorded."""
        return [total / count if count else None for total, count in zip(self.sums, self.counts, strict=True)]


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


def fold(progress: Progress, flush: Flush, *, attempt: int, chunk: int, now: float) -> Progress:
    """The progress after ``flush``, stored as ``chunk``. ``now`` is the server's Unix time.

    A flush without lrs holds metrics logged after the last step, and no step of its own.
    """
    steps = flush.step_array()
    rewound = bool(flush.planned) and int(steps[0]) < progress.step
    metrics = progress.metrics | _latest(flush.metrics)
    metric = main_metric(metrics)
    sparkline = progress.sparkline if metric == progress.metric else Sparkline()
    if rewound:
        sparkline = _cut(sparkline, int(steps[0]))
    if metric is not None and metric in flush.metrics:
        sparkline = _draw(sparkline, flush, flush.metrics[metric])
    fresh = rewound or attempt != progress.attempt
    return Progress(
        step=int(steps[-1]) + 1 if flush.planned else progress.step,
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
    return {name: float(column.array()[-1]) for name, column in columns.items() if column.values}


def _mark(marks: tuple[tuple[float, int], ...], flush: Flush) -> tuple[tuple[float, int], ...]:
    times, steps = flush.time_array(), flush.step_array()
    if not marks:
        return ((float(times[0]), int(steps[0])), (float(times[-1]), int(steps[-1])))
    newest = (float(times[-1]), int(steps[-1]))
    # The last mark moves along until it is a second away from the one before it.
    kept = marks[:-1] if len(marks) > 1 and marks[-1][0] - marks[-2][0] < _MARK_GAP_S else marks
    return (*kept, newest)[-_MARKS:]


def _cut(line: Sparkline, step: int) -> Sparkline:
    kept = -(-step // line.stretch)
    return Sparkline(line.stretch, line.sums[:kept], line.counts[:kept])


def _draw(line: Sparkline, flush: Flush, column: Column) -> Sparkline:
    rows = column.row_numbers(flush.count)
    steps, values = flush.step_array()[rows], column.array()
    finite = np.isfinite(values)
    steps, values = steps[finite], values[finite]
    if not len(steps):
        return line
    stretch, sums, counts = line.stretch, np.array(line.sums), np.array(line.counts, dtype=np.int64)
    while int(steps[-1]) // stretch >= _BUCKETS:
        stretch, sums, counts = 2 * stretch, _pairs(sums), _pairs(counts)
    buckets = steps // stretch
    size = max(int(buckets[-1]) + 1, len(sums))
    with np.errstate(over="ignore"):
        added = np.bincount(buckets, weights=values, minlength=size)
        added[: len(sums)] += sums
    numbers = np.bincount(buckets, minlength=size)
    numbers[: len(counts)] += counts
    huge = np.finfo(np.float64).max
    return Sparkline(stretch, tuple(np.clip(added, -huge, huge).tolist()), tuple(numbers.tolist()))


def _pairs(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    even = np.concatenate([values, np.zeros(len(values) % 2, dtype=values.dtype)])
    with np.errstate(over="ignore"):
        summed: npt.NDArray[Number] = even[0::2] + even[1::2]
    return summed
