"""Runs: the list, one run, its series, its plan."""

from __future__ import annotations

import gzip
from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from rheostat_server.api.columns import BINARY, columns_of
from rheostat_server.api.parts import ERRORS, Acting, Asking, Parts, RunEntry, answer
from rheostat_server.auth.roles import sees
from rheostat_server.errors import ApiError, refuse
from rheostat_server.live.encode import series_answer
from rheostat_server.models import Model, PlanAnswer, RunDetail, RunList, SeriesAnswer
from rheostat_server.models.runs import RunEdit
from rheostat_server.plans import Unknown, plan_of
from rheostat_server.smooth import MOST
from rheostat_server.store.audit import note
from rheostat_server.store.edits import Edits, edit
from rheostat_server.store.points import read_series

router = APIRouter(prefix="/api/runs", tags=["runs"], responses=ERRORS)


@router.get("", response_model=RunList)
async def runs(parts: Parts, asking: Asking, archived: bool = False) -> Response:
    """All runs that are not archived (or all that are), the one started last first."""
    found = parts.book.summaries(parts.clock(), archived=archived)
    return answer(RunList.model_construct(runs=[run for run in found if sees(asking, run.id, run.project)]))


@router.get("/{run}", response_model=RunDetail)
async def one_run(entry: RunEntry, parts: Parts) -> Response:
    """All about one run but its series and commands."""
    return answer(parts.book.detail(entry, parts.clock()))


@router.patch("/{run}", response_model=RunDetail)
async def edit_run(body: RunEdit, entry: RunEntry, parts: Parts, actor: Acting) -> Response:
    """Name, notes and tags of a run; archive it (out of the list, nothing is lost), or take it back."""
    changes: dict[str, object] = body.model_dump(include=body.model_fields_set & {"notes", "tags"})
    if "name" in body.model_fields_set:
        changes["title"] = body.name
    if "archived" in body.model_fields_set:
        if body.archived and entry.connected:
            raise _connected("archive")
        changes["archived_at"] = (entry.edits.archived_at or parts.clock()) if body.archived else None
    run = entry.hello.run
    now, before, asked = parts.clock(), asdict(entry.edits), body.model_dump(include=body.model_fields_set)

    def job(connection: Connection) -> Edits | None:
        after = edit(connection, run, changes)
        if changes:
            changed = {name: before[name] for name in changes}
            note(connection, actor, now, "run.edit", run, run=run, before=changed, after=asked)
        return after

    edits = await parts.write(job)
    if edits is None or parts.book.get(run) is None:
        raise refuse(404, "not_found", f"there is no run {run!r}", where="path.run")
    parts.book.edited(run, edits)
    parts.hub.changed(run)
    return answer(parts.book.detail(entry, parts.clock()))


@router.delete("/{run}", status_code=204)
async def delete_run(entry: RunEntry, parts: Parts, actor: Acting) -> Response:
    """Delete an archived run for good, with its steps and its commands."""
    if entry.connected:
        raise _connected("delete")
    if entry.edits.archived_at is None:
        raise refuse(
            409,
            "not_archived",
            "only an archived run can be deleted",
            suggestion='archive it first: PATCH with {"archived": true}',
        )
    run, now, about = entry.hello.run, parts.clock(), {"name": entry.hello.name, "step": entry.step}
    await parts.delete_run(run, lambda c: note(c, actor, now, "run.delete", run, run=run, before=about))
    return Response(status_code=204)


def _connected(verb: str) -> ApiError:
    return refuse(409, "connected", f"cannot {verb} a run whose job is connected", suggestion="stop the job")


class StepRange(Model):
    """The steps [from, to) on ``width`` columns."""

    first: int | None = Field(default=None, alias="from", ge=0, lt=1 << 53)
    last: int | None = Field(default=None, alias="to", ge=1, lt=1 << 53)
    width: int = Field(default=1000, ge=16, le=8000, description="Columns of the chart in pixels.")


class Drawing(StepRange):
    """The steps, and how what is drawn over them is smoothed first."""

    smooth: float = Field(
        default=0.0,
        ge=0.0,
        le=MOST,
        description="Weight of the exponential mean over every point of the range, by distance in steps.",
    )


class SeriesQuery(Drawing):
    """Which series to draw."""

    metric: list[str] = Field(min_length=1, max_length=64)
    format: Literal["json", "bin"] | None = Field(
        default=None, description="Without it, what the request accepts: JSON or application/octet-stream."
    )


class PlanQuery(StepRange):
    """Which group's plan to draw; the first by default."""

    group: str | None = None


@router.get(
    "/{run}/series",
    response_model=SeriesAnswer,
    responses={200: {"content": {BINARY: {"schema": {"type": "string", "format": "binary"}}}}},
)
def series(
    entry: RunEntry, parts: Parts, request: Request, query: Annotated[SeriesQuery, Query()]
) -> Response:
    """Series over the steps [from, to): each pixel column's least and greatest, exactly.

    A name is a metric's own, ``lr:GROUP`` (effective) or ``plan:GROUP``. One that the run does not have
    gives an empty series. docs/server.md has the binary form.
    """
    check_range(query)
    run, names = entry.hello.run, list(dict.fromkeys(query.metric))
    read = parts.read(
        lambda c: read_series(
            c, run, names, first=query.first, last=query.last, width=query.width, smooth=query.smooth
        )
    )
    if _wants_binary(request, query):
        return _binary(request, columns_of(run, read))
    found = {name: series_answer(drawn) for name, drawn in read.series.items()}
    return answer(SeriesAnswer.model_construct(run=run, cursor=read.cursor, series=found))


@router.get("/{run}/plan", response_model=PlanAnswer)
def plan(entry: RunEntry, query: Annotated[PlanQuery, Query()]) -> Response:
    """The plan of one group over the steps [from, to), from 0 to its end by default."""
    check_range(query)
    names = [known.name for known in entry.hello.groups]
    name = names[0] if query.group is None else query.group
    if name not in names:
        raise refuse(
            404,
            "unknown_group",
            f"the run has no param group {name!r}",
            where="query.group",
            expected=f"one of {', '.join(names)}",
        )
    bound = plan_of(entry.hello, name)
    if isinstance(bound, Unknown):
        return answer(PlanAnswer(x=[], y=[], why=bound.why))
    start = query.first or 0
    stop = query.last or bound.total or entry.step + 1000
    if stop <= start:
        return answer(PlanAnswer(x=[], y=[], why=""))
    x, y = bound.sample(start, stop, query.width)
    return answer(PlanAnswer.model_construct(x=x.tolist(), y=y.tolist(), why=""))


def _wants_binary(request: Request, query: SeriesQuery) -> bool:
    if query.format is not None:
        return query.format == "bin"
    accepted = [part.partition(";")[0].strip() for part in request.headers.get("Accept", "").split(",")]
    return BINARY in accepted and "application/json" not in accepted


def _binary(request: Request, body: bytes) -> Response:
    headers = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, 6, mtime=0)
    return Response(body, headers=headers, media_type=BINARY)


def check_range(query: StepRange) -> None:
    """Refuse a range that holds nothing."""
    if query.first is not None and query.last is not None and query.last <= query.first:
        expected = f"over {query.first}"
        raise refuse(422, "empty_range", "to is not after from", where="query.to", expected=expected)
