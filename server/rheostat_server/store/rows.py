"""A run row by row, chunk after chunk, however long it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select

from rheostat_server.series import ends
from rheostat_server.store.chunk import Header, read_header, read_steps, read_times
from rheostat_server.store.schema import chunks
from rheostat_server.store.source import Part, Source, Span

__all__ = ["Block", "read_rows", "read_times_of"]

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive rows: steps and Unix times of shape (n,), and of each series the row numbers and values."""

    steps: Steps
    times: Floats
    series: dict[str, tuple[Steps, Floats]]


def read_rows(connection: Connection, run: str) -> Iterator[Block]:
    """Every row that counts, steps ascending, at most a chunk at a time in memory."""
    for number, reach, count, limit in _counting(connection, run):
        yield _block(connection, number, reach, count, limit)


def read_times_of(connection: Connection, run: str) -> tuple[Steps, Floats]:
    """Steps and Unix times of every row that counts, steps ascending, shapes (n,)."""
    steps, times = [np.empty(0, np.int64)], [np.empty(0, np.float64)]
    for number, _, count, limit in _counting(connection, run):
        own_steps, own_times, _, _ = _axes(connection, number, count, limit)
        steps.append(own_steps)
        times.append(own_times)
    return np.concatenate(steps), np.concatenate(times)


def _counting(connection: Connection, run: str) -> Iterator[tuple[int, tuple[int, int], int, int]]:
    """Of each chunk that counts: its id, the steps it reaches over, its rows, and the step they count to."""
    fields = (chunks.c.id, chunks.c.first_step, chunks.c.last_step, chunks.c["count"])
    query = select(*fields).where(chunks.c.run == run).order_by(chunks.c.attempt, chunks.c.seq)
    rows = connection.execute(query).all()
    if not rows:
        return
    table = np.array(rows, dtype=np.int64)
    limits = ends(table[:, 1], table[:, 2])
    for (number, first, last, count), limit in zip(rows, limits.tolist(), strict=True):
        if limit > first:
            yield number, (first, last), count, limit


def _block(connection: Connection, number: int, reach: tuple[int, int], count: int, limit: int) -> Block:
    steps, times, header, kept = _axes(connection, number, count, limit)
    span = Span(number, reach[0], limit, *reach, count, kept == count, False, header)
    source = Source(connection)
    parts = [Part(span, head) for head in header.columns]
    source.fetch(parts)
    series = {}
    for part in parts:
        at, values = source.raw(part)
        series[part.head.name] = (np.searchsorted(steps, at), values)
    return Block(steps, times, series)


def _axes(connection: Connection, number: int, count: int, limit: int) -> tuple[Steps, Floats, Header, int]:
    """The steps and times of a chunk below ``limit``, its header, and how many they are."""
    query = select(chunks.c.header, chunks.c["columns"]).where(chunks.c.id == number)
    packed, blob = connection.execute(query).one()
    header = read_header(packed)
    steps = read_steps(header, blob, count)
    kept = int(np.searchsorted(steps, limit))
    return steps[:kept], read_times(header, blob, count)[:kept], header, kept
