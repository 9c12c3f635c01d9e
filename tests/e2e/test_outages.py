"""Everything goes away, one after the other: the page always tells the truth, and comes back by itself.

Here each outage is as short as shows it; ``make faults`` draws the same story out over ten minutes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.processes import Dashboard, Job, wait_for
from tests.e2e.sleep import asleep

pytestmark = [pytest.mark.browser, pytest.mark.process, pytest.mark.outage]

SHORT_S = 2.0
LONG_S = 150.0
"""How long each of the four outages is, in either variant."""
CRASH_S = 60.0
"""Unheard so long, a job that is cut off counts as crashed."""


class Watched:
    """One page on one run, and all that can happen to them."""

    def __init__(self, page: Page, dashboard: Dashboard, job: Job) -> None:
        self.page = page
        self.dashboard = dashboard
        self.job = job

    def open(self) -> None:
        run = wait_for("a live run", self._live)
        self.page.goto(f"{self.dashboard.url}/runs/{run}")
        expect(self.page.get_by_test_id("run-chart").locator("path.js-line").last).to_be_visible(
            timeout=20_000
        )

    def _live(self) -> str | None:
        runs = self.dashboard.get("/runs")["runs"]
        return next((str(run["id"]) for run in runs if run["step"] > 50), None)

    def step(self) -> int:
        """The step that the page shows."""
        return int(re.sub(r"\D", "", self.page.get_by_test_id("stat-step").inner_text()))

    def silent_for(self) -> int:
        """The seconds for which the page says that nothing was heard."""
        words = self.page.locator(".stats").inner_text()
        found = re.search(r"silent for (\d+) s", words)
        return int(found[1]) if found else 0

    def taken(self) -> int:
        """The steps that the job has taken."""
        return len(self.job.entries())

    def cut_off(self, seconds: float) -> None:
        """It says that it is cut off, shows how old its numbers are, and offers nothing that it cannot do."""
        expect(self.page.get_by_test_id("connection")).to_contain_text("reconnecting", timeout=20_000)
        expect(self.page.get_by_test_id("dial-locked")).to_contain_text(
            re.compile("cut off|not heard"), timeout=10_000
        )
        expect(self.page.get_by_test_id("release")).to_be_disabled()
        stood = self.step()
        self.rest(seconds)
        assert self.step() == stood, "no number moves while nothing is known"
        expect(self.page.get_by_test_id("connection")).to_contain_text(re.compile(r"data \d+ (s|min)"))

    def back(self) -> None:
        """It is as it was: connected, in control, at the job's own step, with no step missing between."""
        expect(self.page.get_by_test_id("connection")).not_to_contain_text("reconnecting", timeout=30_000)
        expect(self.page.get_by_test_id("dial-locked")).to_have_count(0, timeout=20_000)
        wait_for("the job's own step", lambda: self.step() > self.taken() - 80, 30)
        before = self.step()
        wait_for("moving numbers", lambda: self.step() > before + 10, 30)
        footnote = self.page.get_by_test_id("chart-footnote")
        wait_for("every point of the gap", lambda: self._points(footnote.inner_text()), 30)

    def _points(self, words: str) -> bool:
        found = re.search(r"of ([\d,]+) points", words)
        return found is not None and int(found[1].replace(",", "")) > self.step() - 80

    def rest(self, seconds: float) -> None:
        self.page.wait_for_timeout(1000 * seconds)


@pytest.fixture
def watched(page: Page, dashboard: Dashboard, tmp_path: Path) -> Iterator[Watched]:
    words = ("--rate", "40", "--total", "100000", "--steps", "100000")
    with Job(dashboard, tmp_path / "record.jsonl", *words) as job:
        found = Watched(page, dashboard, job)
        found.open()
        yield found


def outages(watched: Watched, seconds: float) -> None:
    """Server, network, tab and job, each away for ``seconds``."""
    page, dashboard = watched.page, watched.dashboard
    dashboard.kill()
    watched.cut_off(seconds)
    dashboard.start()
    watched.back()

    page.context.set_offline(True)
    watched.cut_off(seconds)
    page.context.set_offline(False)
    watched.back()

    with asleep(page):
        time.sleep(seconds)
    watched.back()

    watched.job.kill()
    taken = watched.taken()
    state = page.get_by_test_id("run-state")
    expect(state).to_have_text(re.compile("silent"), timeout=60_000)
    expect(page.get_by_test_id("dial-locked")).to_be_visible()
    expect(page.locator(".stats")).to_have_class(re.compile("is-stale"))
    age = wait_for("the age of what is shown", watched.silent_for, 10)
    wait_for("an age that counts by itself", lambda: watched.silent_for() > age, 10)
    watched.rest(seconds)
    assert taken - 20 <= watched.step() <= taken + 1, "the last step is the last that was heard of"
    gone = re.compile("crashed" if seconds > CRASH_S else "silent")
    expect(state).to_have_text(gone, timeout=20_000)
    # Nothing of the outages before is left in the way of what comes next.
    page.reload()
    expect(state).to_have_text(gone, timeout=20_000)
    assert taken - 20 <= watched.step() <= taken + 1


def test_server_network_tab_and_job_go_away_and_the_page_tells_the_truth(watched: Watched) -> None:
    outages(watched, SHORT_S)


@pytest.mark.faults
@pytest.mark.timeout(1500)
def test_ten_minutes_of_outages(watched: Watched) -> None:
    outages(watched, LONG_S)
