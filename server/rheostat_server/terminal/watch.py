"""``rheostat watch`` and ``rheostat compare``: runs drawn in the terminal, live or once."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from time import monotonic
from typing import Any

import numpy as np

from rheostat.client import Client, ClientError
from rheostat.schedule.drawing.svg import Line
from rheostat_server.terminal.chart import Style, dots_across, draw
from rheostat_server.terminal.preview import style_of

__all__ = ["compare", "plan", "watch"]

_REDRAW_S = 0.5
_CLEAR = "\033[H\033[J"
_AXES = {"step": "", "time": "seconds", "wall": "seconds since the first run began"}
_OVER = ("finished", "crashed", "stopped")


def watch(client: Client, options: argparse.Namespace) -> int:
    """Draw a run's lr and metrics until it ends or Ctrl-C; with ``--json`` print each live message."""
    run = client.run(options.run)
    if options.json and not options.once:
        for message in client.live(options.run):
            print(json.dumps(message), flush=True)
        return 0
    style = style_of(options.width)
    metrics = options.metric or ([run["metric"]] if run["metric"] else [])
    _show(client, run, metrics, options, style)
    if options.once or run["state"] in _OVER:
        return 0
    drawn = monotonic()
    for message in client.live(options.run):
        if not _worth_drawing(message, options.run, monotonic() - drawn):
            continue
        run = client.run(options.run)
        if sys.stdout.isatty():
            print(_CLEAR, end="")
        _show(client, run, metrics, options, style)
        drawn = monotonic()
        if run["state"] in _OVER:
            return 0
    return 0


def _worth_drawing(message: dict[str, Any], run: str, since: float) -> bool:
    """Commands and the end at once, points at most twice a second."""
    if message["type"] == "run":
        return message["run"]["id"] == run and (since >= _REDRAW_S or message["run"]["state"] in _OVER)
    return message["type"] == "command" or (message["type"] in ("points", "reset") and since >= _REDRAW_S)


def compare(client: Client, options: argparse.Namespace) -> int:
    """Draw one metric of several runs."""
    style = style_of(None)
    found = client.compare(
        options.runs, [options.metric], axis=options.axis, width=dots_across(style), smooth=options.smooth
    )
    if options.json:
        print(json.dumps(found))
        return 0
    began = min((one["first_at"] for one in found if one["first_at"] is not None), default=0.0)
    lines = [_line(one["name"], one["series"][options.metric]) for one in found]
    if options.axis == "wall":
        lines = [replace(line, x=line.x - int(began)) for line in lines]
    if not any(len(line.x) for line in lines):
        on = "" if options.axis in _AXES else f" with {options.axis!r} beside it"
        raise ClientError(f"none of the runs has {options.metric!r}{on}")
    shown = [line for line in lines if len(line.x)]
    print("\n".join(draw(shown, replace(style, zero=False))))
    if options.axis != "step":
        print(f"{'':>12}{_AXES.get(options.axis) or options.axis}")
    return 0


def plan(client: Client, options: argparse.Namespace) -> int:
    """Draw the plan of a run: the lr it will have without a command."""
    style = style_of(options.width)
    found = client.plan(options.run, options.group, width=dots_across(style))
    if options.json:
        print(json.dumps(found))
    elif found["x"]:
        print("\n".join(draw([_line("plan", found)], style)))
    else:
        raise ClientError(f"the plan is not known: {found['why']}")
    return 0


def _show(
    client: Client, run: dict[str, Any], metrics: list[str], options: argparse.Namespace, style: Style
) -> None:
    groups = [group["name"] for group in run["groups"]]
    names = [f"lr:{group}" for group in groups]
    found = client.series(run["id"], names, width=dots_across(style))
    if metrics:
        found |= client.series(run["id"], metrics, width=dots_across(style), smooth=options.smooth)
    if options.json:
        print(json.dumps({"run": run, "series": found}))
        return
    total = "" if run["total"] is None else f" of {run['total']:,}"
    lrs = ", ".join(
        f"{group['name']} {group['effective']:.4g}"
        for group in run["groups"]
        if group["effective"] is not None
    )
    print(f"{run['name']}: {run['state']}, step {run['step']:,}{total}, lr {lrs}")
    lines = [_line(group, found[name]) for group, name in zip(groups, names, strict=True)]
    if any(len(line.x) for line in lines):
        print("\n".join(draw([line for line in lines if len(line.x)], replace(style, height=10))))
    for metric in metrics:
        line = _line(metric, found[metric])
        if len(line.x):
            print(f"\n{metric}")
            print("\n".join(draw([line], replace(style, height=8, zero=False))))
    sys.stdout.flush()


def _line(name: str, series: dict[str, Any]) -> Line:
    return Line(name, np.array(series["x"], dtype=np.int64), np.array(series["y"], dtype=np.float64))
