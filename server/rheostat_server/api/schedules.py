"""Schedules: checking and previewing texts, the language's words, and saved ones."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from rheostat import schedule
from rheostat.schedule import BindError, ConversionError, ScheduleError
from rheostat_server.api.parts import ERRORS, Asking, Parts, answer
from rheostat_server.auth.roles import Principal, sees
from rheostat_server.conversion import WRITERS
from rheostat_server.dashboard import Dashboard
from rheostat_server.errors import ApiError, refuse
from rheostat_server.models import (
    CheckAnswer,
    CheckRequest,
    ConvertAnswer,
    ConvertRequest,
    DiffAnswer,
    DiffRequest,
    Example,
    Language,
    Preset,
    Presets,
    PreviewAnswer,
    PreviewRequest,
    Problem,
    SavedSchedule,
    SavedSchedules,
    SavedVersions,
    SaveRequest,
    TraceRun,
    Word,
)
from rheostat_server.preview import checked, preview
from rheostat_server.series import Drawn, Window
from rheostat_server.store import schedules as store
from rheostat_server.store.points import read_series
from rheostat_server.trace import TraceError

_SHORT = 2000
"""Characters of a text drawn at once: the way into a thread and back would take a quarter of the time."""

router = APIRouter(prefix="/api/schedules", tags=["schedules"], responses=ERRORS)

Name = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[\w .()+-]+$")]


@router.post("/check", response_model=CheckAnswer)
def check_text(body: CheckRequest) -> Response:
    """Whether a text parses, what is wrong with it, and how it is written canonically."""
    return answer(checked(body.text))


@router.post("/preview", response_model=PreviewAnswer)
async def preview_text(body: PreviewRequest, parts: Parts, asking: Asking) -> Response:
    """The curve a text makes, at the width of a chart; with a trace, as its plateaus would follow it."""
    if body.from_step is not None and body.to_step is not None and body.to_step <= body.from_step:
        raise refuse(422, "empty_range", "to_step is not after from_step", where="body.to_step")
    if isinstance(body.trace, TraceRun):
        await parts.seek(body.trace.run)
    draw = partial(preview, body, partial(_read_run, parts, asking))
    try:
        if body.trace is None and len(body.text) <= _SHORT:
            return answer(draw())
        return await run_in_threadpool(lambda: answer(draw()))
    except TraceError as error:
        raise refuse(422, "trace", str(error), where="body.trace") from None


def _read_run(parts: Dashboard, asking: Principal, source: TraceRun, window: Window | None) -> Drawn | None:
    project = parts.project_of(source.run)
    if project is None or not sees(asking, source.run, project):
        return None
    first, last = (None, None) if window is None else (window.first, window.last)
    width = 16 if window is None else window.width
    found = parts.read(
        lambda c: read_series(c, source.run, [source.metric], first=first, last=last, width=width)
    )
    return found.series[source.metric]


@router.post("/diff", response_model=DiffAnswer)
def diff(body: DiffRequest) -> Response:
    """What changed between two texts: in words, and how far their curves are apart."""
    try:
        found = schedule.diff(
            body.before, body.after, base=body.base, total=body.total, epoch=body.epoch, group=body.group
        )
    except (ScheduleError, BindError) as error:
        where = "body.after" if _parses(body.before) else "body.before"
        raise refuse(422, error.diagnostics[0].code, str(error), where=where) from None
    return answer(
        DiffAnswer(
            words=str(found).split("\n"),
            total=found.total,
            largest=found.largest,
            step=found.step,
            before=found.before,
            after=found.after,
            area_before=found.area_before,
            area_after=found.area_after,
        )
    )


@router.post("/convert", response_model=ConvertAnswer)
def convert(body: ConvertRequest) -> Response:
    """A text as code of another library, or why there is none."""
    try:
        if body.to == "json":
            return answer(ConvertAnswer(code=schedule.parse(body.text).to_json()))
        run = {"base": body.base, "total": body.total, "epoch": body.epoch}
        return answer(ConvertAnswer(code=str(WRITERS[body.to](body.text, **run))))
    except (ScheduleError, BindError, ConversionError) as error:
        return answer(ConvertAnswer(code=None, why=str(error)))


def _parses(text: str) -> bool:
    return all(found.severity != "error" for found in schedule.check(text))


@router.get("/language", response_model=Language)
def language() -> Response:
    """The words of the language with signatures and docs, and examples worth starting from."""
    words = [
        Word(word=word.word, kind=word.kind, signature=word.signature, doc=word.doc, insert=word.insert)
        for word in schedule.vocabulary()
    ]
    examples = [Example(name=found.name, text=found.text, doc=found.doc) for found in schedule.examples()]
    return answer(Language(words=words, examples=examples))


@router.get("/presets", response_model=Presets)
def presets() -> Response:
    """The recipes of well-known papers, each with a run to draw it with."""
    found = [
        Preset(name=p.name, text=p.text, origin=p.origin, base=p.base, total=p.total, epoch=p.epoch)
        for p in schedule.presets()
    ]
    return answer(Presets(presets=found))


@router.get("/saved", response_model=SavedSchedules)
def saved(parts: Parts) -> Response:
    """The latest version of every saved schedule."""
    return answer(SavedSchedules(schedules=parts.read(store.latest)))


@router.get("/saved/{name}", response_model=SavedVersions)
def saved_versions(name: Name, parts: Parts) -> Response:
    """All versions of one saved schedule."""
    found = parts.read(lambda c: store.versions(c, name))
    if not found:
        raise refuse(404, "not_found", f"there is no saved schedule {name!r}", where="path.name")
    return answer(SavedVersions(versions=found))


@router.put("/saved/{name}", response_model=SavedSchedule)
async def save(name: Name, body: SaveRequest, parts: Parts, asking: Asking) -> Response:
    """Save a text as the next version. It must parse."""
    for found in schedule.check(body.text):
        if found.severity == "error":
            where = f"body.text, line {found.line}, column {found.column}"
            problem = Problem(
                code=found.code, message=found.message, where=where, suggestion=found.suggestion or ""
            )
            raise ApiError(422, problem)
    now = parts.clock()
    result = await parts.write(
        lambda c: store.save(c, name, body.text, base_version=body.base_version, by=asking.name, now=now)
    )
    if isinstance(result, int):
        message = f"{name!r} was saved meanwhile: its latest version is {result}"
        raise refuse(409, "stale", message, where="body.base_version", expected=str(result))
    return answer(result)
