"""Reading series back: which chunks a chart needs, and only those unpacked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, and_, bindparam, case, func, null, select

from rheostat_server.series import BASE, Drawn, Window, draw, ends, grid, in_one_column
from rheostat_server.smooth import smoothed
from rheostat_server.store.among import among
from rheostat_server.store.chunk import Header, read_header
from rheostat_server.store.schema import chunks
from rheostat_server.store.source import Part, Source, Span, every_step

__all__ = ["Read", "read_after", "read_all", "read_series"]

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]

Way = Literal["head", "digest", "cut", "raw"]
_FAR = (1 << 63) - 1
# Every chunk of a run in the order written, with the headers of those that reach into [low, high).
_SHOWN = and_(chunks.c.first_step < bindparam("high"), chunks.c.last_step >= bindparam("low"))
_CHUNKS = (
    select(
        chunks.c.id,
        chunks.c.first_step,
        chunks.c.last_step,
        chunks.c["count"],
        case((_SHOWN, chunks.c.header), else_=null()),
    )
    .where(chunks.c.run == bindparam("of"))
    .order_by(chunks.c.attempt, chunks.c.seq)
)
_HEADERS = (
    select(chunks.c.id, chunks.c["count"], chunks.c.header)
    .where(among(chunks.c.id, "ids"))
    .order_by(chunks.c.id)
)


@dataclass(frozen=True, slots=True)
class Read:
    """Series by name, up to the chunk ``cursor``."""

    cursor: int
    series: dict[str, Drawn]


def read_series(
    connection: Connection,
    run: str,
    names: Sequence[str],
    *,
    first: int | None,
    last: int | None,
    width: int,
    smooth: float = 0.0,
) -> Read:
    """The series ``names`` over the steps [first, last), at most 2 * ``width`` points each.

    Without ``first`` or ``last`` the range reaches to the first or last step recorded. With ``smooth``
    (`smoothed`) every point of the range is read, and what is drawn is the smoothed series.
    """
    spans, window, cursor = _spans(connection, run, first, last, width)
    source = Source(connection)
    if smooth:
        return Read(cursor, {name: _draw_smooth(source, spans, name, window, smooth) for name in names})
    return Read(cursor, {name: _draw_one(source, spans, name, window) for name in names})


def read_all(connection: Connection, run: str, name: str) -> tuple[Steps, Floats]:
    """Every point of one series, steps ascending, shapes (n,)."""
    spans, _, _ = _spans(connection, run, None, None, 1)
    having = _having(spans, name)
    x, y, _ = _collect(Source(connection), having)
    return x, y


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
    ids = [int(head[0]) for head in heads]
    spans = [
        Span(number, first, last + 1, first, last, count, False, False, header)
        for (number, first, last, _), (count, header) in zip(
            heads, _headers(connection, ids).values(), strict=True
        )
    ]
    source = Source(connection)
    names = list(dict.fromkeys(head.name for span in spans for head in span.header.columns))
    return ids[-1], {name: _joined(_having(spans, name), source) for name in names}


def _spans(
    connection: Connection, run: str, first: int | None, last: int | None, width: int
) -> tuple[list[Span], Window, int]:
    asked = {"of": run, "low": first or 0, "high": _FAR if last is None else last}
    rows = connection.execute(_CHUNKS, asked).all()
    if not rows:
        return [], Window(first or 0, last or (first or 0) + 1, width), 0
    ids, starts, lasts, sizes, headers = zip(*rows, strict=True)
    firsts, stops = np.array(starts, np.int64), np.array(lasts, np.int64) + 1
    limits = ends(firsts, stops - 1)
    first = int(firsts.min()) if first is None else first
    last = max(int(limits.max()), first + 1) if last is None else last
    window = Window(first, last, width)
    wanted = np.flatnonzero((firsts < last) & (limits > first) & (limits > firsts))
    whole = (firsts >= first) & (limits == stops) & (limits <= last)
    narrow = whole & in_one_column(firsts, stops - 1, window)
    low, high = np.maximum(firsts, first).tolist(), np.minimum(limits, last).tolist()
    wholly, narrowly = whole.tolist(), narrow.tolist()
    spans = [
        Span(
            ids[at],
            low[at],
            high[at],
            starts[at],
            lasts[at],
            sizes[at],
            wholly[at],
            narrowly[at],
            read_header(headers[at]),
        )
        for at in wanted.tolist()
    ]
    return spans, window, max(ids)


def _having(spans: list[Span], name: str) -> list[Part]:
    return [Part(span, head) for span in spans if (head := span.header.column(name)) is not None]


def _draw_one(source: Source, spans: list[Span], name: str, window: Window) -> Drawn:
    having = _having(spans, name)
    few = 2 * window.width
    level = round(math.log(grid(window), BASE))
    ways: list[Way] | None = None
    if sum(part.head.count for part in having) > few:
        ways = [_way(part, level) for part in having]
    x, y, total = _collect(source, having, ways, level)
    if ways is not None and total <= few:
        x, y, total = _collect(source, having)
    return draw(x, y, window, total)


def _draw_smooth(source: Source, spans: list[Span], name: str, window: Window, weight: float) -> Drawn:
    having = _having(spans, name)
    x, y, total = _collect(source, having)
    finite = np.isfinite(y)
    y = y.copy()
    y[finite] = smoothed(x[finite], y[finite], weight, total)
    return draw(x, y, window, total)


def _way(part: Part, level: int) -> Way:
    if part.span.narrow and not part.head.strange:
        return "head"
    if not level or not part.span.header.split:
        return "raw"
    if part.span.whole:
        return "digest"
    return "cut" if every_step(part) else "raw"


def _collect(
    source: Source, having: list[Part], ways: Sequence[Way] | None = None, level: int = 0
) -> tuple[Steps, Floats, int]:
    """Steps, values, and how many points they stand for; every point, unless ``ways`` say otherwise."""
    ways = ["raw"] * len(having) if ways is None else ways
    going: dict[Way, list[Part]] = {way: [] for way in get_args(Way)}
    for part, way in zip(having, ways, strict=True):
        going[way].append(part)
    source.fetch(going["raw"] + going["cut"], going["digest"] + going["cut"], level)
    xs, ys, total = [np.empty(0, np.int64)], [np.empty(0, np.float64)], 0
    for part, way in zip(having, ways, strict=True):
        steps, values, count = _points(source, part, way, level)
        xs.append(steps)
        ys.append(values)
        total += count
    return np.concatenate(xs), np.concatenate(ys), total


def _points(source: Source, part: Part, way: Way, level: int) -> tuple[Steps, Floats, int]:
    """What is drawn of a part, and how many points it stands for."""
    head, span = part.head, part.span
    if way == "head":
        pair = sorted({(head.least_at, head.least), (head.greatest_at, head.greatest)})
        return np.array([at for at, _ in pair], np.int64), np.array([value for _, value in pair]), head.count
    if way == "digest":
        return *source.digest(part, level), head.count
    if way == "cut":
        return *source.cut(part, level), span.end - span.first
    steps, values = source.raw(part)
    return steps, values, len(steps)


def _joined(having: list[Part], source: Source) -> Drawn:
    x, y, _ = _collect(source, having)
    return draw(x, y, Window(int(x[0]), int(x[-1]) + 1, len(x)))


def _headers(connection: Connection, ids: list[int]) -> dict[int, tuple[int, Header]]:
    rows = connection.execute(_HEADERS, {"ids": ids})
    return {number: (size, read_header(header)) for number, size, header in rows}
