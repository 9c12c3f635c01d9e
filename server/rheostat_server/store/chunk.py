"""A flush as one stored row: a header with every column's extremes, and the packed columns. Pure.

A short flush is stored as it came, with no columns beside it: to pack it would cost more than all else that
is done for it, and the compactor packs many at once. Who reads it finds a header as if it were packed.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from math import isfinite
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from rheostat.wire import Column, Flush, encode
from rheostat_server.store import codec
from rheostat_server.store.blocks import unpack_blocks

__all__ = [
    "SHORT",
    "ColumnHead",
    "Header",
    "Packed",
    "extremes",
    "flush_of",
    "pack",
    "read_column",
    "read_header",
    "read_steps",
    "read_times",
    "read_values",
    "series_name",
    "series_of",
    "write_header",
]

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]
Part = Literal["planned", "effective", "metrics"]
SHORT = 200
"""A flush of fewer steps is stored as it came."""
_PREFIX = {"planned": "plan:", "effective": "lr:", "metrics": ""}


class ColumnHead(msgspec.Struct, frozen=True, array_like=True):
    """Where a column lies in the blob and what it holds.

    ``least`` and ``greatest`` are over finite values (NaN if there are none), each with the first step it
    stands at; ``strange`` counts values that are not finite. ``rows`` is the size of the packed row
    numbers after the values, 0 if the column has one for every row. In a compacted chunk ``offset`` is the
    column's slot: which piece holds it.
    """

    name: str
    count: int
    offset: int
    size: int
    rows: int
    least: float
    least_at: int
    greatest: float
    greatest_at: int
    strange: int


class Header(msgspec.Struct, frozen=True, array_like=True):
    """What can be known of a chunk without unpacking it; ``steps`` is the size of the packed steps.

    ``split``: the chunk is a compacted one, its columns are pieces of their own. ``own``: all its columns, if
    it is a flush as it came.
    """

    steps: int
    times: int
    columns: tuple[ColumnHead, ...]
    split: bool = False
    own: bytes = b""

    def column(self, name: str) -> ColumnHead | None:
        """The head of the series ``name``, if this chunk has it."""
        return next((head for head in self.columns if head.name == name), None)


class Packed(msgspec.Struct, frozen=True):
    """The stored form of a flush; of a short one ``header`` is the flush itself and ``columns`` are empty."""

    first_step: int
    last_step: int
    count: int
    first_time: float
    last_time: float
    header: bytes
    columns: bytes


_encode = msgspec.msgpack.Encoder().encode
_header = msgspec.msgpack.Decoder(Header).decode
_flush = msgspec.msgpack.Decoder(Flush).decode


def series_name(part: Part, name: str) -> str:
    """The name of a series as the API has it: ``lr:GROUP``, ``plan:GROUP`` or the metric's own."""
    return _PREFIX[part] + name


def series_of(flush: Flush) -> Iterator[tuple[str, Column]]:
    """Every column of a flush by the name of its series."""
    parts: tuple[tuple[Part, dict[str, Column]], ...] = (
        ("planned", flush.planned),
        ("effective", flush.effective),
        ("metrics", flush.metrics),
    )
    for part, columns in parts:
        for name, column in columns.items():
            yield series_name(part, name), column


def pack(flush: Flush) -> Packed:
    """Pack a checked flush: steps, times, then every column by its series name."""
    header, columns = (encode(flush), b"") if flush.count < SHORT else _squeezed(flush)
    return Packed(*flush.reach, flush.count, *flush.period, header, columns)


def read_header(header: bytes) -> Header:
    """Read a header that `pack` wrote."""
    flush = flush_of(header)
    return _header(header) if flush is None else _spread(flush)


def flush_of(header: bytes) -> Flush | None:
    """The flush itself, if it was stored as it came: a map of MessagePack, where headers are arrays."""
    return _flush(header) if header[0] & 0xF0 == 0x80 else None


def read_steps(header: Header, columns: bytes, count: int) -> Steps:
    """The steps of a chunk, int64 of shape (count,)."""
    return codec.unpack_ints((header.own or columns)[: header.steps], count)


def read_times(header: Header, columns: bytes, count: int) -> Floats:
    """The Unix times of a chunk's rows, float64 of shape (count,)."""
    return codec.unpack_times((header.own or columns)[header.steps : header.steps + header.times], count)


def read_column(
    header: Header, columns: bytes, count: int, name: str, piece: bytes = b""
) -> tuple[Steps, Floats] | None:
    """Steps and values of one series, shapes (n,), or None if the chunk has no such series.

    ``piece`` is the column's own piece, if the chunk is split.
    """
    head = header.column(name)
    if head is None:
        return None
    return read_values(header, columns, read_steps(header, columns, count), head, piece)


def read_values(
    header: Header,
    columns: bytes,
    steps: Steps,
    head: ColumnHead,
    piece: bytes = b"",
    *,
    between: tuple[int, int] | None = None,
) -> tuple[Steps, Floats]:
    """As `read_column`, where ``steps`` of the chunk are known already.

    Of the rows [first, end) alone, if ``between`` says so.
    """
    blob, start = (piece, 0) if header.split else (header.own or columns, head.offset)
    end = start + head.size
    packed, rows = blob[start:end], (0, len(steps)) if between is None else between
    if not head.rows:
        return steps[slice(*rows)], unpack_blocks(packed, head.count, *rows)
    numbers = codec.unpack_ints(blob[end : end + head.rows], head.count)
    first, stop = (0, head.count) if between is None else np.searchsorted(numbers, rows).tolist()
    return steps[numbers[first:stop]], unpack_blocks(packed, head.count, first, stop)


def write_header(header: Header) -> bytes:
    """A header as stored."""
    return _encode(header)


_Extremes = tuple[float, int, float, int, int]
_Place = tuple[int, int, int, int, float, int, float, int, int]


def _squeezed(flush: Flush) -> tuple[bytes, bytes]:
    """Header and columns of a long flush, deflated."""
    steps, times = codec.pack_ints(flush.step_array()), codec.pack_times(flush.time_array())
    heads, columns = _columns(flush, len(steps) + len(times), lambda column: _many(column, flush))
    return _encode(Header(len(steps), len(times), heads)), steps + times + columns


def _spread(flush: Flush) -> Header:
    """What a flush that was stored as it came is read as. In plain Python, which is faster for a few."""
    few = flush.step_ints()
    steps, times = codec.plain(flush.steps), codec.plain_times(flush.time_floats())
    heads, columns = _columns(flush, len(steps) + len(times), lambda column: _few(column, few))
    return Header(len(steps), len(times), heads, own=steps + times + columns)


def _columns(
    flush: Flush, start: int, packed: Callable[[Column], tuple[bytes, bytes, _Extremes]]
) -> tuple[tuple[ColumnHead, ...], bytes]:
    """Every column by its series name, from the offset ``start`` on."""
    blob, heads = bytearray(), []
    # Without an override effective equals planned bit for bit: one copy serves both.
    seen: dict[Column, _Place] = {}
    for name, column in series_of(flush):
        place = seen.get(column)
        if place is None:
            values, rows, found = packed(column)
            place = (len(column.values) // 8, start + len(blob), len(values), len(rows), *found)
            seen[column] = place
            blob += values + rows
        heads.append(ColumnHead(name, *place))
    return tuple(heads), bytes(blob)


def _few(column: Column, steps: Sequence[int]) -> tuple[bytes, bytes, _Extremes]:
    """The values of a short column, its row numbers, and its extremes."""
    packed, rows, values = codec.plain(column.values), b"", column.floats()
    if column.rows:
        at = struct.unpack(f"<{len(values)}I", column.rows)
        rows = codec.plain(struct.pack(f"<{len(at)}q", *at))
        steps = [steps[row] for row in at]
    if not all(map(isfinite, values)):
        return packed, rows, extremes(np.array(steps, dtype=np.int64), column.array())
    low, high = min(values), max(values)
    return packed, rows, (low, steps[values.index(low)], high, steps[values.index(high)], 0)


def _many(column: Column, flush: Flush) -> tuple[bytes, bytes, _Extremes]:
    steps, rows = flush.step_array(), b""
    if column.rows:
        at = column.row_numbers(len(steps)).astype(np.int64)
        steps, rows = steps[at], codec.pack_ints(at)
    return codec.pack_floats(column.array()), rows, extremes(steps, column.array())


def extremes(steps: Steps, values: Floats) -> _Extremes:
    """The last five fields of a `ColumnHead`, of steps and values of shape (n,)."""
    finite = np.isfinite(values)
    strange = len(values) - int(finite.sum())
    if strange == len(values):
        return float("nan"), 0, float("nan"), 0, strange
    if strange:
        steps, values = steps[finite], values[finite]
    low, high = int(np.argmin(values)), int(np.argmax(values))
    return float(values[low]), int(steps[low]), float(values[high]), int(steps[high]), strange
