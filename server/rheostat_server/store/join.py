"""The rows of many chunks in a line, as arrays. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from rheostat.wire import Column, Flush
from rheostat_server.store.chunk import (
    flush_of,
    read_header,
    read_steps,
    read_times,
    read_values,
    series_of,
)

__all__ = ["Loaded", "Rows", "join"]

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]
_Series = dict[str, tuple[Steps, Floats]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A chunk as stored, with all its columns; ``pieces`` by slot, if it was compacted before."""

    count: int
    header: bytes
    columns: bytes
    pieces: Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class Rows:
    """Steps and Unix times of shape (n,), and the steps and values of each series, shapes (m,)."""

    steps: Steps
    times: Floats
    series: _Series


def join(chunks: Sequence[Loaded]) -> Rows:
    """All rows of ``chunks``, which are at least one and whose steps ascend from each to the next."""
    parts: list[Rows] = []
    pairs = ((flush_of(chunk.header), chunk) for chunk in chunks)
    for packed, group in groupby(pairs, lambda pair: pair[0] is None):
        if packed:
            parts += [_of_chunk(chunk) for _, chunk in group]
        else:
            parts.append(_of_flushes([flush for flush, _ in group if flush is not None]))
    if len(parts) == 1:
        return parts[0]
    return Rows(
        np.concatenate([part.steps for part in parts]),
        np.concatenate([part.times for part in parts]),
        _in_line([part.series for part in parts]),
    )


def _of_chunk(chunk: Loaded) -> Rows:
    header = read_header(chunk.header)
    steps = read_steps(header, chunk.columns, chunk.count)
    series = {}
    for head in header.columns:
        piece = chunk.pieces[head.offset] if header.split else b""
        series[head.name] = read_values(header, chunk.columns, steps, head, piece)
    return Rows(steps, read_times(header, chunk.columns, chunk.count), series)


def _of_flushes(flushes: Sequence[Flush]) -> Rows:
    """Short flushes: their bytes are put in a line first, since each array costs more than what is in it."""
    steps = np.frombuffer(b"".join(flush.steps for flush in flushes), "<i8")
    times = np.frombuffer(b"".join(flush.times for flush in flushes), "<f8")
    columns: dict[str, list[Column | None]] = {}
    for at, flush in enumerate(flushes):
        for name, column in series_of(flush):
            columns.setdefault(name, [None] * len(flushes))[at] = column
    starts = np.cumsum([0, *(flush.count for flush in flushes)]).tolist()
    return Rows(steps, times, {name: _column(steps, starts, found) for name, found in columns.items()})


def _column(steps: Steps, starts: Sequence[int], columns: Sequence[Column | None]) -> tuple[Steps, Floats]:
    """One series of flushes that begin at the rows ``starts``; None where a flush has none of it."""
    values = np.frombuffer(b"".join(column.values for column in columns if column), "<f8")
    if len(values) == len(steps):
        return steps, values
    rows = [start + numbers for start, numbers in _numbers(starts, columns)]
    return steps[np.concatenate(rows)], values


def _numbers(
    starts: Sequence[int], columns: Sequence[Column | None]
) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
    for start, end, column in zip(starts, starts[1:], columns, strict=False):
        if column is not None:
            yield start, column.row_numbers(end - start).astype(np.int64)


def _in_line(parts: Sequence[_Series]) -> _Series:
    found: dict[str, list[tuple[Steps, Floats]]] = {}
    for part in parts:
        for name, column in part.items():
            found.setdefault(name, []).append(column)
    return {
        name: (np.concatenate([x for x, _ in columns]), np.concatenate([y for _, y in columns]))
        for name, columns in found.items()
    }
