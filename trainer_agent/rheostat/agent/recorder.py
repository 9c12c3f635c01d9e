"""The recorder: one row of float64 cells per step, written by training and taken out by the transport.

One thread writes, one takes. Writing never waits: rows are published by raising a count and claimed by
raising another before they are copied. Only a change of layout takes a lock.
"""

from __future__ import annotations

import struct
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from rheostat.wire import MAX_METRICS, MAX_NAME, Column, Flush

__all__ = ["Recorder"]

SEGMENT_ROWS = 4096
MAX_BYTES = 12 << 20
FLUSH_BYTES = 256 << 10
LOGGED_DELAY_S = 0.3
UNLOGGED_DELAY_S = 1.0
"""How long the newest row waits for (more) values logged after its step."""
ABSENT_BITS = 0x7FF8_0A85_E470_5EED
"""A NaN of its own kind for cells nothing was logged to, so that a NaN that was logged is kept."""
ABSENT: float = struct.unpack("<d", struct.pack("<Q", ABSENT_BITS))[0]

Cells = npt.NDArray[np.float64]


class Segment:
    """A stretch of rows of one layout: step, time, planned lrs, effective lrs, metrics, spare columns."""

    __slots__ = ("cells", "claimed", "first_metric", "groups", "metrics", "rows", "table", "width")

    def __init__(self, groups: tuple[str, ...], metrics: Sequence[str], spare: int) -> None:
        self.groups = groups
        self.metrics = list(metrics)
        self.first_metric = 2 + 2 * len(groups)
        self.width = self.first_metric + len(metrics) + spare
        rows = max(64, min(SEGMENT_ROWS, MAX_BYTES // 8 // (8 * self.width)))
        self.table: Cells = np.full((rows, self.width), ABSENT)
        self.cells: memoryview[float] = memoryview(self.table.reshape(-1).data)
        self.rows = 0
        self.claimed = 0


class Recorder:
    """Rows waiting to be sent; bounded: the oldest are lost first, and counted in ``lost``.

    ``wake`` is called from the training thread when much is waiting.
    """

    def __init__(self, groups: Sequence[str], wake: Callable[[], None] = lambda: None) -> None:
        self.lost = 0
        self._wake = wake
        self._lock = threading.Lock()
        self._groups = tuple(groups)
        self._columns: dict[str, int] = {}
        self._early: set[str] = set()
        self._ahead: dict[str, float] = {}
        self._refused: set[str] = set()
        self._full: deque[Segment] = deque()
        self._base = -1
        self._next = self._end = 0
        self._left = (-1, 0.0)
        self._use(Segment(self._groups, (), 8))

    def row(self, step: int, now: float, planned: Sequence[float], effective: Sequence[float]) -> None:
        """Write the row of ``step``, taken at ``now`` (Unix seconds), with lrs in the order of the groups."""
        at = self._next
        if at >= self._end:
            at = self._make_room()
        if len(planned) == 1:
            self._pack(self._cells, at * 8, step, now, planned[0], effective[0])
        else:
            self._pack(self._cells, at * 8, step, now, *planned, *effective)
        segment = self._segment
        self._base = at
        self._next = at + segment.width
        segment.rows += 1
        if self._ahead:
            self._put_ahead()

    def regroup(self, groups: Sequence[str]) -> None:
        """Go on with other groups from the next row on."""
        self._groups = tuple(groups)
        self._end = 0

    def log(self, values: Mapping[str, object]) -> bool:
        """Write metrics beside the newest row; False, with some perhaps written, if that takes `log_new`.

        So it is for a name not seen before or always logged ahead, and for anything but a float.
        """
        base = self._base
        cells = self._cells
        columns = self._columns
        for name, value in values.items():
            if type(value) is not float:
                return False
            if name in columns:
                cells[base + columns[name]] = value
            elif name in self._early:
                self._ahead[name] = value
            else:
                return False
        segment = self._segment
        return segment.claimed < segment.rows or base < 0

    def log_new(self, values: Mapping[str, float]) -> None:
        """Write metrics, whatever their names.

        A name first seen before any step (a loss logged ahead of ``step()``) always goes to the next row.
        """
        for name, value in values.items():
            self._log_one(name, value)

    def log_at(self, step: int, values: Mapping[str, float]) -> None:
        """Write metrics beside the row of ``step``; beside the next row if it has left or never was."""
        allowed = {name: value for name, value in values.items() if self._allowed(name)}
        with self._lock:
            for segment in (*self._full, self._segment):
                steps = segment.table[segment.claimed : segment.rows, 0]
                at = int(np.searchsorted(steps, step))
                if at < len(steps) and steps[at] == step and _has_columns(segment, allowed):
                    for name, value in allowed.items():
                        column = segment.first_metric + segment.metrics.index(name)
                        segment.table[segment.claimed + at, column] = value
                    return
        self._ahead.update(allowed)

    def take(self, now: float, *, final: bool = False, before: int | None = None) -> list[Flush]:
        """Take out what is complete, as flushes not yet numbered (seq 0), their steps in order.

        The newest row waits a while for values logged after its step, and rows from step ``before`` on for
        values on their way, unless ``final``: then what was logged ahead goes too, as a row without lrs.
        """
        taken: list[tuple[Segment, Cells]] = []
        with self._lock:
            while self._full:
                segment = self._full[0]
                taken.append((segment, _claim(segment, segment.rows, before)))
                if segment.claimed < segment.rows:
                    break
                self._full.popleft()
            else:
                segment = self._segment
                count = segment.rows
                done = final or count == 0 or _is_done(segment, count - 1, now)
                taken.append((segment, _claim(segment, count if done else count - 1, before)))
        flushes = [f for segment, rows in taken for f in _step_flushes(segment, rows)]
        if final and self._ahead:
            flushes.append(_last_flush(self._newest[0] + 1, now, self._ahead))
            self._ahead = {}
        return flushes

    @property
    def waiting(self) -> int:
        """How many rows have not been taken out."""
        return sum(s.rows - s.claimed for s in (*self._full, self._segment))

    @property
    def _begun(self) -> bool:
        """Whether any row has been written."""
        return self._newest[0] >= 0

    @property
    def _newest(self) -> tuple[int, float]:
        """Step and time of the newest row; step -1 if there never was one."""
        if self._base < 0:
            return self._left
        return int(self._cells[self._base]), self._cells[self._base + 1]

    def _use(self, segment: Segment) -> None:
        self._segment = segment
        self._cells = segment.cells
        self._next = segment.rows * segment.width
        self._end = segment.table.size
        self._pack: Callable[..., None] = struct.Struct(f"={2 + 2 * len(segment.groups)}d").pack_into
        self._place()

    def _place(self) -> None:
        """Where each metric is from the newest row on; nowhere while there is no row to write to."""
        segment = self._segment
        self._places = {name: segment.first_metric + index for index, name in enumerate(segment.metrics)}
        if self._base >= 0:
            self._columns = {n: at for n, at in self._places.items() if n not in self._early}
        else:
            self._columns = {}

    def _make_room(self) -> int:
        """Begin a new segment; returns where its first row is. Nothing more is logged to the row before."""
        with self._lock:
            old = self._segment
            self._full.append(old)
            while sum(s.table.nbytes for s in self._full) > MAX_BYTES:
                gone = self._full.popleft()
                self.lost += gone.rows - gone.claimed
            self._base = 0
            self._use(Segment(self._groups, old.metrics, 8))
        self._wake()
        return 0

    def _put_ahead(self) -> None:
        ahead, self._ahead = self._ahead, {}
        base, cells, places = self._base, self._cells, self._places
        for name, value in ahead.items():
            cells[base + places[name]] = value

    def _widen(self) -> None:
        """Begin a segment with more columns and take the newest row along, so that it can be logged to."""
        with self._lock:
            old = self._segment
            self._left = self._newest
            segment = Segment(old.groups, old.metrics, max(8, len(old.metrics)))
            if old.claimed < old.rows:
                old.rows -= 1
                segment.table[0, : old.width] = old.table[old.rows]
                segment.rows = 1
            self._full.append(old)
            self._base = 0 if segment.rows else -1
            self._use(segment)
            if self._base < 0:
                self._end = 0

    def _allowed(self, name: str) -> bool:
        if name in self._places:
            return True
        if name in self._refused:
            return False
        if 0 < len(name) <= MAX_NAME and name.isprintable() and len(self._segment.metrics) < MAX_METRICS:
            if self._segment.first_metric + len(self._segment.metrics) >= self._segment.width:
                self._widen()
            with self._lock:
                segment = self._segment
                self._places[name] = segment.first_metric + len(segment.metrics)
                segment.metrics.append(name)
            return True
        self._refused.add(name)
        raise ValueError(
            f"metric {name[:50]!r} is not recorded: a job may have {MAX_METRICS} metrics, "
            f"each with a name of 1 to {MAX_NAME} printable characters"
        )

    def _log_one(self, name: str, value: float) -> None:
        known = name in self._places
        if not self._allowed(name):
            return
        if not known and not self._begun:
            self._early.add(name)
        if name not in self._early and self._base >= 0:
            self._columns[name] = self._places[name]
            self._cells[self._base + self._places[name]] = value
        if name in self._early or self._segment.claimed >= self._segment.rows:
            self._ahead[name] = value


def _claim(segment: Segment, upto: int, before: int | None) -> Cells:
    first = segment.claimed
    if before is not None:
        upto = min(upto, first + int(np.searchsorted(segment.table[first : segment.rows, 0], before)))
    segment.claimed = max(first, upto)
    return segment.table[first : segment.claimed].copy()


def _has_columns(segment: Segment, values: Mapping[str, float]) -> bool:
    """Whether ``segment`` has a place for each name; a name it lacks is given a spare column."""
    for name in values:
        if name not in segment.metrics:
            if segment.first_metric + len(segment.metrics) >= segment.width:
                return False
            segment.metrics.append(name)
    return True


def _is_done(segment: Segment, row: int, now: float) -> bool:
    age = now - float(segment.table[row, 1])
    if age < LOGGED_DELAY_S:
        return False
    return age >= UNLOGGED_DELAY_S or bool(_present(segment.table[row, segment.first_metric :]).any())


def _present(cells: Cells) -> npt.NDArray[np.bool_]:
    return np.not_equal(cells.view(np.uint64), np.uint64(ABSENT_BITS))


def _step_flushes(segment: Segment, rows: Cells) -> Iterable[Flush]:
    """Rows of shape (n, width) as flushes that each fit a frame."""
    metrics = tuple(segment.metrics)
    limit = max(1, FLUSH_BYTES // (8 * segment.first_metric + 12 * len(metrics)))
    count = len(segment.groups)
    for first in range(0, len(rows), limit):
        part = rows[first : first + limit]
        columns: dict[str, Column] = {}
        for index, name in enumerate(metrics):
            cells = np.ascontiguousarray(part[:, segment.first_metric + index])
            present = _present(cells)
            if present.all():
                columns[name] = Column.of(cells)
            elif present.any():
                columns[name] = Column.of(cells[present], np.flatnonzero(present).astype(np.uint32))
        yield Flush(
            seq=0,
            steps=part[:, 0].astype("<i8").tobytes(),
            times=part[:, 1].astype("<f8").tobytes(),
            planned={g: Column.of(part[:, 2 + i]) for i, g in enumerate(segment.groups)},
            effective={g: Column.of(part[:, 2 + count + i]) for i, g in enumerate(segment.groups)},
            metrics=columns,
        )


def _last_flush(step: int, now: float, values: Mapping[str, float]) -> Flush:
    """What was logged ahead of a step that was never taken."""
    return Flush(
        seq=0,
        steps=np.array([step], dtype="<i8").tobytes(),
        times=np.array([now], dtype="<f8").tobytes(),
        planned={},
        effective={},
        metrics={name: Column.of(np.array([value])) for name, value in values.items()},
    )
