"""Several runs on one axis, in one answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import Connection, func, select
from starlette.responses import Response

from rheostat_server.api.parts import ERRORS, Parts, answer
from rheostat_server.api.runs import Drawing, check_range
from rheostat_server.errors import refuse
from rheostat_server.live.encode import series_answer
from rheostat_server.live.entry import Entry
from rheostat_server.models import CompareAnswer, Compared, ComparedSeries
from rheostat_server.store.points import read_all, read_series
from rheostat_server.store.rows import read_times_of
from rheostat_server.store.schema import chunks

router = APIRouter(prefix="/api/compare", tags=["runs"], responses=ERRORS)

MOST_RUNS = 32

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]


class CompareQuery(Drawing):
    """Which runs and which series.

    ``axis``: step; time, in seconds from each run's first step; wall, in Unix seconds; or a metric that the
    runs logged, such as tokens: what lies between two of its values is placed between them, what lies
    outside is left out.
    """

    run: list[str] = Field(min_length=1, max_length=MOST_RUNS)
    metric: list[str] = Field(min_length=1, max_length=16)
    axis: str = Field(default="step", min_length=1, max_length=200)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to compare, and the runs it names."""

    query: CompareQuery
    entries: list[Entry]


async def asked_of(parts: Parts, query: Annotated[CompareQuery, Query()]) -> Asked:
    """The runs that a request names; 404 if one of them is not there."""
    entries = []
    for run in dict.fromkeys(query.run):
        await parts.seek(run)
        entry = parts.book.get(run)
        if entry is None:
            raise refuse(404, "not_found", f"there is no run {run!r}", where="query.run")
        entries.append(entry)
    return Asked(query, entries)


@router.get("", response_model=CompareAnswer)
def compare(parts: Parts, asked: Annotated[Asked, Depends(asked_of)]) -> Response:
    """Series of several runs over the same steps [from, to), in the same columns.

    Names are those of the series API; a run without a series of that name gives an empty one.
    """
    query, now = asked.query, parts.clock()
    check_range(query)
    found = parts.read(lambda c: _all(c, asked.entries, query))
    runs = [
        Compared.model_construct(
            run=entry.hello.run,
            name=parts.book.summary(entry, now).name,
            state=parts.book.state(entry, now),
            origin=entry.origin,
            first_at=first_at,
            series=series,
        )
        for entry, (first_at, series) in zip(asked.entries, found, strict=True)
    ]
    return answer(CompareAnswer.model_construct(axis=query.axis, runs=runs))


_Drawn = tuple[float | None, dict[str, ComparedSeries]]


def _all(connection: Connection, entries: list[Entry], query: CompareQuery) -> list[_Drawn]:
    ids = [entry.hello.run for entry in entries]
    reach = select(func.min(chunks.c.first_step), func.max(chunks.c.last_step)).where(chunks.c.run.in_(ids))
    low, high = connection.execute(reach).one()
    first = query.first if query.first is not None else low or 0
    last = query.last if query.last is not None else (high or 0) + 1
    return [_one(connection, run, query, first, max(last, first + 1)) for run in ids]


def _one(connection: Connection, run: str, query: CompareQuery, first: int, last: int) -> _Drawn:
    names = list(dict.fromkeys(query.metric))
    read = read_series(connection, run, names, first=first, last=last, width=query.width, smooth=query.smooth)
    place, first_at = _place(connection, run, query.axis)
    series = {}
    for name, drawn in read.series.items():
        x = place(drawn.x)
        plain = series_answer(drawn)
        known = np.isfinite(x).tolist()
        series[name] = ComparedSeries.model_construct(
            x=[at for at, here in zip(x.tolist(), known, strict=True) if here],
            y=[value for value, here in zip(plain.y, known, strict=True) if here],
            marks=plain.marks,
            total=plain.total,
        )
    return first_at, series


def _place(connection: Connection, run: str, axis: str) -> tuple[Callable[[Steps], Floats], float | None]:
    """Where steps (n,) lie on the axis (n,), NaN where nobody knows; on those of time, when the first was."""
    if axis == "step":
        return lambda x: x.astype(np.float64), None
    timed = axis in ("time", "wall")
    steps, places = read_times_of(connection, run) if timed else read_all(connection, run, axis)
    finite = np.isfinite(places)
    steps, places = steps[finite], places[finite]
    if not len(steps):
        return lambda x: np.full(len(x), np.nan), None
    if timed:
        began = float(places[0])
        origin = began if axis == "time" else 0.0
        return lambda x: places[np.searchsorted(steps, x)] - origin, began
    return lambda x: np.interp(x, steps, places, left=np.nan, right=np.nan), None
