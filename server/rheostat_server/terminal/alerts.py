"""``rheostat alerts``: what needs a person, seen, dealt with, and whether a webhook would tell of it."""

from __future__ import annotations

import argparse

from rheostat.client import Client, ClientError
from rheostat_server.terminal.orders import REFUSED
from rheostat_server.terminal.said import clock, say, table

__all__ = ["alerts"]


def alerts(client: Client, options: argparse.Namespace) -> int:
    """List alerts, mark one, or test the webhooks."""
    if options.test:
        return _test(client, options)
    number, state = (
        (options.clear, "cleared") if options.acknowledge is None else (options.acknowledge, "acknowledged")
    )
    if number is not None:
        if options.run is None:
            raise ClientError("an alert is marked with its run, as rheostat alerts RUN --clear ID")
        found = client.mark_alert(options.run, number, state)
        say(options, found, [f"{state} {number}: {found['message']}"])
        return 0
    every = client.alerts(options.run, only_open=options.open)
    rows = [
        (
            str(one["id"]),
            clock(one["raised_at"]),
            one["run"],
            one["kind"],
            "" if one["step"] is None else f"{one['step']:,}",
            _state(one["acknowledged_at"], one["cleared_at"]),
            one["message"],
        )
        for one in every
    ]
    say(options, every, table(("ID", "AT", "RUN", "KIND", "STEP", "STATE", "MESSAGE"), rows))
    return 0


def _state(acknowledged: float | None, cleared: float | None) -> str:
    if cleared is not None:
        return "cleared"
    return "open" if acknowledged is None else "acknowledged"


def _test(client: Client, options: argparse.Namespace) -> int:
    found = client.test_webhooks()
    lines = [f"{one['host']}: {one['problem'] or 'taken'}" for one in found]
    say(
        options, found, lines or ["there are no webhooks: RHEOSTAT_WEBHOOKS names them where the server runs"]
    )
    return REFUSED if any(one["problem"] for one in found) else 0
