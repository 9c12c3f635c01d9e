"""The dashboard's page and its files. The page's own script reads the address and draws what it names."""

from __future__ import annotations

import html
import mimetypes
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, HTMLResponse, Response

from rheostat_server.api.parts import Parts
from rheostat_server.errors import refuse

router = APIRouter(include_in_schema=False)

STATIC = Path(__file__).parent / "static"
_YEAR = "public, max-age=31536000, immutable"

_MISSING = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Rheostat</title></head>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>The dashboard's page is not built</h1>
<p>The server works and records your runs, but this installation has no page. Two ways to get it:</p>
<ul><li>in a checkout of the repository: <code>make frontend</code></li>
<li>install a released wheel: <code>pip install "rheostat[server]"</code></li></ul>
<p>Then load this page again.</p>
</body></html>
"""


@router.get("/")
@router.get("/design")
@router.get("/runs")
@router.get("/runs/{run}")
@router.get("/compare")
@router.get("/settings")
def page(parts: Parts) -> Response:
    """The one page behind every address of the dashboard."""
    return document(parts.settings.root_path)


def document(root_path: str, *, status: int = 200) -> Response:
    """The page for a server behind the prefix ``root_path``; with status 404 it says that nothing is here."""
    index = STATIC / "index.html"
    if not index.is_file():
        return HTMLResponse(_MISSING, status, {"Cache-Control": "no-store"})
    prefix = html.escape(root_path)
    text = index.read_text(encoding="utf-8").replace('<base href="/"', f'<base href="{prefix}/"', 1)
    return HTMLResponse(text, status, {"Cache-Control": "no-cache"})


@router.get("/assets/{path:path}")
def asset(path: str) -> Response:
    """A file of the bundle. Names carry a hash of the content, so browsers may keep them."""
    # By name among what is there: the disk is asked for no path from outside. On Windows such a one may lead
    # to another machine.
    there = (STATIC / "assets").glob("*")
    found = next((file for file in there if file.name == path and file.is_file()), None)
    if found is None:
        raise refuse(404, "not_found", "there is nothing here", where=f"/assets/{path}")
    kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    return FileResponse(found, headers={"Cache-Control": _YEAR}, media_type=kind)
