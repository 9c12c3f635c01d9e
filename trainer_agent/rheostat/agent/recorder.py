"""The recorder: one row of float64 cells per step, written by training and taken out by the transport.

One thread writes, one takes. Writing never waits: a row is there once it is written, and is claimed before
it is copied. Only a change of layout takes a lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from rheostat.agent.pack import last_flush, most_rows, step_flush
from rheostat.agent.pen import Count, make_pen
from rheostat.agent.ring import ABSENT, SPARE, Cells, Ring, Segment, present
from rheostat.agent.shelf import Shelf
from rheostat.wire import MAX_METRICS, MAX_NAME, Flush, Newest

__all__ = ["Keeper", "Recorder"]

WAKE_EACH = 4
"""After so many full segments the transport is woken: to it a wake costs more than the rows of one."""
LOGGED_DELAY_S = 0.3
UNLOGGED_DELAY_S = 1.0
"""How long the newest row waits for (more) values logged after its step."""


class Keeper(Protocol):
    """What makes rows outlive the process: files for them, and a place for what was taken out."""

    @property
    def ring(self) -> Ring:
        """Where segments get their files."""

    def keep(self, flush: Flush) -> Flush:
        """Make it safe; from then on the rows it came from may go. Returns it, with its number if it is."""


class Recorder:
    """Rows waiting to be sent; bounded: the oldest are lost first, and counted in ``lost``.

    ``wake`` is called from the training thread when much is waiting.

    ``row``, ``after_step``, ``quick`` and ``log`` are those of its `Pen`; what ``log`` hands on is for
    `log_new`.
    """

    def __init__(
        self,
        groups: Sequence[str],
        wake: Callable[[], None] = lambda: None,
        count: Count | None = None,
    ) -> None:
        self.lost = 0
        self._wake = wake
        self._keeper: Keeper | None = None
        self._lock = threading.Lock()
        self._groups = tuple(groups)
        self._early: set[str] = set()
        self._refused: set[str] = set()
        self._shelf = Shelf()
        segment = self._shelf.make(self._groups, (), 2 * SPARE)
        pen = self._pen = make_pen(segment, self._row_in_new, count)
        self.row, self.after_step, self.quick, self.log = pen.row, pen.after_step, pen.quick, pen.log
        self._next = pen.next
        self._use(segment, (-1, 0.0))

    def keep_in(self, keeper: Keeper) -> None:
        """Write to the keeper's files from now on. Before the first row only."""
        self._keeper = keeper
        self._shelf.ring = keeper.ring
        self._use(self._shelf.make(self._groups, self._segment.metrics), (-1, 0.0))

    def regroup(self, groups: Sequence[str]) -> None:
        """Go on with other groups from the next row on."""
        self._groups = tuple(groups)
        self._pen.lift()

    def stop(self) -> None:
        """Write nothing more of what is logged or stepped: the memory is another process's too."""
        self._pen.stop()

    def log_new(self, values: Mapping[str, float]) -> None:
        """Write metrics, whatever their names.

        A name first seen before any step (a loss logged ahead of ``step()``) always goes to the next row.
        """
        for name, value in values.items():
            if self._allowed(name):
                self._put(name, value)

    def log_at(self, step: int, values: Mapping[str, float]) -> None:
        """Write metrics beside the row of ``step``; beside the next row if it has left or never was."""
        allowed = {name: value for name, value in values.items() if self._allowed(name)}
        with self._lock:
            for segment in (self._segment, *reversed(tuple(self._shelf))):
                rows = self._rows(segment)
                at = int(np.searchsorted(rows[:, 0], step))
                if at < len(rows) and rows[at, 0] == step and _has_columns(segment, allowed):
                    for name, value in allowed.items():
                        rows[at, segment.first_metric + segment.metrics.index(name)] = value
                    return
        for name, value in allowed.items():
            self._put_ahead(name, value)

    def take(self, now: float, *, final: bool = False, before: int | None = None) -> Iterator[Flush]:
        """Take out what is complete, a flush at a time, their steps in order; numbered (else seq 0) if kept.

        The newest row waits a while for values logged after its step, and rows from step ``before`` on for
        values on their way, unless ``final``: then what was logged ahead goes too, as a row without lrs.
        """
        while (claimed := self._claim(now, final=final, before=before)) is not None:
            segment, rows, emptied = claimed
            flush = self._keep(step_flush(segment.layout, rows))
            segment.settle()
            if emptied:
                self._shelf.retire(segment, self._segment)
            if self._next() > self._segment.end // 2:
                self._shelf.prepare(self._segment)
            yield flush
        if final and (ahead := self._take_ahead()):
            yield self._keep(last_flush(self._newest[0] + 1, now, ahead))

    def newest(self) -> Newest | None:
        """The step before the newest one, which may still get values; the newest if it is the only one."""
        segment, at = self._segment, self._next()
        row = segment.table[max(at // segment.width - 2, 1)]
        count = len(segment.groups)
        if not present(row[:1])[0]:
            return None
        lrs = row[2 : segment.first_metric].tolist()
        values = row[segment.first_metric :][: len(segment.metrics)]
        there = present(values)
        return Newest(
            planned=dict(zip(segment.groups, lrs[:count], strict=True)),
            effective=dict(zip(segment.groups, lrs[count:], strict=True)),
            metrics={n: float(v) for n, v, t in zip(segment.metrics, values, there, strict=False) if t},
        )

    @property
    def waiting(self) -> int:
        """How many rows have not been taken out."""
        return sum(len(self._rows(s)) for s in (*self._shelf, self._segment))

    @property
    def _newest(self) -> tuple[int, float]:
        """Step and time of the newest row; step -1 if there never was one."""
        base, cells = self._next() - self._segment.width, self._segment.cells
        return int(cells[base]), cells[base + 1]

    def _rows(self, segment: Segment) -> Cells:
        """The rows of ``segment`` not yet taken out, shape (n, width); a view."""
        upto = self._next() if segment is self._segment else segment.filled
        return segment.table[segment.taken // segment.width : upto // segment.width]

    def _use(self, segment: Segment, newest: tuple[int, float], rows: int = 0) -> None:
        """Write to ``segment`` from now on, after the rows it has; ``newest`` is the row before these."""
        segment.cells[0], segment.cells[1] = newest
        self._segment = segment
        self._columns = {n: self._place(segment, i) for i, n in enumerate(segment.metrics)}
        self._pen.point(segment, self._columns, rows)
        if segment.groups != self._groups:
            self._pen.lift()

    def _place(self, segment: Segment, index: int) -> int:
        """Where a metric's cell is, from the first cell of the next row."""
        ahead = segment.metrics[index] in self._early
        return segment.first_metric + index - (0 if ahead else segment.width)

    def _row_in_new(
        self, step: int, now: float, planned: Sequence[float], effective: Sequence[float]
    ) -> None:
        """Write a row to a new segment. Nothing more is logged to the row before."""
        with self._lock:
            old, newest = self._segment, self._newest
            segment = self._shelf.fresh(self._groups, old.metrics)
            self._close(old, self._next(), segment, segment.width)
            self._shelf.put(old, self._lose)
            self._use(segment, newest)
        if not len(self._shelf) % WAKE_EACH:
            self._wake()
        self.row(step, now, planned, effective)

    def _lose(self, segment: Segment) -> None:
        self.lost += len(self._rows(segment))

    def _widen(self) -> None:
        """Begin a segment with more columns and take the newest row along, so that it can be logged to."""
        with self._lock:
            old, at = self._segment, self._next()
            newest = self._newest
            self._shelf.drop_spares()
            segment = self._shelf.make(old.groups, old.metrics, max(8, len(old.metrics)))
            along = int(old.taken < at)
            if along:
                segment.table[1, : old.width] = old.table[at // old.width - 1]
                old.cells[at - old.width] = ABSENT
            self._close(old, at, segment, segment.width * (1 + along))
            old.filled -= along * old.width
            self._shelf.put(old, self._lose)
            self._use(segment, newest, along)

    def _close(self, old: Segment, at: int, new: Segment, start: int) -> None:
        """``old`` gets no more rows; what was logged ahead of its next one goes to ``new``."""
        old.filled = at
        count = len(old.metrics)
        ahead = old.table[at // old.width, old.first_metric : old.first_metric + count]
        new.table[start // new.width, new.first_metric : new.first_metric + count] = ahead

    def _allowed(self, name: str) -> bool:
        if name in self._columns:
            return True
        if name in self._refused:
            return False
        segment = self._segment
        if 0 < len(name) <= MAX_NAME and name.isprintable() and len(segment.metrics) < MAX_METRICS:
            if segment.full_columns:
                self._widen()
            with self._lock:
                segment = self._segment
                if self._newest[0] < 0:
                    self._early.add(name)
                segment.add(name)
                self._columns[name] = self._place(segment, len(segment.metrics) - 1)
            return True
        self._refused.add(name)
        raise ValueError(
            f"metric {name[:50]!r} is not recorded: a job may have {MAX_METRICS} metrics, "
            f"each with a name of 1 to {MAX_NAME} printable characters"
        )

    def _put(self, name: str, value: float) -> None:
        segment, at = self._segment, self._next()
        segment.cells[at + self._columns[name]] = value
        if segment.taken >= at:
            self._put_ahead(name, value)

    def _put_ahead(self, name: str, value: float) -> None:
        """Write to the row of the step to come."""
        segment = self._segment
        place = self._columns[name]
        segment.cells[self._next() + place % segment.width] = value

    def _take_ahead(self) -> dict[str, float]:
        segment = self._segment
        row = segment.table[self._next() // segment.width, segment.first_metric :]
        found = {n: float(row[i]) for i, n in enumerate(segment.metrics) if present(row[i : i + 1]).all()}
        row.fill(ABSENT)
        return found

    def _keep(self, flush: Flush) -> Flush:
        return flush if self._keeper is None else self._keeper.keep(flush)

    def _claim(self, now: float, *, final: bool, before: int | None) -> tuple[Segment, Cells, bool] | None:
        """The oldest rows that are complete, no more than fit a flush, and whether they end their segment.

        They are nobody else's from now on.
        """
        with self._lock:
            while True:
                segment = self._shelf.oldest or self._segment
                rows = self._rows(segment)
                if segment is self._segment and not (final or _is_done(segment, rows[-1:], now)):
                    rows = rows[:-1]
                if before is not None:
                    rows = rows[: int(np.searchsorted(rows[:, 0], before))]
                rows = rows[: most_rows(segment.layout)]
                segment.taken += rows.size
                emptied = segment is not self._segment and segment.taken == segment.filled
                if emptied:
                    self._shelf.pop()
                if rows.size:
                    return segment, rows, emptied
                if not emptied:
                    return None
                segment.discard()


def _has_columns(segment: Segment, values: Mapping[str, float]) -> bool:
    """Whether ``segment`` has a place for each name; a name it lacks is given a spare column."""
    for name in values:
        if name not in segment.metrics:
            if segment.full_columns:
                return False
            segment.add(name)
    return True


def _is_done(segment: Segment, newest: Cells, now: float) -> bool:
    """Whether the newest row, of shape (0 or 1, width), is not waited for any longer."""
    age = now - newest[:, 1].max(initial=-np.inf)
    if age < LOGGED_DELAY_S:
        return False
    return bool(age >= UNLOGGED_DELAY_S or present(newest[:, segment.first_metric :]).any())
