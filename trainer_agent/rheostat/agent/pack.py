"""Pack: make flushes, columns ready to be sent, of rows."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

import numpy as np

from rheostat.agent.ring import ABSENT_BYTES, UNTHREADED, Cells, Layout, present
from rheostat.wire import Column, Flush

__all__ = ["last_flush", "most_rows", "step_flush", "step_flushes"]

FLUSH_BYTES = 256 << 10


def most_rows(layout: Layout) -> int:
    """How many rows make a flush that fits a frame."""
    first_metric = 2 + 2 * len(layout.groups)
    return max(1, FLUSH_BYTES // (8 * first_metric + 12 * len(layout.metrics)))


def step_flushes(layout: Layout, rows: Cells) -> Iterator[Flush]:
    """Rows of shape (n, width) as flushes not yet numbered (seq 0) that each fit a frame."""
    most = most_rows(layout)
    for first in range(0, len(rows), most):
        yield step_flush(layout, rows[first : first + most])


def step_flush(layout: Layout, rows: Cells) -> Flush:
    """Rows of shape (n, width), at least 1 and not more than `most_rows`, as a flush not yet numbered."""
    cells: memoryview[float] = memoryview(rows.reshape(-1).data)
    count = len(layout.groups)
    metrics: dict[str, Column] = {}
    for index, name in enumerate(layout.metrics, start=2 + 2 * count):
        column = _metric(_taken(cells, index, layout.width))
        if column is not None:
            metrics[name] = column
    return Flush(
        seq=0,
        steps=_whole(rows[:, 0]),
        times=_taken(cells, 1, layout.width),
        planned={g: Column(_taken(cells, 2 + i, layout.width)) for i, g in enumerate(layout.groups)},
        effective={
            g: Column(_taken(cells, 2 + count + i, layout.width)) for i, g in enumerate(layout.groups)
        },
        metrics=metrics,
    )


def last_flush(step: int, now: float, values: Mapping[str, float]) -> Flush:
    """What was logged ahead of a step that was never taken: a row without lrs."""
    return Flush(
        seq=0,
        steps=np.array([step], dtype="<i8").tobytes(),
        times=np.array([now], dtype="<f8").tobytes(),
        planned={},
        effective={},
        metrics={name: Column.of(np.array([value])) for name, value in values.items()},
    )


def _taken(cells: memoryview[float], first: int, width: int) -> bytes:
    """Every ``width``-th cell from ``first`` on, little-endian."""
    taken = cells[first::width].tobytes()
    return taken if sys.byteorder == "little" else np.frombuffer(taken).astype("<f8").tobytes()


def _whole(steps: Cells) -> bytes:
    whole = np.empty(len(steps), dtype="<i8")
    for first in range(0, len(steps), UNTHREADED):
        whole[first : first + UNTHREADED] = steps[first : first + UNTHREADED]
    return whole.tobytes()


def _metric(values: bytes) -> Column | None:
    """The column of a metric that may lack values, or all of them."""
    if ABSENT_BYTES not in values:
        return Column(values)
    cells = np.frombuffer(values, dtype="<f8")
    there = present(cells)
    if not there.any():
        return None
    return Column.of(cells[there], None if there.all() else np.flatnonzero(there).astype(np.uint32))
