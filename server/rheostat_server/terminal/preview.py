"""``rheostat preview``: a schedule's curve in the terminal, its figures in words, and both in files."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace

from rheostat.schedule import Diagnostic, ScheduleError, check, parse, preset, presets
from rheostat.schedule.drawing.sketch import Given, Sketch, sketch
from rheostat.schedule.drawing.svg import Line
from rheostat_server.terminal import files
from rheostat_server.terminal.chart import Style, dots_across, draw
from rheostat_server.terminal.events import Events, EventsError
from rheostat_server.terminal.shown import Shown, show
from rheostat_server.terminal.words import faults, table

__all__ = ["run", "style_of"]

FAULTY = 1
USAGE = 2
_PAINT = ("\033[31m", "\033[33m", "\033[0m")
_CHART = 2000


def run(options: argparse.Namespace) -> int:
    """Run the command. Returns the exit status."""
    if options.list_presets:
        print("\n".join(_listed()))
        return 0
    try:
        text, given = _asked(options)
    except _UsageError as error:
        print(f"rheostat: {error}", file=sys.stderr)
        return USAGE
    return _preview(options, text, given)


class _UsageError(Exception):
    """The words do not say what to draw."""


def _asked(options: argparse.Namespace) -> tuple[str, Given]:
    """The text to draw and what its run supplies: from the words, else from a preset."""
    if options.preset is None:
        if options.text is None:
            raise _UsageError("give a schedule, as rheostat preview 'cosine -> 0', or --preset NAME")
        text = sys.stdin.read() if options.text == "-" else options.text
        return text, Given(options.base, options.total, options.epoch, options.step_tokens, options.group)
    if options.text is not None:
        raise _UsageError("give a schedule or --preset, not both")
    try:
        found = preset(options.preset)
    except KeyError as error:
        raise _UsageError(str(error.args[0]).replace("rheostat.presets()", "--list-presets")) from None
    base, total = options.base or found.base, options.total or found.total
    return found.text, Given(base, total, options.epoch or found.epoch, options.step_tokens, options.group)


def _listed() -> list[str]:
    width = max(len(one.name) for one in presets())
    return [f"{one.name:{width}}  {one.origin}" for one in presets()]


def _preview(options: argparse.Namespace, text: str, given: Given) -> int:
    told = list(check(text))
    style = replace(style_of(options.width), log=options.log)
    found: Sketch | None = None
    shown: list[Shown] = []
    metrics: tuple[Line, ...] = ()
    try:
        events = Events.read(options.trace, options.cue)
        found = _reaching(events.end, sketch(parse(text), given), given)
        plans = [events.replay(plan) for plan in found.plans]
        metrics = events.lines(found.plans)
        shown = [show(plan, dots_across(style)) for plan in plans]
        told += _new(told, [warning for one in shown for warning in one.analysis.lints])
        _write_files(options, text, [show(one.plan, _CHART) for one in shown], metrics)
    except ScheduleError as error:
        told += _new(told, error.diagnostics)
    except (files.FileError, EventsError) as error:
        print(f"rheostat: {error}", file=sys.stderr)
        return USAGE
    if options.json:
        print(files.report(text, shown, found.assumed if found else {}, told))
    else:
        _print(shown, metrics, str(found or ""), style)
        _tell(text, told)
    return FAULTY if any(one.severity == "error" for one in told) else 0


def _reaching(end: int, found: Sketch, given: Given) -> Sketch:
    """Bind again over the steps of a trace where nobody said how long the run is."""
    if all(plan.total is not None or plan.horizon >= end for plan in found.plans):
        return found
    longer = sketch(parse(found.plans[0].text), replace(given, total=end))
    return Sketch(longer.plans, {**longer.assumed, "total": end})


def _new(known: list[Diagnostic], more: tuple[Diagnostic, ...] | list[Diagnostic]) -> list[Diagnostic]:
    places = {(one.line, one.column, one.code) for one in known}
    return [one for one in dict.fromkeys(more) if (one.line, one.column, one.code) not in places]


def _print(shown: Sequence[Shown], metrics: Sequence[Line], assumed: str, style: Style) -> None:
    if not shown:
        return
    last = max(one.analysis.total for one in shown)
    print("\n".join(draw([one.line for one in shown], style, last=last)))
    for metric in metrics:
        print(f"\n{metric.name}")
        print("\n".join(draw([metric], replace(style, height=6, log=False, zero=False), last=last)))
    for one in shown:
        print(f"\n{one.plan.group}" if one.plan.group else "")
        print("\n".join(table(one.analysis)))
    if assumed:
        print(f"\n  assumed  {assumed}")


def _tell(text: str, told: Sequence[Diagnostic]) -> None:
    if told:
        colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
        sys.stdout.flush()
        print("\n".join(faults(text, told, _PAINT if colour else ("", "", ""))), file=sys.stderr)


def _write_files(
    options: argparse.Namespace, text: str, shown: Sequence[Shown], metrics: Sequence[Line]
) -> None:
    curves = [one.line for one in shown]
    if options.csv is not None:
        files.write_csv(options.csv, shown)
    if options.html is not None:
        files.write_html(options.html, text, curves, metrics, log=options.log)
    if options.png is not None:
        files.write_png(options.png, text, curves, metrics, log=options.log)


def style_of(columns: int | None) -> Style:
    """How to draw on this terminal, ``columns`` characters across (None: as many as it has)."""
    width = columns or min(shutil.get_terminal_size((80, 24)).columns, 100)
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return Style(width=width, colour=colour, plain=not encoding.startswith("utf"))
