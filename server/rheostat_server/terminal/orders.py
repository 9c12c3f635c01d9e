"""Commands to a job: asked, foreseen, and the log of those there were."""

from __future__ import annotations

import argparse
from typing import Any

from rheostat.client import Client
from rheostat_server.terminal.said import clock, say, table

__all__ = ["REFUSED", "log", "order"]

REFUSED = 1
_BAD = ("rejected", "expired", "lost")


def log(client: Client, options: argparse.Namespace) -> int:
    """Every command of a run, oldest first, with what became of it; with ``--json`` each one's whole life."""
    found = client.commands(options.run)
    rows = [
        (
            clock(one["issued_at"]),
            one["issued_by"],
            one["text"],
            one["state"],
            _step(one["events"]),
            one["request"]["reason"] or one["events"][-1]["message"],
        )
        for one in found
    ]
    say(options, found, table(("AT", "BY", "COMMAND", "STATE", "STEP", "WHY"), rows))
    return 0


def _step(events: list[dict[str, Any]]) -> str:
    """The step the command acted from, as far as it is known."""
    steps = [one["step"] for one in events if one["state"] in ("scheduled", "applied")]
    known = [step for step in steps if step is not None]
    return f"{known[-1]:,}" if known else ""


def order(client: Client, options: argparse.Namespace) -> int:
    """Ask for a command and wait for what the job says of it."""
    names = (
        "value",
        "factor",
        "schedule",
        "continuous",
        "over",
        "shape",
        "groups",
        "at_step",
        "for_steps",
        "until_step",
        "from_here",
    )
    fields: dict[str, Any] = {name: getattr(options, name) for name in names if getattr(options, name, None)}
    fields |= {"reason": options.reason, "confirmed": getattr(options, "confirm", False)}
    # An lr of 0 is no missing one.
    fields |= {name: getattr(options, name) for name in ("value", "factor") if hasattr(options, name)}
    if getattr(options, "dry_run", False):
        return _foresee(client, options, fields)
    record = client.command(options.run, options.command, **fields)
    if options.wait > 0:
        record = client.outcome(options.run, record, options.wait)
    last = record["events"][-1]
    where = "" if last["step"] is None else f" at step {last['step']:,}"
    lrs = [f"  {group}: {lr:.6g}" for group, lr in last["effective"].items()]
    why = f": {last['message']}" if last["message"] else ""
    say(options, record, [f"{record['text']}: {record['state']}{where}{why}", *lrs])
    return REFUSED if record["state"] in _BAD else 0


def _foresee(client: Client, options: argparse.Namespace, fields: dict[str, Any]) -> int:
    found = client.foresee(options.run, options.command, **fields)
    refusal = found["refusal"]
    lines = [found["text"] if refusal is None else f"{found['text']}: would be refused: {refusal['message']}"]
    lines += [f"  {one['group']}: area {one['area_change']:+.2%}" for one in found["groups"]]
    say(options, found, lines + ([f"  {found['why']}"] if found["why"] else []))
    return 0 if refusal is None else REFUSED
