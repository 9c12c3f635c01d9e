"""What the commands do that talk to a server. Each gives an exit status: 0, 1 refused, 2 not possible."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from rheostat.client import Client, ClientError
from rheostat.client.reach import own_server
from rheostat_server.terminal import access
from rheostat_server.terminal.alerts import alerts
from rheostat_server.terminal.orders import REFUSED, log, order
from rheostat_server.terminal.said import say, table
from rheostat_server.terminal.verbs import ORDERS
from rheostat_server.terminal.watch import compare, plan, watch

__all__ = ["run"]

USAGE = 2


def run(options: argparse.Namespace) -> int:
    """Run one of the commands."""
    try:
        server, token_file = _reach(options)
        with Client(server, token_file=token_file, folder=options.data_dir) as client:
            return _ACTIONS[options.command](client, options)
    except ClientError as error:
        print(f"rheostat: {error}", file=sys.stderr)
        return REFUSED if error.status in (403, 404, 409, 422) else USAGE
    except OSError as error:
        print(f"rheostat: {error.strerror or error}: {error.filename}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return 130


def _reach(options: argparse.Namespace) -> tuple[str | None, Path | None]:
    """The address and the token file to ask with, as far as they are given.

    What only an owner does is asked of the server on the data folder, if there is one: the environment may
    name another for jobs, with a token of theirs.
    """
    given = options.server, options.token_file
    if options.command not in _OWNERS or given != (None, None):
        return given
    return own_server(options.data_dir) or given


def _runs(client: Client, options: argparse.Namespace) -> int:
    found = client.runs(archived=options.archived)
    rows = []
    for row in found:
        step = f"{row['step']:,}" + ("" if row["total"] is None else f"/{row['total']:,}")
        lr = row["groups"][0]["effective"] if row["groups"] else None
        value = "" if row["value"] is None else f"{row['metric']} {row['value']:.4g}"
        state = "imported" if row["origin"] == "import" else row["state"]
        rows.append((row["id"], state, step, "" if lr is None else f"{lr:.3g}", value, row["name"]))
    say(options, found, table(("RUN", "STATE", "STEP", "LR", "METRIC", "NAME"), rows))
    return 0


def _edit(client: Client, options: argparse.Namespace) -> int:
    said = {"name": options.name, "notes": options.notes, "tags": options.tags, "archived": options.archived}
    changes = {name: value for name, value in said.items() if value is not None}
    # An empty name asks for the one that the job gave.
    changes |= {"name": None} if options.name == "" else {}
    found = client.edit(options.run, **changes) if changes else client.run(options.run)
    state = "archived" if found["archived"] else found["state"]
    lines = [f"{found['name']}: {state}", f"tags: {', '.join(found['tags'])}", f"notes: {found['notes']}"]
    say(options, found, lines)
    return 0


def _delete(client: Client, options: argparse.Namespace) -> int:
    client.delete(options.run)
    say(options, {"deleted": options.run}, [f"deleted {options.run}"])
    return 0


def _annotate(client: Client, options: argparse.Namespace) -> int:
    if options.delete is not None:
        client.delete_annotation(options.run, options.delete)
        say(options, {"deleted": options.delete}, [f"deleted {options.delete}"])
        return 0
    if options.edit is not None:
        said = {"text": options.text, "step": options.step}
        changes = {name: value for name, value in said.items() if value is not None}
        note = client.edit_annotation(options.run, options.edit, **changes)
    elif options.text is not None:
        note = client.annotate(options.run, options.text, options.step)
    else:
        found = client.annotations(options.run)
        rows = [(str(one["id"]), f"{one['step']:,}", one["written_by"], one["text"]) for one in found]
        say(options, found, table(("ID", "STEP", "BY", "TEXT"), rows))
        return 0
    say(options, note, [f"step {note['step']:,}: {note['text']}"])
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
    say(options, found, [f"{one['id']}  {one['step']:,} steps  {one['name']}" for one in found])
    return 0


def _schedules(client: Client, options: argparse.Namespace) -> int:
    if options.name is None:
        if options.save is not None:
            raise ClientError("give a name to save under, as rheostat schedules NAME --save TEXT")
        found = client.schedules()
        say(options, found, [f"{one['name']}@{one['version']}  {_line(one['text'])}" for one in found])
    elif options.save is None:
        found = client.versions(options.name)
        say(
            options,
            found,
            [f"{one['name']}@{one['version']} by {one['saved_by']}\n{one['text']}" for one in found],
        )
    else:
        saved = client.save(options.name, options.save)
        say(options, saved, [f"{saved['name']}@{saved['version']}"])
    return 0


def _line(text: str) -> str:
    line = "; ".join(text.split("\n"))
    return line if len(line) <= 60 else f"{line[:59]}…"


_OWNERS = ("open", "token")
_ACTIONS: dict[str, Callable[[Client, argparse.Namespace], int]] = {
    "runs": _runs,
    "watch": watch,
    "plan": plan,
    "edit": _edit,
    "delete": _delete,
    "commands": log,
    "alerts": alerts,
    "open": access.open_page,
    "shares": access.shares,
    "token": access.token,
    "audit": access.audit,
    "annotate": _annotate,
    "export": _export,
    "import": _import,
    "schedules": _schedules,
    "compare": compare,
    **dict.fromkeys(ORDERS, order),
}
