"""What the commands do that talk to a server. Each gives an exit status: 0, 1 refused, 2 not possible."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rheostat.client import Client, ClientError
from rheostat_server.terminal.verbs import ORDERS
from rheostat_server.terminal.watch import compare, watch

__all__ = ["run"]

REFUSED = 1
USAGE = 2
_BAD = ("rejected", "expired", "lost")


def run(options: argparse.Namespace) -> int:
    """Run one of the commands."""
    try:
        with Client(options.server, token_file=options.token_file, folder=options.data_dir) as client:
            return _ACTIONS[options.command](client, options)
    except ClientError as error:
        print(f"rheostat: {error}", file=sys.stderr)
        return REFUSED if error.status in (403, 404, 409, 422) else USAGE
    except OSError as error:
        print(f"rheostat: {error.strerror or error}: {error.filename}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return 130


def _say(options: argparse.Namespace, found: object, lines: list[str]) -> None:
    print(json.dumps(found) if options.json else "\n".join(lines))


def _runs(client: Client, options: argparse.Namespace) -> int:
    found = client.runs(archived=options.archived)
    rows = [("RUN", "STATE", "STEP", "LR", "METRIC", "NAME")]
    for row in found:
        step = f"{row['step']:,}" + ("" if row["total"] is None else f"/{row['total']:,}")
        lr = row["groups"][0]["effective"] if row["groups"] else None
        value = "" if row["value"] is None else f"{row['metric']} {row['value']:.4g}"
        state = "imported" if row["origin"] == "import" else row["state"]
        rows.append((row["id"], state, step, "" if lr is None else f"{lr:.3g}", value, row["name"]))
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    _say(
        options,
        found,
        ["  ".join(f"{c:{w}}" for c, w in zip(row, widths, strict=True)).rstrip() for row in rows],
    )
    return 0


def _order(client: Client, options: argparse.Namespace) -> int:
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
    _say(options, record, [f"{record['text']}: {record['state']}{where}{why}", *lrs])
    return REFUSED if record["state"] in _BAD else 0


def _foresee(client: Client, options: argparse.Namespace, fields: dict[str, Any]) -> int:
    found = client.foresee(options.run, options.command, **fields)
    refusal = found["refusal"]
    lines = [found["text"] if refusal is None else f"{found['text']}: would be refused: {refusal['message']}"]
    lines += [f"  {one['group']}: area {one['area_change']:+.2%}" for one in found["groups"]]
    _say(options, found, lines + ([f"  {found['why']}"] if found["why"] else []))
    return 0 if refusal is None else REFUSED


def _annotate(client: Client, options: argparse.Namespace) -> int:
    if options.text is None:
        found = client.annotations(options.run)
        _say(options, found, [f"{one['step']:>9,}  {one['text']}  ({one['written_by']})" for one in found])
        return 0
    note = client.annotate(options.run, options.text, options.step)
    _say(options, note, [f"step {note['step']:,}: {note['text']}"])
    return 0


def _export(client: Client, options: argparse.Namespace) -> int:
    if options.output is None:
        client.export(options.run, sys.stdout.buffer, options.format)
        sys.stdout.flush()
        return 0
    output: Path = options.output
    draft = output.with_name(f"{output.name}.part")
    try:
        with draft.open("wb") as file:
            client.export(options.run, file, options.format)
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)
    return 0


def _import(client: Client, options: argparse.Namespace) -> int:
    found = client.import_file(options.file, name=options.name, project=options.project)
    _say(options, found, [f"{one['id']}  {one['step']:,} steps  {one['name']}" for one in found])
    return 0


def _schedules(client: Client, options: argparse.Namespace) -> int:
    if options.name is None:
        if options.save is not None:
            raise ClientError("give a name to save under, as rheostat schedules NAME --save TEXT")
        found = client.schedules()
        _say(options, found, [f"{one['name']}@{one['version']}  {_line(one['text'])}" for one in found])
    elif options.save is None:
        found = client.versions(options.name)
        _say(
            options,
            found,
            [f"{one['name']}@{one['version']} by {one['saved_by']}\n{one['text']}" for one in found],
        )
    else:
        saved = client.save(options.name, options.save)
        _say(options, saved, [f"{saved['name']}@{saved['version']}"])
    return 0


def _line(text: str) -> str:
    line = "; ".join(text.split("\n"))
    return line if len(line) <= 60 else f"{line[:59]}…"


_ACTIONS: dict[str, Callable[[Client, argparse.Namespace], int]] = {
    "runs": _runs,
    "watch": watch,
    "annotate": _annotate,
    "export": _export,
    "import": _import,
    "schedules": _schedules,
    "compare": compare,
    **dict.fromkeys(ORDERS, _order),
}
