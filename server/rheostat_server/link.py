"""A fresh one-time link from the running server, for its owner."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

from rheostat.agent.discover import DiscoveryError, read
from rheostat_server.settings import Settings

__all__ = ["LinkError", "fresh_link"]

_TIMEOUT_S = 5.0


class LinkError(RuntimeError):
    """There is no link to be had; the message says why and what to do."""


def fresh_link(settings: Settings) -> str:
    """Ask the server whose data folder this is for a link that signs a browser in once.

    Raises:
        LinkError: no server runs on this data folder, or it does not answer.
    """
    try:
        found = read(settings.data_dir / "server.json")
    except DiscoveryError as error:
        raise LinkError(str(error)) from None
    if found is None:
        raise LinkError(f"no server runs on {settings.data_dir}. Start one: rheostat serve")
    try:
        token = (settings.data_dir / "admin.token").read_text(encoding="ascii").strip()
        return _ask(f"{found.url}/api/session/links", token)
    except urllib.error.HTTPError as error:
        raise LinkError(f"the server at {found.url} answers {error.code}. Start it anew") from None
    except OSError as error:
        raise LinkError(f"no server answers at {found.url} ({error}). Start one: rheostat serve") from None


def _ask(url: str, token: str) -> str:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, b"{}", headers)  # noqa: S310 - from our own 0600 file
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - as above
        return str(json.load(answer)["url"])
