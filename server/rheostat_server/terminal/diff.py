"""``rheostat diff``: what changed between two schedules, in words and as curves."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

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
_EPOCH = 100


def run(options: argparse.Namespace) -> int:
    """Run the command. Returns 0 where the curves and statements are the same, 1 where they differ."""
    try:
        texts = [_text(word, options) for word in (options.before, options.after)]
        run = _run(options, texts)
        plans = [sketch(parse(text), run).plans[0] for text in texts]
        found = diff(
            texts[0], texts[1], base=run.base, total=run.total, epoch=run.epoch,
            step_tokens=run.step_tokens, group=plans[0].group,
        )  # fmt: skip
    except (OSError, UnicodeDecodeError, ScheduleError, KeptError) as error:
        print(f"rheostat: {error}", file=sys.stderr)
        return USAGE
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


def _text(word: str, options: argparse.Namespace) -> str:
    """A schedule by the name of a file, of a preset or of what a server keeps, else the word itself."""
    path = Path(word)
    if len(word) < 256 and "\n" not in word and path.is_file():
        return path.read_text(encoding="utf-8")
    served = kept(word, options)
    if served is not None:
        return served
    try:
        return preset(word).text
    except KeyError:
        return word


def _run(options: argparse.Namespace, texts: list[str]) -> Given:
    """The run both are bound to, with the same stand-ins for what nobody said."""
    given = Given(options.base, options.total, options.epoch, options.step_tokens, options.group)
    assumed: dict[str, float] = {}
    for text in texts:
        assumed |= sketch(parse(text), given).assumed
    total = given.total or assumed.get("total")
    return Given(
        base=given.base or assumed.get("base"),
        total=None if total is None else int(total),
        epoch=given.epoch or assumed.get("epoch"),
        step_tokens=given.step_tokens,
        group=given.group,
    )


def _lines(plans: list[Plan], width: int) -> list[Line]:
    last = max(plan.horizon for plan in plans)
    return [Line(name, *plan.sample(0, last, width)) for name, plan in zip(_NAMES, plans, strict=True)]


def _style(options: argparse.Namespace) -> Style:
    width = options.width or min(shutil.get_terminal_size((80, 24)).columns, 100)
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return Style(width=width, log=options.log, colour=colour, plain=not encoding.startswith("utf"))
