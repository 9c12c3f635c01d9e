"""A tab sleeps while a job trains as fast as it can: it wakes to one snapshot, and its chart is right."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, Response, WebSocket, expect

from tests.e2e.processes import Dashboard, wait_for
from tests.e2e.sleep import asleep
from tests.e2e.tight import TightJob
from tests.forks import forks

pytestmark = [pytest.mark.browser, pytest.mark.process]

RUN = "while-asleep"
SNAPSHOT_BYTES = 200_000
PIXELS = 1400
"""The page is so wide; a column of the chart has two points at most."""
LOSS = """() => {
    const inside = document.querySelector("[data-testid=run-chart]");
    const plot = inside.closest(".js-plotly-plot") ?? inside.querySelector(".js-plotly-plot");
    const loss = plot.data.find((trace) => trace.name === "loss");
    return [Array.from(loss.x), Array.from(loss.y)];
}"""


@dataclass
class Traffic:
    """What came to the page: resets over the websocket, series over HTTP."""

    resets: int = 0
    frames: int = 0
    snapshots: list[Response] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Listen from the next page load on."""
        page.on("response", lambda told: self.snapshots.append(told) if "/series" in told.url else None)
        page.on("websocket", self._open)

    def _open(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._frame)

    def _frame(self, payload: str | bytes) -> None:
        self.frames += len(payload)
        self.resets += json.loads(payload)["type"] == "reset"


def loss(page: Page) -> tuple[list[float], list[float]]:
    """The points of the loss that the chart draws."""
    x, y = page.evaluate(LOSS)
    return x, y


def reaches(page: Page, step: int) -> bool:
    x, _ = loss(page)
    return bool(x) and x[-1] >= step


@pytest.mark.parametrize(
    "asleep_s",
    [6.0, pytest.param(90.0, marks=[pytest.mark.faults, pytest.mark.timeout(400)], id="long")],
)
def test_a_tab_that_slept(page: Page, dashboard: Dashboard, asleep_s: float) -> None:
    traffic = Traffic()
    traffic.watch(page)
    job = TightJob(forks(), dashboard.folder, RUN, 1)
    try:
        wait_for("a run on the server", lambda: dashboard.get("/runs")["runs"])
        page.goto(f"{dashboard.url}/runs/{RUN}")
        chart = page.get_by_test_id("run-chart").locator("path.js-line")
        expect(chart.last).to_be_visible(timeout=20_000)
        wait_for("steps on the chart", lambda: reaches(page, 1000))
        first, live = len(traffic.snapshots), traffic.frames
        with asleep(page):
            before = job.done
            time.sleep(asleep_s)
            slept = job.done - before
        woke, here = time.monotonic(), job.done
        wait_for("the chart to be of now", lambda: reaches(page, here), 30)
        right_after = time.monotonic() - woke
    finally:
        job.wait()
    wait_for("the last step", lambda: reaches(page, job.done - 1), 30)
    sizes = [len(told.body()) for told in traffic.snapshots[first:]]
    x, y = loss(page)
    assert x == y, "the loss of the job is the number of the step"
    assert (x[0], x[-1]) == (0, job.done - 1)
    assert len(x) <= 4 * PIXELS
    assert max(b - a for a, b in itertools.pairwise(x)) <= job.done / 100, "no hole where it slept"
    assert max(sizes, default=0) <= SNAPSHOT_BYTES
    # What a short sleep missed may fit the buffers on the way; after a long one there is a snapshot.
    assert traffic.resets == len(sizes)
    assert traffic.resets == 1 if asleep_s > 60 else traffic.resets <= 1
    print(
        f"asleep for {asleep_s:.0f} s and {slept:,} steps: right {right_after:.1f} s after waking; then "
        f"{traffic.resets} resets, snapshots of {sizes} bytes, {traffic.frames - live:,} bytes live"
    )
