"""A real server, real training and a real browser, each in a process of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.chromium import FLAGS
from tests.e2e.processes import Dashboard, Job

ALLOWED = {"outage": "net::ERR_", "refusal": "status of 409", "missing": "status of 404"}
"""What the console may tell of, by the marker that lets it."""


@pytest.fixture
def dashboard(tmp_path: Path) -> Iterator[Dashboard]:
    """A server on a data folder of its own, stopped at the end."""
    with Dashboard(tmp_path / "server") as running:
        yield running


@pytest.fixture
def job(dashboard: Dashboard, tmp_path: Path) -> Iterator[Job]:
    """A training process attached to the dashboard, stopped at the end."""
    with Job(dashboard, tmp_path / "record.jsonl") as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests here, or a skip that the summary shouts about."""
    path = os.environ.get("RHEOSTAT_CHROMIUM")
    if not path:
        pytest.skip("no Chromium: run `make test`, or name one in RHEOSTAT_CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def begin() -> str:
    """Where the page of a test begins; modules that have another place name theirs."""
    return "/runs"


@pytest.fixture
def page(
    request: pytest.FixtureRequest, browser: Browser, dashboard: Dashboard, begin: str
) -> Iterator[Page]:
    """A signed-in page; any error in its console, and any request to elsewhere, fails the test.

    Only under the marker ``outage`` may the console tell of requests that found no server, and under
    ``refusal`` of one that was answered with a conflict, under ``missing`` of what is not there.
    """
    allowed = [said for marker, said in ALLOWED.items() if request.node.get_closest_marker(marker)]
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"exception: {error}"))
    page.on("console", lambda said: faults.append(said.text) if _is_fault(said, allowed) else None)
    page.on("request", lambda sent: faults.append(sent.url) if _foreign(sent.url) else None)
    dashboard.admit(context)
    page.goto(f"{dashboard.url}{begin}")
    yield page
    context.close()
    assert faults == []


def _is_fault(said: ConsoleMessage, allowed: list[str]) -> bool:
    return said.type == "error" and not any(words in said.text for words in allowed)


def _foreign(url: str) -> bool:
    return re.match(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:", url) is None
