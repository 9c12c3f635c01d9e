"""A run as a file: CSV, JSON, Parquet, TensorBoard, an HTML report that stands alone, or its schedule."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from tempfile import SpooledTemporaryFile
from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from rheostat_server.api.actual import actual_schedule
from rheostat_server.api.parts import ERRORS, Parts, RunEntry
from rheostat_server.dashboard import Dashboard
from rheostat_server.errors import refuse
from rheostat_server.export.events import events
from rheostat_server.export.parquet import write_parquet
from rheostat_server.export.report import Content, report
from rheostat_server.export.table import table
from rheostat_server.live.encode import series_answer
from rheostat_server.live.entry import Entry
from rheostat_server.models import Annotation, CommandRecord, Series
from rheostat_server.store import commands as log
from rheostat_server.store.annotation import annotations_of
from rheostat_server.store.points import read_series
from rheostat_server.store.rows import read_rows

router = APIRouter(prefix="/api/runs", tags=["runs"], responses=ERRORS)

Format = Literal["csv", "json", "html", "parquet", "tensorboard", "schedule"]
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "tensorboard": "application/octet-stream",
    "schedule": "text/plain; charset=utf-8",
}
_NEEDS = {"parquet": "pyarrow", "tensorboard": "tensorboardX"}
_EVERY = 1 << 40
_PIXELS = 2000
_IN_MEMORY = 16 << 20
_PIECE = 1 << 18
_FILES = {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in _TYPES.values()}


@router.get(
    "/{run}/export",
    response_class=Response,
    responses={200: {"content": _FILES, "description": "The run as a file."}},
)
def export(entry: RunEntry, parts: Parts, format: Format = "csv") -> Response:
    """The run as a file.

    ``csv``, ``json`` and ``parquet`` have every value, ``tensorboard`` too (as float32, all that it knows);
    ``html`` is a report to read offline, ``schedule`` the text that makes the lr which the run had.
    """
    library = _NEEDS.get(format)
    if library is not None and find_spec(library) is None:
        suggestion = f"pip install 'rheostat[{format}]' where the server runs"
        raise refuse(501, "not_installed", f"{format} needs {library}", suggestion=suggestion)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{_file_name(entry, format)}"',
    }
    pieces = {"csv": _csv, "parquet": _parquet, "tensorboard": _tensorboard}.get(format)
    if pieces is not None:
        return StreamingResponse(pieces(parts, entry), headers=headers, media_type=_TYPES[format])
    whole: dict[str, Callable[[Dashboard, Entry], str]] = {
        "json": _json,
        "html": _html,
        "schedule": _schedule,
    }
    return Response(whole[format](parts, entry), headers=headers, media_type=_TYPES[format])


def _csv(parts: Dashboard, entry: Entry) -> Iterator[bytes]:
    with parts.reading() as connection:
        yield from table(_names(entry), read_rows(connection, entry.hello.run))


def _tensorboard(parts: Dashboard, entry: Entry) -> Iterator[bytes]:
    with parts.reading() as connection:
        yield from events(_names(entry), read_rows(connection, entry.hello.run))


def _parquet(parts: Dashboard, entry: Entry) -> Iterator[bytes]:
    about = {"rheostat": parts.book.detail(entry, parts.clock()).model_dump_json()}
    with SpooledTemporaryFile(_IN_MEMORY) as file:
        with parts.reading() as connection:
            write_parquet(file, _names(entry), read_rows(connection, entry.hello.run), about)
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _json(parts: Dashboard, entry: Entry) -> str:
    series, records, notes = _read(parts, entry, _EVERY)
    content = {
        "run": parts.book.detail(entry, parts.clock()).model_dump(mode="json"),
        "series": {name: found.model_dump(mode="json") for name, found in series.items()},
        "commands": [record.model_dump(mode="json") for record in records],
        "annotations": [note.model_dump(mode="json") for note in notes],
    }
    return json.dumps(content, separators=(",", ":"))


def _html(parts: Dashboard, entry: Entry) -> str:
    from plotly.offline import get_plotlyjs  # noqa: PLC0415 - large, and only here

    series, records, notes = _read(parts, entry, _PIXELS)
    run = parts.book.detail(entry, parts.clock())
    return report(Content(run, series, records, notes, actual_schedule(parts, entry)), get_plotlyjs())


def _schedule(parts: Dashboard, entry: Entry) -> str:
    found = actual_schedule(parts, entry)
    if not found.text:
        raise refuse(409, "no_schedule", f"this run comes to no schedule: {found.why}")
    return found.text + "\n"


def _read(
    parts: Dashboard, entry: Entry, width: int
) -> tuple[dict[str, Series], list[CommandRecord], list[Annotation]]:
    run, names = entry.hello.run, _names(entry)
    read, (records, _), notes = parts.read(
        lambda c: (
            read_series(c, run, names, first=None, last=None, width=width),
            log.list_of(c, run),
            annotations_of(c, run),
        )
    )
    return {name: series_answer(drawn) for name, drawn in read.series.items()}, records, notes


def _names(entry: Entry) -> list[str]:
    groups = [group.name for group in entry.hello.groups]
    lrs = [f"{kind}:{group}" for group in groups for kind in ("plan", "lr")]
    return [*lrs, *entry.progress.metrics]


def _file_name(entry: Entry, format: Format) -> str:
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", entry.hello.run).strip("-.") or "run"
    # TensorBoard reads files that are called so, and no others.
    if format == "tensorboard":
        return f"events.out.tfevents.{int(entry.created_at)}.{stem}"
    return f"{stem}.schedule" if format == "schedule" else f"{stem}.{format}"
