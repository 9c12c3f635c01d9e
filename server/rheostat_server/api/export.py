"""A run as a file: CSV, JSON, or an HTML report that stands alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from rheostat_server.api.parts import ERRORS, Parts, RunEntry
from rheostat_server.dashboard import Dashboard
from rheostat_server.export.report import report
from rheostat_server.export.table import table
from rheostat_server.live.book import Entry
from rheostat_server.live.encode import series_answer
from rheostat_server.models import CommandRecord, Series
from rheostat_server.store import commands as log
from rheostat_server.store.points import read_series
from rheostat_server.store.rows import read_rows

router = APIRouter(prefix="/api/runs", tags=["runs"], responses=ERRORS)

Format = Literal["csv", "json", "html"]
_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "html": "text/html; charset=utf-8"}
_EVERY = 1 << 40
_PIXELS = 2000
_FILES = {kind: {"schema": {"type": "string"}} for kind in ("text/csv", "application/json", "text/html")}


@router.get(
    "/{run}/export",
    response_class=Response,
    responses={200: {"content": _FILES, "description": "The run as a file."}},
)
def export(entry: RunEntry, parts: Parts, format: Format = "csv") -> Response:
    """The run as a file: ``csv`` and ``json`` with every value, ``html`` a report to read offline."""
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{_file_name(entry)}.{format}"',
    }
    if format == "csv":
        return StreamingResponse(_csv(parts, entry), headers=headers, media_type=_TYPES[format])
    body = _json(parts, entry) if format == "json" else _html(parts, entry)
    return Response(body, headers=headers, media_type=_TYPES[format])


def _csv(parts: Dashboard, entry: Entry) -> Iterator[bytes]:
    with parts.reading() as connection:
        yield from table(_names(entry), read_rows(connection, entry.hello.run))


def _json(parts: Dashboard, entry: Entry) -> str:
    series, records = _read(parts, entry, _EVERY)
    content = {
        "run": parts.book.detail(entry, parts.clock()).model_dump(mode="json"),
        "series": {name: found.model_dump(mode="json") for name, found in series.items()},
        "commands": [record.model_dump(mode="json") for record in records],
    }
    return json.dumps(content, separators=(",", ":"))


def _html(parts: Dashboard, entry: Entry) -> str:
    from plotly.offline import get_plotlyjs  # noqa: PLC0415 - large, and only here

    series, records = _read(parts, entry, _PIXELS)
    return report(parts.book.detail(entry, parts.clock()), series, records, get_plotlyjs())


def _read(parts: Dashboard, entry: Entry, width: int) -> tuple[dict[str, Series], list[CommandRecord]]:
    run, names = entry.hello.run, _names(entry)
    read, (records, _) = parts.read(
        lambda c: (read_series(c, run, names, first=None, last=None, width=width), log.list_of(c, run))
    )
    return {name: series_answer(drawn) for name, drawn in read.series.items()}, records


def _names(entry: Entry) -> list[str]:
    groups = [group.name for group in entry.hello.groups]
    lrs = [f"{kind}:{group}" for group in groups for kind in ("plan", "lr")]
    return [*lrs, *entry.progress.metrics]


def _file_name(entry: Entry) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", entry.hello.run).strip("-.") or "run"
