"""``rheostat export``: a run of the running server as a file."""

from __future__ import annotations

import json
import shutil
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from rheostat.agent.discover import DiscoveryError, read
from rheostat_server.settings import Settings

__all__ = ["ExportError", "export"]

_TIMEOUT_S = 60.0


class ExportError(RuntimeError):
    """There is nothing to write; the message says why and what to do."""


def export(settings: Settings, run: str, kind: str, output: Path | None) -> None:
    """Write run ``run`` as ``kind`` (csv, json, html) to ``output``, or to standard output.

    Raises:
        ExportError: no server runs on this data folder, it has no such run, or the file cannot be written.
    """
    try:
        found = read(settings.data_dir / "server.json")
    except DiscoveryError as error:
        raise ExportError(str(error)) from None
    if found is None:
        raise ExportError(f"no server runs on {settings.data_dir}. Start one: rheostat serve")
    url = f"{found.url}/api/runs/{urllib.parse.quote(run, safe='')}/export?format={kind}"
    try:
        token = (settings.data_dir / "admin.token").read_text(encoding="ascii").strip()
        _fetch(url, token, output)
    except urllib.error.HTTPError as error:
        raise ExportError(_words(error)) from None
    except OSError as error:
        raise ExportError(f"cannot export {run}: {error}") from None


def _fetch(url: str, token: str, output: Path | None) -> None:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - from our own 0600 file
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - as above
        if output is None:
            shutil.copyfileobj(answer, sys.stdout.buffer)
            sys.stdout.flush()
            return
        draft = output.with_name(f"{output.name}.part")
        with draft.open("wb") as file:
            shutil.copyfileobj(answer, file)
        draft.replace(output)


def _words(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"the server answers {error.code}"
