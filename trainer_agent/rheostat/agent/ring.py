"""The ring: tables of rows, in files mapped into memory where there is a folder for them.

What is written to a mapped file is in the page cache at once, so it outlives the process however it dies.
A row is there once its first cell is: one call writes a row from its first cell on, and a table starts out
with every cell `ABSENT`. Rows begin at a multiple of 64 bytes, so that writing one touches few cache lines.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

__all__ = [
    "ABSENT",
    "ABSENT_BYTES",
    "UNTHREADED",
    "Cells",
    "Layout",
    "Left",
    "Ring",
    "Segment",
    "load",
    "present",
]

SEGMENT_ROWS = 4096
SEGMENT_BYTES = 512 << 10
HEADER = 64
ROW_CELLS = 8
UNTHREADED = 500
"""Up to so many numbers numpy works on without letting other threads run. In a loop of pure Python, getting
back in takes 5 ms (`sys.getswitchinterval`): more than all else that is done with a segment.
"""
SPARE = 2
"""The least of spare columns, for metrics to come."""
_MAGIC = b"RHEORING"
_HEAD = struct.Struct("=8sqq")  # the magic, the index up to which rows are settled, the number
_ABSENT_BITS = 0x7FF8_0A85_E470_5EED
ABSENT: float = struct.unpack("=d", struct.pack("=Q", _ABSENT_BITS))[0]
"""A NaN of its own kind for cells nothing was written to, so that a NaN that was logged is kept."""
ABSENT_BYTES = struct.pack("<Q", _ABSENT_BITS)

Cells = npt.NDArray[np.float64]


def present(cells: Cells) -> npt.NDArray[np.bool_]:
    """Which cells have been written to."""
    return np.not_equal(cells.view(np.uint64), np.uint64(_ABSENT_BITS))


class Layout(msgspec.Struct):
    """What the columns of a segment file are; its sidecar, in JSON."""

    groups: tuple[str, ...]
    metrics: list[str]
    width: int


class Segment:
    """A stretch of rows of one layout: step, time, planned lrs, effective lrs, metrics, spare columns.

    Before the first row there is one that only repeats step and time of the row before, after the last one
    that only takes values logged ahead. ``taken`` is the index in ``cells`` up to which rows have been taken
    out; ``filled``, once it is no longer written to, that up to which there are rows.
    """

    __slots__ = (
        "cells",
        "end",
        "file",
        "filled",
        "first_metric",
        "groups",
        "metrics",
        "table",
        "taken",
        "width",
    )

    def __init__(
        self, groups: tuple[str, ...], metrics: Sequence[str], spare: int = SPARE, ring: Ring | None = None
    ) -> None:
        self.groups = groups
        self.metrics = list(metrics)
        self.first_metric = 2 + 2 * len(groups)
        self.width = -(-(self.first_metric + len(metrics) + spare) // ROW_CELLS) * ROW_CELLS
        rows = 2 + max(64, min(SEGMENT_ROWS, SEGMENT_BYTES // (8 * self.width)))
        self.file = None if ring is None else ring.create(self.layout, 8 * rows * self.width)
        flat = np.empty(rows * self.width) if self.file is None else self.file.cells
        _blank(flat)
        self.table: Cells = flat.reshape(rows, self.width)
        self.cells: memoryview[float] = memoryview(flat.data)
        self.taken = self.filled = self.width
        self.end = flat.size - self.width

    @property
    def layout(self) -> Layout:
        """What its columns are."""
        return Layout(self.groups, self.metrics, self.width)

    @property
    def full_columns(self) -> bool:
        """Whether there is no spare column left."""
        return self.first_metric + len(self.metrics) >= self.width

    def add(self, metric: str) -> None:
        """Give ``metric`` a spare column."""
        self.metrics.append(metric)
        if self.file is not None:
            self.file.describe(self.layout)

    def settle(self) -> None:
        """Note in the file that what was taken out is safe elsewhere."""
        if self.file is not None:
            self.file.settle(self.taken)

    def begin_again(self, metrics: Sequence[str]) -> None:
        """Take other rows, of ``metrics``: all of it has been settled. A new file costs far more."""
        _blank(self.table.reshape(-1))
        self.taken = self.filled = self.width
        self.metrics = list(metrics)
        if self.file is not None:
            self.file.begin_again(self.layout)

    def rest(self) -> None:
        """Nothing of it is wanted for now: it leaves memory, if there is a file."""
        if self.file is not None:
            self.file.rest()

    def discard(self) -> None:
        """All of it is safe elsewhere: the file goes."""
        if self.file is not None:
            self.file.remove()


class Ring:
    """Makes segment files in ``folder``; after a failure (disk full, read-only) says why and makes none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.failure = ""
        self._numbers = count(1)

    def create(self, layout: Layout, size: int) -> SegmentFile | None:
        """A file for ``size`` bytes of cells, or None if there is no making one."""
        if self.failure:
            return None
        try:
            return SegmentFile(self.folder, self._numbers, layout, size)
        except OSError as error:
            self.failure = error.strerror or str(error)
            return None


class SegmentFile:
    """One mapped file: a header, then the cells. Its space is allocated first: a full disk is no SIGBUS.

    The header has the file's place among the others, which comes from ``numbers``, and how far it is settled.
    """

    def __init__(self, folder: Path, numbers: Iterator[int], layout: Layout, size: int) -> None:
        self._numbers = numbers
        number = next(numbers)
        path = self._path = folder / f"ring-{number:06}"
        self._described = b""
        self.describe(layout)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _allocate(descriptor, HEADER + size)
            self._map = mmap.mmap(descriptor, HEADER + size)
        except OSError:
            self.remove()
            raise
        finally:
            os.close(descriptor)
        _HEAD.pack_into(self._map, 0, _MAGIC, layout.width, number)
        self.cells: Cells = np.frombuffer(self._map, dtype=np.float64, offset=HEADER)

    def describe(self, layout: Layout) -> None:
        """Write the sidecar, in one piece or not at all."""
        content = msgspec.json.encode(layout)
        if content != self._described:
            part = self._path.with_suffix(".part")
            part.write_bytes(content)
            part.replace(self._path.with_suffix(".json"))
            self._described = content

    def begin_again(self, layout: Layout) -> None:
        """It has been blanked and comes after all files there are."""
        self.describe(layout)
        _HEAD.pack_into(self._map, 0, _MAGIC, layout.width, next(self._numbers))

    def settle(self, taken: int) -> None:
        """Note the index in the cells up to which rows are safe elsewhere."""
        struct.pack_into("=q", self._map, len(_MAGIC), taken)

    def rest(self) -> None:
        """Give its memory back; what is read or written from now on is fetched from the file again."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)

    def remove(self) -> None:
        """Delete it. What is mapped stays readable."""
        self._path.unlink(missing_ok=True)
        self._path.with_suffix(".json").unlink(missing_ok=True)


class Left(msgspec.Struct, frozen=True):
    """What a segment file still held: its rows that were not settled, shape (n, width), step and time of the
    newest row, and what was logged ahead of the next.
    """

    layout: Layout
    rows: Cells
    newest: tuple[int, float]
    ahead: dict[str, float]


def load(folder: Path) -> Iterator[Left]:
    """The segments a process left in ``folder``, oldest first. A file that makes no sense is passed over."""
    for sidecar in sorted(folder.glob("ring-*.json"), key=_number):
        try:
            layout = msgspec.json.decode(sidecar.read_bytes(), type=Layout)
            content = sidecar.with_suffix("").read_bytes()
        except (OSError, msgspec.DecodeError):
            continue
        first_metric = 2 + 2 * len(layout.groups)
        fits = first_metric + len(layout.metrics) <= layout.width
        whole = fits and len(content) > HEADER and content.startswith(_MAGIC)
        if not whole or (len(content) - HEADER) % (8 * layout.width):
            continue
        table = np.frombuffer(content, dtype=np.float64, offset=HEADER).reshape(-1, layout.width)
        first = _HEAD.unpack_from(content)[1] // layout.width
        if not 0 < first < len(table):
            continue
        rows = _complete(table, first, len(layout.groups))
        after = table[first + len(rows)]
        step, time = table[first + len(rows) - 1, :2].tolist()
        ahead = {} if present(after[:1]).all() else _metrics(layout, after)
        newest = (int(step), time) if step >= 0 else (-1, 0.0)
        yield Left(layout, rows, newest, ahead)


def _number(sidecar: Path) -> int:
    """The place of a file among the others; 0 if it makes no sense."""
    try:
        with sidecar.with_suffix("").open("rb") as file:
            return int(_HEAD.unpack(file.read(_HEAD.size))[2])
    except (OSError, struct.error):
        return 0


def _blank(cells: Cells) -> None:
    for first in range(0, len(cells), UNTHREADED):
        cells[first : first + UNTHREADED].fill(ABSENT)


def _metrics(layout: Layout, row: Cells) -> dict[str, float]:
    cells = row[2 + 2 * len(layout.groups) :]
    there = present(cells)
    return {n: float(c) for n, c, t in zip(layout.metrics, cells, there, strict=False) if t}


def _complete(table: Cells, first: int, groups: int) -> Cells:
    """The rows of ``table`` from row ``first`` up to the first that is not complete, as a view."""
    lrs = table[first:-1, : 2 + 2 * groups]
    missing = np.flatnonzero(~present(np.ascontiguousarray(lrs)).all(axis=1))
    return table[first : first + int(missing[0])] if missing.size else table[first:-1]


def _allocate(descriptor: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    while size > 0:
        size -= os.write(descriptor, bytes(min(size, 1 << 20)))
