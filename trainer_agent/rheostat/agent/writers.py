"""Writers: the calls that run at every step, closures over one segment, so that what they need is at hand."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from time import time
from typing import Protocol

from rheostat.agent.ring import Segment

__all__ = ["STILL", "Count", "Log", "Quick", "QuickAll", "Row", "writers"]

Row = Callable[[int, float, Sequence[float], Sequence[float]], None]
Log = Callable[[Mapping[str, object]], bool]
Quick = Callable[[float], bool]
QuickAll = Callable[[Sequence[float]], bool]


class Count(Protocol):
    """The steps of a job: the next one, and the one up to which there is nothing to do but to record them."""

    step: int
    horizon: int


def writers(
    segment: Segment, columns: Mapping[str, int], more: Row, rows: int, count: Count
) -> tuple[Row, Log, Callable[[], int], Quick, QuickAll]:
    """What writes to ``segment`` after its first ``rows``, and what tells the index of the next row."""
    cells, width, end = segment.cells, segment.width, segment.end
    pack = struct.Struct(f"={2 + 2 * len(segment.groups)}d").pack_into
    at = width * (1 + rows)

    def row(step: int, now: float, planned: Sequence[float], effective: Sequence[float]) -> None:
        nonlocal at
        if at >= end:
            more(step, now, planned, effective)
        else:
            if len(planned) == 1:
                pack(cells, at * 8, step, now, planned[0], effective[0])
            else:
                pack(cells, at * 8, step, now, *planned, *effective)
            at += width

    def log(values: Mapping[str, object]) -> bool:
        try:
            for name in values:
                value = values[name]
                if type(value) is not float:
                    return False
                cells[at + columns[name]] = value
        except KeyError:
            return False
        return segment.taken < at

    def quick(lr: float) -> bool:
        nonlocal at
        step = count.step
        if step >= count.horizon or at >= end:
            return False
        pack(cells, at * 8, step, time(), lr, lr)
        at += width
        count.step = step + 1
        return True

    def quick_all(lrs: Sequence[float]) -> bool:
        nonlocal at
        step = count.step
        if step >= count.horizon or at >= end:
            return False
        pack(cells, at * 8, step, time(), *lrs, *lrs)
        at += width
        count.step = step + 1
        return True

    return row, log, lambda: at, quick, quick_all


class Still:
    """A count without a job: every step goes through `Recorder.row`."""

    step = horizon = 0


STILL = Still()
