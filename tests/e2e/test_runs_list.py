"""The list of 500 runs: sort, filter, keys, edit in place, archive with undo; and six of them compared."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.processes import Dashboard, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.process]

RUNS = 500
STEPS = 4


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A server with 500 imported runs; that of number n ends at loss n and lr n·1e-5."""
    rows = [
        f"seed-{number:03d},{step},{number + STEPS - 1 - step},{number * 1e-5}"
        for number in range(1, RUNS + 1)
        for step in range(STEPS)
    ]
    content = base64.b64encode("\n".join(["run,step,loss,lr", *rows]).encode()).decode()
    with Dashboard(tmp_path_factory.mktemp("server")) as running:
        told = running.send("POST", "/runs/import", {"file": "many.csv", "content": content})
        assert len(told["runs"]) == RUNS
        yield running


@pytest.fixture(autouse=True)
def _open(page: Page) -> None:
    page.set_default_timeout(10_000)
    expect(page.get_by_test_id("run-row").first).to_be_visible()


def names(page: Page) -> list[str]:
    """The names on the screen, from the top."""
    return page.get_by_test_id("run-row").locator("strong").all_inner_texts()


def test_500_runs_make_few_rows_and_any_of_them_can_be_scrolled_to(page: Page) -> None:
    expect(page.locator(".filter")).to_contain_text(f"{RUNS} in all")
    assert len(names(page)) < 60
    page.get_by_role("button", name="Run", exact=True).click()
    assert names(page)[0] == "seed-001"
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.get_by_test_id("run-row").last).to_contain_text("seed-500")
    assert len(names(page)) < 60


def test_any_column_sorts_and_the_address_keeps_sort_and_filter(page: Page) -> None:
    page.get_by_role("button", name="Metric").click()
    wait_for("the largest first", lambda: names(page)[0] == "seed-500")
    page.get_by_role("button", name="Metric").click()
    wait_for("the least first", lambda: names(page)[0] == "seed-001")
    page.keyboard.press("/")
    page.keyboard.type("seed-49")
    expect(page.get_by_test_id("run-row")).to_have_count(10)
    page.reload()
    expect(page.get_by_test_id("run-row")).to_have_count(10)
    assert names(page)[0] == "seed-490"
    assert "sort=value" in page.url


def test_keys_walk_select_open_and_come_back(page: Page) -> None:
    page.get_by_role("button", name="Run", exact=True).click()
    page.evaluate("document.activeElement.blur()")
    for key in "jjx":
        page.keyboard.press(key)
    expect(page.get_by_role("checkbox", name="Select seed-002 to compare")).to_be_checked()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("page-run")).to_be_visible()
    expect(page.get_by_role("heading", name="seed-001")).to_be_visible()
    page.go_back()
    expect(page.get_by_test_id("page-runs")).to_be_visible()


def test_name_tags_and_notes_are_edited_in_place(page: Page, dashboard: Dashboard) -> None:
    page.get_by_label("Filter runs").fill("seed-123")
    line = page.get_by_test_id("run-line")
    line.hover()
    line.get_by_role("button", name="Edit seed-123").click()
    page.get_by_test_id("edit-name").fill("seed-123 renamed")
    page.get_by_test_id("edit-tags").fill("good, long")
    page.get_by_test_id("edit-notes").fill("worth another look")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("run-row")).to_contain_text("seed-123 renamed")
    expect(page.get_by_test_id("run-row").locator(".tag")).to_have_text(["good", "long"])
    row = next(run for run in dashboard.get("/runs")["runs"] if run["name"] == "seed-123 renamed")
    assert dashboard.get(f"/runs/{row['id']}")["notes"] == "worth another look"


def test_a_run_is_archived_and_had_back(page: Page) -> None:
    page.get_by_label("Filter runs").fill("seed-200")
    page.get_by_test_id("run-line").hover()
    page.get_by_role("button", name="Archive seed-200").click()
    expect(page.get_by_test_id("run-row")).to_have_count(0)
    page.get_by_role("button", name="archived", exact=True).click()
    expect(page.get_by_test_id("run-row")).to_have_count(1)
    page.get_by_role("button", name="archived", exact=True).click()
    page.get_by_test_id("undo").get_by_role("button", name="Undo").click()
    expect(page.get_by_test_id("run-row")).to_have_count(1)


def test_six_runs_are_compared_against_a_baseline(page: Page) -> None:
    page.get_by_label("Filter runs").fill("seed-01")
    page.get_by_role("button", name="Run", exact=True).click()
    for number in range(10, 16):
        page.get_by_role("checkbox", name=f"Select seed-{number:03d} to compare").check()
    page.get_by_test_id("compare").click()
    chart = page.get_by_test_id("compare-chart")
    lines = chart.locator("path.js-line")
    expect(lines).to_have_count(12, timeout=20_000)
    page.get_by_test_id("pin-base").first.click()
    expect(lines).to_have_count(12 + 5)
    expect(chart).to_contain_text("loss minus that of seed-010")
    row = page.get_by_test_id("compare-row").nth(1)
    row.get_by_role("button", name="seed-011", exact=True).click()
    expect(lines).to_have_count(10 + 4)
    page.get_by_role("button", name="By time").click()
    assert "axis=time" in page.url
    page.get_by_role("button", name="By step").click()
    page.reload()
    expect(lines).to_have_count(12 + 5, timeout=20_000)
    page.get_by_role("button", name=re.compile("Take seed-015 out")).click()
    expect(lines).to_have_count(10 + 4)
