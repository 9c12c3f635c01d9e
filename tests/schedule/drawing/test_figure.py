"""Figures hold the plan's own numbers, and say what to install where plotly is missing."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from rheostat.schedule import parse
from rheostat.schedule.drawing.figure import figure
from rheostat.schedule.drawing.svg import Line, lines

PLAN = parse("linear 0 -> 1x for 5%; hold; sqrt -> 0.1x for 20%").bind(base=3e-4, total=100_000)


def test_a_figure_holds_the_plans_own_numbers() -> None:
    (trace,) = PLAN.figure(width=300).data
    assert len(trace.x) <= 700
    assert list(trace.y) == [PLAN(step) for step in trace.x]
    assert (trace.x[0], trace.x[-1]) == (0, 99_999)


def test_metrics_stand_in_a_panel_of_their_own() -> None:
    metric = Line("loss", np.arange(3), np.array([3.0, 2.0, 1.0]))
    lr, loss = figure(lines((PLAN,), 10), title="Two panels", metrics=(metric,)).data
    assert (lr.yaxis, loss.yaxis) == ("y", "y2")
    assert (loss.name, list(loss.y)) == ("loss", [3.0, 2.0, 1.0])


def test_without_plotly_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "plotly"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "plotly", None)
    with pytest.raises(ImportError, match=r"pip install 'rheostat\[server\]'"):
        PLAN.figure()
