"""``rheostat diff``: what changed between two schedules, in words and as curves."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from rheostat.schedule import Plan, ScheduleError, diff, parse, preset
from rheostat.schedule.drawing.sketch import Given, sketch
from rheostat.schedule.drawing.svg import Line
from rheostat_server.terminal import files
from rheostat_server.terminal.chart import Style, dots_across, draw
from rheostat_server.terminal.kept import KeptError, kept

__all__ = ["run"]

DIFFERENT = 1
USAGE = 2
_CHART = 2000
_NAMES = ("before", "after")
T = TypeVar("T")


def run(options: argparse.Namespace) -> int:
    """Run the command. Returns 0 where the curves and statements are the same, 1 where they differ."""
    try:
        sides = [_side(word, options) for word in (options.before, options.after)]
        plans = _plans(options, sides)
        found = diff(*plans)
    except (OSError, UnicodeDecodeError, ScheduleError, KeptError) as error:
        print(f"rheostat: {error}", file=sys.stderr)
        return USAGE
    texts = [side.text for side in sides]
    if options.html is not None:
        try:
            files.write_html(options.html, "\n\n".join(texts), _lines(plans, _CHART), (), log=options.log)
        except files.FileError as error:
            print(f"rheostat: {error}", file=sys.stderr)
            return USAGE
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        style = _style(options)
        print("\n".join(draw(_lines(plans, dots_across(style)), style, last=found.total)))
        print(f"\n{found}")
    return DIFFERENT if found.changes or found.largest else 0


@dataclass(frozen=True, slots=True)
class _Side:
    """A text to compare, and the run that a preset brings with it."""

    text: str
    base: float | None = None
    total: int | None = None
    epoch: int | None = None


def _side(word: str, options: argparse.Namespace) -> _Side:
    """A schedule by the name of a file, of a preset or of what a server keeps, else the word itself."""
    path = Path(word)
    if len(word) < 256 and "\n" not in word and path.is_file():
        return _Side(path.read_text(encoding="utf-8"))
    served = kept(word, options)
    if served is not None:
        return _Side(served)
    try:
        found = preset(word)
    except KeyError:
        return _Side(word)
    return _Side(found.text, found.base, found.total, found.epoch)


def _plans(options: argparse.Namespace, sides: Sequence[_Side]) -> tuple[Plan, Plan]:
    """Bind both sides: to the run of the words, else each to its own, else to that of the other side.

    What nobody said has the same stand-ins on both sides.
    """
    schedules = [parse(side.text) for side in sides]
    group = options.group or next(iter(schedules[0].groups), None)
    runs = [
        Given(
            base=_first(options.base, own.base, other.base),
            total=_first(options.total, own.total, other.total),
            epoch=_first(options.epoch, own.epoch, other.epoch),
            step_tokens=options.step_tokens,
            group=group,
        )
        for own, other in (sides, reversed(sides))
    ]
    assumed: dict[str, float] = {}
    for schedule, run in zip(schedules, runs, strict=True):
        assumed |= sketch(schedule, run).assumed
    before, after = (
        sketch(schedule, run.filled(assumed)).plans[0] for schedule, run in zip(schedules, runs, strict=True)
    )
    return before, after


def _first(*values: T | None) -> T | None:
    return next((value for value in values if value is not None), None)


def _lines(plans: Sequence[Plan], width: int) -> list[Line]:
    last = max(plan.horizon for plan in plans)
    return [Line(name, *plan.sample(0, last, width)) for name, plan in zip(_NAMES, plans, strict=True)]


def _style(options: argparse.Namespace) -> Style:
    width = options.width or min(shutil.get_terminal_size((80, 24)).columns, 100)
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return Style(width=width, log=options.log, colour=colour, plain=not encoding.startswith("utf"))
