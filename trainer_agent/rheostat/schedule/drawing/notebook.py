"""What a notebook shows of schedules and plans: SVG, and a Plotly figure where plotly is installed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from rheostat.schedule.diagnostics import BindError

from .figure import figure
from .sketch import Given, sketch
from .svg import lines, svg

if TYPE_CHECKING:
    from rheostat.schedule.plan import Plan
    from rheostat.schedule.program import Schedule

__all__ = ["Bundle", "bundle", "page", "sketched"]

Bundle = dict[str, object]
"""What is shown, by its MIME type: a front end takes the richest that it knows."""

_PLOTLY = "application/vnd.plotly.v1+json"
_WIDTH = 640


def bundle(words: str, plans: Sequence[Plan], text: str, note: str = "") -> Bundle:
    """Show plans: as ``words`` where only text goes, as a page of SVG, and as a figure if plotly is there."""
    found: Bundle = {"text/plain": words, "text/html": page(plans, text, note)}
    try:
        drawn = figure(lines(plans, _WIDTH), title=note)
    except ImportError:
        return found
    return {**found, _PLOTLY: json.loads(drawn.to_json())}


def sketched(schedule: Schedule) -> Bundle:
    """Show every group of a schedule, with told stand-ins for what a run would supply.

    A schedule that cannot be drawn yet shows its text and what it needs.
    """
    try:
        found = sketch(schedule, Given())
    except BindError as error:
        needs = f"<pre>{escape(str(schedule))}\n\n{escape(str(error))}</pre>"
        return {"text/plain": repr(schedule), "text/html": needs}
    note = f"drawn with {found}" if found.assumed else ""
    return bundle(repr(schedule), found.plans, str(schedule), note)


def page(plans: Sequence[Plan], text: str, note: str = "") -> str:
    """Draw plans with their text beneath, as HTML that needs nothing from elsewhere."""
    more = f"<div><small>{escape(note)}</small></div>" if note else ""
    words = f'<pre style="margin:0">{escape(text.strip())}</pre>'
    return f'<figure style="margin:0">{svg(lines(plans, _WIDTH))}{more}{words}</figure>'
