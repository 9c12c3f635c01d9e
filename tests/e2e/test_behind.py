"""The dashboard behind a reverse proxy's path prefix, and through a tunnel from another port."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.gateway import Gateway
from tests.e2e.processes import Dashboard, Job, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.process]

WAYS = {
    "a proxy that keeps the prefix": ("/lab/rheostat", False),
    "a proxy that takes it off": ("/lab/rheostat", True),
    "a tunnel": ("", False),
}


@pytest.fixture(scope="module", params=[*WAYS])
def way(request: pytest.FixtureRequest) -> tuple[str, bool]:
    """The prefix, and whether the proxy takes it off what it passes on."""
    return WAYS[request.param]


@pytest.fixture(scope="module")
def dashboard(way: tuple[str, bool], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A server that was told its prefix."""
    running = Dashboard(tmp_path_factory.mktemp("server"))
    running.environment["RHEOSTAT_ROOT_PATH"] = way[0]
    with running:
        yield running


@pytest.fixture(scope="module")
def gateway(way: tuple[str, bool], dashboard: Dashboard) -> Iterator[Gateway]:
    prefix, strips = way
    with Gateway(dashboard.port, prefix, strips=strips) as running:
        yield running


def test_a_run_is_watched_and_steered_through_it(
    page: Page, dashboard: Dashboard, gateway: Gateway, tmp_path: Path
) -> None:
    page.goto("about:blank")
    page.context.clear_cookies()
    code = dashboard.link().split("code=")[1]
    with Job(dashboard, tmp_path / "record.jsonl", "--rate", "40"):
        (run,) = wait_for("a run", lambda: dashboard.get("/runs")["runs"])
        page.goto(f"{gateway.url}/?code={code}")
        page.get_by_role("link", name="Runs").click()
        expect(page).to_have_url(f"{gateway.url}/runs")
        page.get_by_test_id("run-row").click()
        expect(page).to_have_url(re.compile(re.escape(f"{gateway.url}/runs/{run['id']}")))
        expect(page.get_by_test_id("run-chart").locator("path.js-line").last).to_be_visible(timeout=20_000)
        step = page.get_by_test_id("stat-step")
        before = step.inner_text()
        expect(step).not_to_have_text(before)
        page.get_by_test_id("nudge-0.5").click()
        page.get_by_test_id("apply").click()
        expect(page.get_by_test_id("command-status")).to_contain_text("applied at step", timeout=15_000)
        page.get_by_test_id("share-run").click()
        page.get_by_test_id("make-share").click()
        expect(page.get_by_test_id("secret")).to_contain_text(f"{gateway.url}/runs/{run['id']}?code=")
        page.keyboard.press("Escape")
        page.reload()
        expect(page.get_by_test_id("override-banner")).to_be_visible(timeout=20_000)
        page.go_back()
        expect(page.get_by_test_id("run-row")).to_be_visible()
        page.get_by_role("link", name="Design").click()
        expect(page.get_by_test_id("handle").first).to_be_visible(timeout=20_000)
    assert gateway.strays == []
    assert gateway.sockets > 0


def test_nothing_else_is_served_there(page: Page, gateway: Gateway, way: tuple[str, bool]) -> None:
    answer = page.request.get(f"{gateway.url}/no/such/page", headers={"Accept": "text/html"})
    assert answer.status == 404
    assert f'<base href="{way[0]}/"' in answer.text()
