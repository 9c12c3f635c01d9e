"""Several runs on one axis, in one answer."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Connection, func, select
from starlette.responses import Response

from rheostat_server.api.parts import ERRORS, Parts, answer
from rheostat_server.api.runs import StepRange, check_range
from rheostat_server.errors import refuse
from rheostat_server.live.book import Entry
from rheostat_server.live.encode import series_answer
from rheostat_server.models import CompareAnswer, Compared, ComparedSeries
from rheostat_server.store.points import read_series
from rheostat_server.store.rows import read_times_of
from rheostat_server.store.schema import chunks

router = APIRouter(prefix="/api/compare", tags=["runs"], responses=ERRORS)

MOST_RUNS = 32


class CompareQuery(StepRange):
    """Which runs and which series. ``axis`` time counts seconds from each run's first step."""

    run: list[str] = Field(min_length=1, max_length=MOST_RUNS)
    metric: list[str] = Field(min_length=1, max_length=16)
    axis: Literal["step", "time"] = "step"


@router.get("", response_model=CompareAnswer)
def compare(parts: Parts, query: Annotated[CompareQuery, Query()]) -> Response:
    """Series of several runs over the same steps [from, to), in the same columns.

    Names are those of the series API; a run without a series of that name gives an empty one.
    """
    check_range(query)
    entries = []
    for run in dict.fromkeys(query.run):
        entry = parts.book.get(run)
        if entry is None:
            raise refuse(404, "not_found", f"there is no run {run!r}", where="query.run")
        entries.append(entry)
    now = parts.clock()
    found = parts.read(lambda c: _all(c, entries, query))
    runs = [
        Compared.model_construct(
            run=entry.hello.run,
            name=parts.book.summary(entry, now).name,
            state=parts.book.state(entry, now),
            origin=entry.origin,
            first_at=first_at,
            series=series,
        )
        for entry, (first_at, series) in zip(entries, found, strict=True)
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
    read = read_series(connection, run, names, first=first, last=last, width=query.width)
    steps, times = read_times_of(connection, run) if query.axis == "time" else (None, None)
    series = {}
    for name, drawn in read.series.items():
        plain = series_answer(drawn)
        x: list[float] = list(plain.x)
        if steps is not None and times is not None and len(steps):
            x = (times[np.searchsorted(steps, drawn.x)] - times[0]).tolist()
        series[name] = ComparedSeries.model_construct(x=x, y=plain.y, marks=plain.marks, total=plain.total)
    first_at = float(times[0]) if times is not None and len(times) else None
    return first_at, series
