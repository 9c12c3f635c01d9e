"""``rheostat token``: the tokens of the server on a data folder, for its owner."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from rheostat_server.link import ask
from rheostat_server.serve import make_settings

__all__ = ["run", "table"]


def run(options: argparse.Namespace) -> int:
    """Carry out one verb. Returns the exit status. Raises LinkError and ServeError."""
    settings = make_settings(data_dir=options.data_dir)
    if options.verb == "list":
        found = ask(settings, "GET", "/api/tokens")
        print(json.dumps(found) if options.json else "\n".join(table(found["tokens"], time.time())))
    elif options.verb == "revoke":
        ask(settings, "DELETE", f"/api/tokens/{_id(options.id)}")
        print(json.dumps({"revoked": options.id}) if options.json else f"revoked {options.id}")
    else:
        path = "" if options.verb == "create" else f"/{_id(options.id)}/rotate"
        body = _request(options) if options.verb == "create" else {}
        _show(ask(settings, "POST", f"/api/tokens{path}", body), as_json=options.json)
    return 0


def table(tokens: list[dict[str, Any]], now: float) -> list[str]:
    """A line for each token, under a head. Pure; ``now`` in Unix seconds."""
    head = ("id", "role", "project", "expires", "open", "name")
    rows = [
        (
            token["id"],
            token["role"],
            token["project"] or "(all)",
            _expiry(token["expires_at"], now),
            f"{token['open']}/{token['connections']}",
            token["name"],
        )
        for token in tokens
    ]
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head) - 1)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in (head, *rows)
    ]


def _expiry(at: float | None, now: float) -> str:
    return "never" if at is None else f"in {(at - now) / 86_400:.1f} d"


def _request(options: argparse.Namespace) -> dict[str, object]:
    return {
        "name": options.name or options.role,
        "role": options.role,
        "project": options.project,
        "days": options.days or None,
        "connections": options.connections,
    }


def _show(made: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(made))
        return
    info = made["info"]
    reach = "every project" if info["project"] is None else f"project {info['project']!r}"
    print(made["token"])
    print(f"(id {info['id']}, {info['role']} of {reach}; it is not shown again)")


def _id(text: str) -> str:
    # An id is what the list shows; anything else would be part of an address.
    return text if text.isalnum() else "-"
