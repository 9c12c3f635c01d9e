"""Pack: make flushes, columns ready to be sent, of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from rheostat.agent.ring import Cells, Layout, present
from rheostat.wire import Column, Flush

__all__ = ["last_flush", "step_flushes"]

FLUSH_BYTES = 256 << 10


def step_flushes(layout: Layout, rows: Cells) -> Iterable[Flush]:
    """Rows of shape (n, width) as flushes not yet numbered (seq 0) that each fit a frame."""
    metrics = tuple(layout.metrics)
    count = len(layout.groups)
    first_metric = 2 + 2 * count
    limit = max(1, FLUSH_BYTES // (8 * first_metric + 12 * len(metrics)))
    for first in range(0, len(rows), limit):
        part = rows[first : first + limit]
        columns: dict[str, Column] = {}
        for index, name in enumerate(metrics):
            cells = np.ascontiguousarray(part[:, first_metric + index])
            there = present(cells)
            if there.all():
                columns[name] = Column.of(cells)
            elif there.any():
                columns[name] = Column.of(cells[there], np.flatnonzero(there).astype(np.uint32))
        yield Flush(
            seq=0,
            steps=part[:, 0].astype("<i8").tobytes(),
            times=part[:, 1].astype("<f8").tobytes(),
            planned={g: Column.of(part[:, 2 + i]) for i, g in enumerate(layout.groups)},
            effective={g: Column.of(part[:, 2 + count + i]) for i, g in enumerate(layout.groups)},
            metrics=columns,
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
