"""Curves written to files: exact values as CSV, a Plotly page, a picture, and everything as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from rheostat.schedule import Analysis, Diagnostic
from rheostat.schedule.drawing.figure import figure
from rheostat.schedule.drawing.svg import COLOURS, Line
from rheostat.schedule.drawing.ticks import spell_lr
from rheostat_server.terminal.shown import Shown

__all__ = ["LIMIT_ROWS", "FileError", "csv_rows", "report", "write_csv", "write_html", "write_png"]

LIMIT_ROWS = 10_000_000
_BLOCK = 65_536


class FileError(Exception):
    """A file that cannot be written, and what to do about it."""


class Drawn(msgspec.Struct, frozen=True):
    """One group's curve in the report: steps and values as drawn, and the analysis."""

    group: str | None
    x: list[int]
    y: list[float]
    analysis: Analysis


class Report(msgspec.Struct, frozen=True):
    """All that ``--json`` says; ``ok`` where there is a curve."""

    ok: bool
    text: str
    assumed: dict[str, float]
    curves: list[Drawn]
    diagnostics: list[Diagnostic]


def report(text: str, shown: Sequence[Shown], assumed: dict[str, float], told: Sequence[Diagnostic]) -> str:
    """Spell everything as JSON."""
    curves = [Drawn(one.plan.group, one.line.x.tolist(), one.line.y.tolist(), one.analysis) for one in shown]
    found = Report(bool(shown), text, assumed, curves, list(told))
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()


def csv_rows(shown: Sequence[Shown]) -> Iterator[str]:
    """The lr at every step, one column a group, spelled so that it reads back to the same bits.

    Raises FileError for a run too long to write down.
    """
    total = max(one.analysis.total for one in shown)
    if total > LIMIT_ROWS:
        raise FileError(f"{total:,} steps are too many rows, at most {LIMIT_ROWS:,}: give a smaller --total")
    yield ",".join(["step", *(_cell(one.line.name) for one in shown)])
    for first in range(0, total, _BLOCK):
        steps = np.arange(first, min(first + _BLOCK, total))
        columns = [steps.tolist(), *(one.at(steps).tolist() for one in shown)]
        yield from (",".join(map(repr, row)) for row in zip(*columns, strict=True))


def _cell(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',"\n\r') else name


def write_csv(path: Path, shown: Sequence[Shown]) -> None:
    """Write `csv_rows`. Raises FileError."""
    rows = csv_rows(shown)
    first = next(rows)
    try:
        with path.open("w", encoding="utf-8") as to:
            to.write(first + "\n")
            to.writelines(f"{row}\n" for row in rows)
    except OSError as error:
        raise _unwritten(path, error) from None


def write_html(
    path: Path, text: str, curves: Sequence[Line], metrics: Sequence[Line], *, log: bool = False
) -> None:
    """Write a page with a Plotly figure that needs nothing from elsewhere. Raises FileError."""
    try:
        made = figure(curves, title=" ".join(text.split()), metrics=metrics, log=log)
    except ImportError as error:
        raise FileError(str(error)) from None
    try:
        made.write_html(path, include_plotlyjs=True, full_html=True)
    except OSError as error:
        raise _unwritten(path, error) from None


def write_png(
    path: Path, text: str, curves: Sequence[Line], metrics: Sequence[Line], *, log: bool = False
) -> None:
    """Write a picture of 1600 x 900 pixels with matplotlib. Raises FileError."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - heavy, and only for pictures
    except ImportError:
        raise FileError("a picture needs matplotlib: pip install 'rheostat[png]'") from None
    made = Figure(figsize=(10.67, 6), dpi=150, layout="constrained")
    heights = [2, 1] if metrics else [1]
    panels = made.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for number, curve in enumerate(curves):
        panels[0].plot(curve.x, curve.y, color=COLOURS[number % len(COLOURS)], label=curve.name)
    for number, metric in enumerate(metrics):
        panels[1].plot(metric.x, metric.y, color=COLOURS[-1 - number % len(COLOURS)], label=metric.name)
    for panel, names in zip(panels, (curves, metrics), strict=False):
        panel.grid(alpha=0.25)
        if len(names) > 1 or panel is not panels[0]:
            panel.legend()
    panels[0].set_ylabel("lr")
    if log:
        panels[0].set_yscale("log")
    else:
        panels[0].set_ylim(bottom=0)
    panels[0].yaxis.set_major_formatter(lambda value, _: spell_lr(value))
    panels[-1].xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    panels[-1].set_xlabel("step")
    # A dollar sign would start mathematics.
    panels[0].set_title(" ".join(text.split()).replace("$", r"\$"), fontsize=10, wrap=True)
    try:
        made.savefig(path, format="png")
    except OSError as error:
        raise _unwritten(path, error) from None


def _unwritten(path: Path, error: OSError) -> FileError:
    return FileError(f"cannot write {path}: {error.strerror or error}")
