"""The pen: the calls that run at every step, closures over one scope, so that what they need is at hand.

Between training steps the caches are cold: what a call costs there is how many objects and how much code it
touches. So nothing is asked of another object that a variable can hold, and a cell is set by an assignment,
which `log` needs anyway: ``struct.pack_into`` is as fast in a loop, but costs 2 us more between steps.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import time
from typing import Protocol

from rheostat.agent.groups import ParamGroup
from rheostat.agent.ring import Segment

__all__ = ["Count", "Pen", "Row", "make_pen"]

Row = Callable[[int, float, Sequence[float], Sequence[float]], None]


class Count(Protocol):
    """The steps of a job: the next one, and the one up to which there is nothing to do but to record them."""

    step: int
    horizon: int


class Stepped(Protocol):
    """What is read of an optimizer after its step."""

    param_groups: list[ParamGroup]


@dataclass(frozen=True, slots=True)
class Pen:
    """What writes to a segment, the one that it was pointed at last.

    ``point(segment, columns, rows)``: write after the first ``rows`` of the segment; ``columns`` says where
    the cell of a metric is, from the first cell of the next row. ``lift()``: the next row needs another
    segment. ``stop()``: write nothing any more. ``next()``: the index in the cells of the next row.

    ``row(step, now, planned, effective)`` writes a row; struct.error if the lrs are not as many as the
    groups. ``after_step(other)`` makes a hook that counts a step of one param group and writes its row, on
    its plan; from the horizon on, and where it takes more, it calls ``other(optimizer)`` in place of that.
    ``quick(lrs)`` does the same for several groups, and is False where it did nothing. ``log(other)`` makes a
    function that writes floats beside the newest row, and calls ``other`` with the same keywords where it
    takes more: a new name, a row that has left, all but a float.
    """

    point: Callable[[Segment, Mapping[str, int], int], None]
    lift: Callable[[], None]
    stop: Callable[[], None]
    next: Callable[[], int]
    row: Row
    after_step: Callable[[Callable[[Stepped], object]], Callable[[Stepped, object, object], None]]
    quick: Callable[[Sequence[float]], bool]
    log: Callable[[Callable[..., object]], Callable[..., None]]


def make_pen(segment: Segment, more: Row, count: Count | None) -> Pen:  # noqa: PLR0915 - one scope for all
    """A pen that hands a row to ``more`` where it has no room, and counts the steps of ``count``."""
    steps = count or Still()
    columns: Mapping[str, int] = {}
    cells, width, at, end, one_end = segment.cells, segment.width, segment.width, 0, 0
    pack = struct.Struct("").pack_into

    def point(to: Segment, places: Mapping[str, int], rows: int) -> None:
        nonlocal segment, columns, cells, width, at, end, one_end, pack
        segment, columns, cells, width = to, places, to.cells, to.width
        at, end = width * (1 + rows), to.end
        one_end = end if len(to.groups) == 1 else 0
        pack = struct.Struct(f"={2 + 2 * len(to.groups)}d").pack_into

    def lift() -> None:
        nonlocal end, one_end
        end = one_end = 0

    def stop() -> None:
        nonlocal columns
        columns = {}
        lift()

    def row(step: int, now: float, planned: Sequence[float], effective: Sequence[float]) -> None:
        nonlocal at
        if at >= end:
            more(step, now, planned, effective)
        else:
            pack(cells, at * 8, step, now, *planned, *effective)
            at += width

    def after_step(other: Callable[[Stepped], object]) -> Callable[[Stepped, object, object], None]:
        def after(optimizer: Stepped, args: object, kwargs: object) -> None:  # noqa: ARG001
            nonlocal at
            try:
                (group,) = optimizer.param_groups
                lr = group["lr"]
                step = steps.step
                if type(lr) is float and step < steps.horizon and at < one_end:
                    cells[at + 1] = time()
                    cells[at + 2] = lr
                    cells[at + 3] = lr
                    cells[at] = step  # the row is there with its first cell
                    at += width
                    steps.step = step + 1
                    return
            except (KeyError, ValueError):
                pass
            other(optimizer)

        return after

    def quick(lrs: Sequence[float]) -> bool:
        nonlocal at
        step = steps.step
        if step >= steps.horizon or at >= end:
            return False
        pack(cells, at * 8, step, time(), *lrs, *lrs)
        at += width
        steps.step = step + 1
        return True

    def log(other: Callable[..., object]) -> Callable[..., None]:
        def log(**values: object) -> None:
            try:
                for name in values:  # noqa: PLC0206 - items() costs more for one or two
                    value = values[name]
                    if type(value) is not float:
                        break
                    cells[at + columns[name]] = value
                else:
                    if segment.taken < at:
                        return
            except KeyError:
                pass
            other(**values)

        return log

    return Pen(point, lift, stop, lambda: at, row, after_step, quick, log)


class Still:
    """A count without a job: every step goes through `Pen.row`."""

    step = horizon = 0
