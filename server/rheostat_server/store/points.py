"""Reading series back: which chunks a chart needs, and only those unpacked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, func, select

from rheostat_server.series import Drawn, Window, draw, ends, in_one_column
from rheostat_server.store.chunk import ColumnHead, Header, read_column, read_header
from rheostat_server.store.schema import chunks

__all__ = ["Read", "read_after", "read_series"]

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]

_BATCH = 400


@dataclass(frozen=True, slots=True)
class Read:
    """Series by name, up to the chunk ``cursor``."""

    cursor: int
    series: dict[str, Drawn]


@dataclass(frozen=True, slots=True)
class _Span:
    """A chunk's part in the range asked for: its rows in [first, end).

    ``narrow``: all of its rows are asked for and fall into one pixel column.
    """

    id: int
    first: int
    end: int
    size: int
    narrow: bool
    header: Header


def read_series(
    connection: Connection, run: str, names: Sequence[str], *, first: int | None, last: int | None, width: int
) -> Read:
    """The series ``names`` over the steps [first, last), at most 2 * ``width`` points each.

    Without ``first`` or ``last`` the range reaches to the first or last step recorded.
    """
    spans, window, cursor = _spans(connection, run, first, last, width)
    source = _Source(connection, {})
    return Read(cursor, {name: _draw_one(source, spans, name, window) for name in names})


def read_after(
    connection: Connection, run: str, cursor: int, limit: int
) -> tuple[int, dict[str, Drawn]] | None:
    """All series of the chunks after ``cursor``, and the cursor reached.

    None if that would be over ``limit`` steps, if the cursor is not of this database, or if rows before
    it were replaced since.
    """
    mine = chunks.c.run == run
    before = select(func.max(chunks.c.id), func.max(chunks.c.last_step)).where(mine, chunks.c.id <= cursor)
    known, reached = connection.execute(before).one()
    if cursor and known != cursor:
        return None
    fields = (chunks.c.id, chunks.c.first_step, chunks.c.last_step, chunks.c["count"])
    heads = connection.execute(
        select(*fields).where(mine, chunks.c.id > cursor).order_by(chunks.c.id).limit(limit + 1)
    ).all()
    steps = [-1 if reached is None else int(reached)]
    steps += [int(step) for head in heads for step in (head[1], head[2])]
    rewound = any(later < step for step, later in pairwise(steps)) or any(
        head[1] <= step for head, step in zip(heads, steps[::2], strict=False)
    )
    if rewound or sum(int(head[3]) for head in heads) > limit:
        return None
    if not heads:
        return cursor, {}
    parts: dict[str, list[tuple[Steps, Floats]]] = {}
    query = select(chunks.c["count"], chunks.c.header, chunks.c["columns"])
    for size, header_bytes, blob in connection.execute(
        query.where(mine, chunks.c.id > cursor).order_by(chunks.c.id)
    ):
        header = read_header(header_bytes)
        for head in header.columns:
            column = read_column(header, blob, size, head.name)
            assert column is not None
            parts.setdefault(head.name, []).append(column)
    return int(heads[-1][0]), {name: _joined(pieces) for name, pieces in parts.items()}


@dataclass(frozen=True, slots=True)
class _Source:
    """Where blobs come from, each fetched once."""

    connection: Connection
    blobs: dict[int, bytes]

    def fetch(self, ids: list[int]) -> None:
        for batch in _batches([number for number in ids if number not in self.blobs]):
            query = select(chunks.c.id, chunks.c["columns"]).where(chunks.c.id.in_(batch))
            self.blobs.update((number, blob) for number, blob in self.connection.execute(query))


def _spans(
    connection: Connection, run: str, first: int | None, last: int | None, width: int
) -> tuple[list[_Span], Window, int]:
    query = (
        select(chunks.c.id, chunks.c.first_step, chunks.c.last_step)
        .where(chunks.c.run == run)
        .order_by(chunks.c.attempt, chunks.c.seq)
    )
    rows = [tuple(row) for row in connection.execute(query)]
    if not rows:
        return [], Window(first or 0, last or (first or 0) + 1, width), 0
    table = np.array(rows, dtype=np.int64)
    ids, firsts, lasts = table[:, 0], table[:, 1], table[:, 2]
    limits = ends(firsts, lasts)
    first = int(firsts.min()) if first is None else first
    last = max(int(limits.max()), first + 1) if last is None else last
    wanted = np.flatnonzero((firsts < last) & (limits > first) & (limits > firsts))
    window = Window(first, last, width)
    heads = _headers(connection, [int(number) for number in ids[wanted]])
    spans = []
    for at in wanted.tolist():
        start, stop, number = int(firsts[at]), int(limits[at]), int(ids[at])
        whole = start >= first and stop == int(lasts[at]) + 1 and stop <= last
        narrow = whole and in_one_column(start, stop - 1, window)
        size, header = heads[number]
        spans.append(_Span(number, max(start, first), min(stop, last), size, narrow, header))
    return spans, window, int(ids.max())


def _draw_one(source: _Source, spans: list[_Span], name: str, window: Window) -> Drawn:
    having = [(span, head) for span in spans if (head := span.header.column(name)) is not None]
    few = 2 * window.width
    digests: set[int] = set()
    if sum(head.count for _, head in having) > few:
        digests = {span.id for span, head in having if span.narrow and not head.strange}
    x, y, total = _collect(source, having, digests)
    if digests and total <= few:
        x, y, total = _collect(source, having, set())
    return draw(x, y, window, total)


def _collect(
    source: _Source, having: list[tuple[_Span, ColumnHead]], digests: set[int]
) -> tuple[Steps, Floats, int]:
    source.fetch([span.id for span, _ in having if span.id not in digests])
    xs, ys, total = [np.empty(0, np.int64)], [np.empty(0, np.float64)], 0
    for span, head in having:
        if span.id in digests:
            pair = sorted({(head.least_at, head.least), (head.greatest_at, head.greatest)})
            xs.append(np.array([step for step, _ in pair], np.int64))
            ys.append(np.array([value for _, value in pair], np.float64))
            total += head.count
        else:
            steps, values = _inside(span, source.blobs[span.id], head.name)
            xs.append(steps)
            ys.append(values)
            total += len(steps)
    return np.concatenate(xs), np.concatenate(ys), total


def _inside(span: _Span, blob: bytes, name: str) -> tuple[Steps, Floats]:
    column = read_column(span.header, blob, span.size, name)
    assert column is not None
    steps, values = column
    start, stop = np.searchsorted(steps, (span.first, span.end)).tolist()
    return steps[start:stop], values[start:stop]


def _joined(pieces: list[tuple[Steps, Floats]]) -> Drawn:
    x = np.concatenate([piece[0] for piece in pieces])
    y = np.concatenate([piece[1] for piece in pieces])
    return draw(x, y, Window(int(x[0]), int(x[-1]) + 1, len(x)))


def _headers(connection: Connection, ids: list[int]) -> dict[int, tuple[int, Header]]:
    found: dict[int, tuple[int, Header]] = {}
    for batch in _batches(ids):
        query = select(chunks.c.id, chunks.c["count"], chunks.c.header).where(chunks.c.id.in_(batch))
        for number, size, header in connection.execute(query):
            found[number] = (size, read_header(header))
    return found


def _batches(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]
