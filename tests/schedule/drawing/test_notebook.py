"""What the real IPython gets to show of schedules and plans, with plotly and without it."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from IPython.core.formatters import DisplayFormatter

from rheostat.schedule import parse

PLOTLY = "application/vnd.plotly.v1+json"
PLAN = parse("linear 0 -> 1x for 5%; cosine -> 0").bind(base=3e-4, total=10_000)


def shown(thing: object) -> dict[str, Any]:
    """Ask as a notebook's kernel does for the value of a cell."""
    formatter: Any = DisplayFormatter()
    found, _ = formatter.format(thing)
    return dict(found)


@pytest.fixture
def _no_plotly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "plotly"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "plotly", None)


def test_a_plan_shows_a_figure_of_its_own_numbers_and_the_same_as_svg() -> None:
    found = shown(PLAN)
    (trace,) = found[PLOTLY]["data"]
    assert trace["y"] == [PLAN(step) for step in trace["x"]]
    assert (trace["x"][0], trace["x"][-1]) == (0, 9999)
    assert found["text/html"].count("<polyline") == 1
    assert "peak 3e-4" in found["text/html"]
    assert "linear 0 -&gt; 1x for 5%" in found["text/html"]
    assert found["text/plain"].startswith("Plan(text=")


@pytest.mark.usefixtures("_no_plotly")
def test_without_plotly_svg_is_shown() -> None:
    for thing in (PLAN, parse("cosine -> 0")):
        found = shown(thing)
        assert set(found) == {"text/plain", "text/html"}
        assert found["text/html"].count("<polyline") == 1
        assert thing._repr_html_() == found["text/html"]


def test_a_schedule_shows_itself_and_what_it_was_drawn_with() -> None:
    found = shown(parse("linear 0 -> 1x for 2ep; cosine -> 0 # <b>"))
    note = "drawn with base 1e-3, total 10,000, epoch 100"
    assert found["text/html"].count("<polyline") == 1
    assert note in found["text/html"]
    assert "<b>" not in found["text/html"]
    assert found[PLOTLY]["layout"]["title"]["text"] == note
    assert found["text/plain"].startswith("rheostat.parse(")


def test_groups_are_curves_of_their_own() -> None:
    found = shown(parse("base 1e-3; total 1k; cosine -> 0; group a; group b base 1e-4"))
    assert found["text/html"].count("<polyline") == 2
    assert "drawn with" not in found["text/html"]
    assert [trace["name"] for trace in found[PLOTLY]["data"]] == ["a", "b"]


def test_a_schedule_that_cannot_be_drawn_says_what_it_needs() -> None:
    found = shown(parse("cosine -> 0 for 3Mtok"))
    assert PLOTLY not in found
    assert "<polyline" not in found["text/html"]
    assert "step" in found["text/html"]
