"""Asking the running server as its owner: a fresh one-time link, and what only an admin may do."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from rheostat.agent.discover import DiscoveryError, read
from rheostat_server.settings import Settings

__all__ = ["LinkError", "ask", "fresh_link"]

_TIMEOUT_S = 5.0


class LinkError(RuntimeError):
    """There is no link to be had; the message says why and what to do."""


def fresh_link(settings: Settings) -> str:
    """Ask the server whose data folder this is for a link that signs a browser in once. Raises as `ask`."""
    return str(ask(settings, "POST", "/api/session/links", {})["url"])


def ask(settings: Settings, method: str, path: str, body: object = None) -> dict[str, Any]:
    """What the server on this data folder answers its admin; an empty dict where there is no content.

    Raises:
        LinkError: no server runs on this data folder, it does not answer, or it refuses.
    """
    try:
        found = read(settings.data_dir / "server.json")
    except DiscoveryError as error:
        raise LinkError(str(error)) from None
    if found is None:
        raise LinkError(f"no server runs on {settings.data_dir}. Start one: rheostat serve")
    try:
        token = (settings.data_dir / "admin.token").read_text(encoding="ascii").strip()
        return _ask(method, found.url + path, token, body)
    except urllib.error.HTTPError as error:
        raise LinkError(_refusal(error, found.url)) from None
    except OSError as error:
        raise LinkError(f"no server answers at {found.url} ({error}). Start one: rheostat serve") from None


def _ask(method: str, url: str, token: str, body: object) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - from our own 0600 file
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 # nosec B310 # as above
        content = answer.read()
    return dict(json.loads(content)) if content else {}


def _refusal(error: urllib.error.HTTPError, url: str) -> str:
    try:
        problem = json.loads(error.read())["error"]
        parts = [problem["message"]]
        parts += [f"expected {problem['expected']}"] if problem["expected"] else []
        parts += [problem["suggestion"]] if problem["suggestion"] else []
        return "; ".join(parts)
    except (ValueError, KeyError, TypeError):
        return f"the server at {url} answers {error.code}. Start it anew"
