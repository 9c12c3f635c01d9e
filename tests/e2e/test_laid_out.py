"""Lines on the chart: smoothed by the server over every point, laid out by a count that the runs logged."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.processes import Dashboard, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.process]

STEPS = 4000
WEIGHT = 0.95
COLUMNS = 300
EACH = {"short": 512, "long": 2048}
"""Tokens in a step, by run."""

TRACE = """(wanted) => {
  const chart = document.querySelector(".js-plotly-plot");
  const trace = chart?.data.find(({ name, meta }) => (meta ?? name) === wanted);
  return trace ? [Array.from(trace.x), Array.from(trace.y)] : null;
}"""
AXIS = "document.querySelector('.js-plotly-plot')?.layout.xaxis.range ?? [0, 0]"


def loss(step: int) -> float:
    return round(0.4 + 2.5 * math.exp(-step / 900) + 0.4 * math.sin(7.3 * step), 9)


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A server with two imported runs that count their tokens."""
    rows = [
        f"{name},{step},{loss(step)},{3e-4},{each * (step + 1)}"
        for name, each in EACH.items()
        for step in range(STEPS)
    ]
    content = base64.b64encode("\n".join(["run,step,loss,lr,tokens", *rows]).encode()).decode()
    with Dashboard(tmp_path_factory.mktemp("server")) as running:
        running.send("POST", "/runs/import", {"file": "two.csv", "content": content})
        yield running


def ids(dashboard: Dashboard) -> dict[str, str]:
    return {run["name"]: str(run["id"]) for run in dashboard.get("/runs")["runs"]}


def drawn(page: Page, name: str) -> dict[float, float]:
    """The points of one line of the first chart; empty until it is drawn."""
    found = page.evaluate(TRACE, name)
    return dict(zip(*found, strict=True)) if found else {}


def is_by_tokens(page: Page, name: str, each: int) -> bool:
    """Whether a line has its points where the run had seen so many tokens, to its end."""
    line = drawn(page, name)
    there = all(value == loss(round(tokens / each) - 1) for tokens, value in line.items())
    return there and max(line, default=0) > 0.99 * each * STEPS


def smoothed(dashboard: Dashboard, run: str, width: int) -> dict[float, float]:
    """The server's own mean over every point of the whole run."""
    series: dict[str, Any] = dashboard.get(f"/runs/{run}/series", metric="loss", smooth=WEIGHT, width=width)
    line = series["series"]["loss"]
    return dict(zip(line["x"], line["y"], strict=True))


def test_a_smooth_line_is_the_servers_mean_over_every_point(page: Page, dashboard: Dashboard) -> None:
    run = ids(dashboard)["long"]
    page.goto(f"{dashboard.url}/runs/{run}")
    page.get_by_test_id("smoothing").fill(str(WEIGHT))
    wanted = smoothed(dashboard, run, COLUMNS)
    wait_for(
        "the server's points",
        lambda: wanted.items() <= drawn(page, "loss smoothed").items(),
        20,
    )


def test_a_stretch_is_smoothed_as_the_whole_run_is(page: Page, dashboard: Dashboard) -> None:
    run = ids(dashboard)["long"]
    first, last = 2000, 2200
    page.goto(f"{dashboard.url}/runs/{run}?from={first}&to={last}&smooth={WEIGHT}")
    whole = smoothed(dashboard, run, 8000)

    def inside() -> dict[float, float]:
        found = drawn(page, "loss smoothed")
        return {step: value for step, value in found.items() if first <= step <= last}

    wait_for("every point", lambda: len(inside()) > last - first, 20)
    for step, value in inside().items():
        assert value == pytest.approx(whole[step], abs=2e-3), step


def test_a_run_that_counts_its_tokens_is_laid_out_by_them(page: Page, dashboard: Dashboard) -> None:
    page.goto(f"{dashboard.url}/runs/{ids(dashboard)['long']}")
    page.get_by_test_id("axis").select_option("tokens")
    wait_for("the tokens of the whole run", lambda: page.evaluate(AXIS)[1] >= EACH["long"] * STEPS, 20)
    expect(page.get_by_test_id("step-tokens")).to_have_count(0)
    wait_for("every point there", partial(is_by_tokens, page, "loss", EACH["long"]), 20)
    page.get_by_test_id("axis").select_option("step")


def test_runs_are_compared_by_the_tokens_they_saw_and_smoothed_by_the_server(
    page: Page, dashboard: Dashboard
) -> None:
    known = ids(dashboard)
    page.goto(f"{dashboard.url}/compare?run={known['short']}&run={known['long']}&metric=loss")
    page.get_by_role("button", name="By tokens").click()
    assert "axis=tokens" in page.url
    for name, each in EACH.items():
        wait_for(f"the tokens of {name}", partial(is_by_tokens, page, f"loss of {name}", each), 20)
    page.get_by_role("button", name="By step").click()
    page.get_by_test_id("smoothing").fill(str(WEIGHT))
    wanted = smoothed(dashboard, known["long"], COLUMNS)
    wait_for("the server's mean", lambda: drawn(page, "smoothed loss of long") == wanted, 20)
    lrs = drawn(page, "lr of long")
    assert set(lrs.values()) == {3e-4}, "the lr is never smoothed"
