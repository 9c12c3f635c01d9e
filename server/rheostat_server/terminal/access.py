"""Who may see and do what: tokens, links to one run, a link that signs in, and the audit log."""

from __future__ import annotations

import argparse
import json
import time
import webbrowser
from collections.abc import Mapping
from typing import Any

from rheostat.client import Client
from rheostat_server.terminal.said import clock, say, table

__all__ = ["audit", "open_page", "shares", "token", "token_table"]


def open_page(client: Client, options: argparse.Namespace) -> int:
    """Open the page in a browser, signed in by a fresh one-time link."""
    found = client.link()
    if options.json or options.print or not webbrowser.open(found["url"]):
        say(options, found, [found["url"]])
    return 0


def shares(client: Client, options: argparse.Namespace) -> int:
    """List the links to a run, make one, or revoke one."""
    if options.revoke is not None:
        client.revoke_share(options.run, options.revoke)
        say(options, {"revoked": options.revoke}, [f"revoked {options.revoke}"])
    elif options.make:
        made = client.share(options.run, options.days)
        share = made["share"]
        say(options, made, [made["url"], f"(id {share['id']}, until {clock(share['expires_at'])})"])
    else:
        found = client.shares(options.run)
        rows = [(one["id"], one["made_by"], clock(one["expires_at"])) for one in found]
        say(options, found, table(("ID", "BY", "UNTIL"), rows))
    return 0


def token(client: Client, options: argparse.Namespace) -> int:
    """Make, list, replace or revoke tokens."""
    if options.verb == "list":
        found = client.tokens()
        say(options, found, token_table(found, time.time()))
    elif options.verb == "revoke":
        client.revoke_token(options.id)
        say(options, {"revoked": options.id}, [f"revoked {options.id}"])
    elif options.verb == "rotate":
        _show(client.rotate_token(options.id), options)
    else:
        reach = {"project": options.project, "days": options.days or None, "connections": options.connections}
        _show(client.make_token(options.role, options.name or options.role, **reach), options)
    return 0


def token_table(tokens: list[dict[str, Any]], now: float) -> list[str]:
    """A line for each token, under a head. Pure; ``now`` in Unix seconds."""
    rows = [
        (
            one["id"],
            one["role"],
            one["project"] or "(all)",
            _expiry(one["expires_at"], now),
            f"{one['open']}/{one['connections']}",
            one["name"],
        )
        for one in tokens
    ]
    return table(("ID", "ROLE", "PROJECT", "EXPIRES", "OPEN", "NAME"), rows)


def audit(client: Client, options: argparse.Namespace) -> int:
    """Who changed what, newest first; of one run if it is named."""
    found = client.audit(options.run, before=options.before)
    rows = [
        (
            str(one["id"]),
            clock(one["at"]),
            f"{one['who']} ({one['role']})",
            one["address"],
            one["what"],
            one["subject"],
            _change(one),
        )
        for one in found
    ]
    say(options, found, table(("ID", "AT", "WHO", "FROM", "WHAT", "SUBJECT", "CHANGE"), rows))
    return 0


def _change(entry: Mapping[str, Any]) -> str:
    """What changed: before and after as JSON, which keeps a hostile name from writing to the terminal."""
    sides = [json.dumps(entry[side]) if entry[side] is not None else "" for side in ("before", "after")]
    return " -> ".join(sides) if all(sides) else "".join(sides)


def _expiry(at: float | None, now: float) -> str:
    return "never" if at is None else f"in {(at - now) / 86_400:.1f} d"


def _show(made: dict[str, Any], options: argparse.Namespace) -> None:
    info = made["info"]
    reach = "every project" if info["project"] is None else f"project {info['project']!r}"
    line = f"(id {info['id']}, {info['role']} of {reach}; it is not shown again)"
    say(options, made, [made["token"], line])
