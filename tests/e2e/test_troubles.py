"""What the page says when something is wrong: alerts, a resume under another plan, errors, nothing there."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from multiprocessing.process import BaseProcess

import pytest
from playwright.sync_api import Page, expect

import rheostat
from tests.e2e.processes import Dashboard, wait_for
from tests.e2e.troubled import main as train_in_trouble
from tests.e2e.troubled import optimizer
from tests.forks import fork

pytestmark = [pytest.mark.browser, pytest.mark.process]

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """One server for all tests."""
    with Dashboard(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def job(dashboard: Dashboard) -> Iterator[BaseProcess]:
    """The job in trouble, once there is an alert."""
    job = fork(train_in_trouble, environment=dashboard.environment)
    try:
        wait_for("an alert", lambda: dashboard.get("/alerts", open="true")["alerts"])
        yield job
    finally:
        job.kill()
        job.join(10)


@pytest.fixture
def begin(job: BaseProcess) -> str:
    return "/runs/troubled"


@pytest.fixture(autouse=True)
def _open(page: Page) -> None:
    page.set_default_timeout(10_000)
    expect(page.get_by_test_id("page-run")).to_be_visible()


def test_a_phone_shows_lr_and_chart_first_though_there_is_an_alert_and_a_question(page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    expect(page.get_by_test_id("alert").first).to_be_visible()
    expect(page.get_by_test_id("resume")).to_be_visible()
    boxes = [
        page.get_by_test_id(name).first.bounding_box()
        for name in ("stat-lr", "run-chart", "resume", "dial", "panels")
    ]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == len(boxes)
    assert tops == sorted(tops)
    chart = boxes[1]
    assert chart is not None
    assert chart["y"] + chart["height"] / 2 < PHONE["height"], "the lr's half of the chart needs no scrolling"
    expect(page.get_by_test_id("smoothing")).to_be_hidden()
    page.get_by_test_id("chart-tools").click()
    expect(page.get_by_test_id("smoothing")).to_be_visible()


def test_tab_meets_chart_question_and_dial_in_the_order_they_are_seen_in(page: Page) -> None:
    expect(page.get_by_test_id("resume")).to_be_visible()
    walked = {"wide": walk(page)}
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    expect(page.get_by_test_id("chart-tools")).to_be_visible()
    walked["phone"] = walk(page)
    assert walked == {"wide": ["resume", "run-chart", "dial"], "phone": ["run-chart", "resume", "dial"]}


def walk(page: Page) -> list[str]:
    """Question, chart and dial, in the order that Tab gets to them."""
    page.get_by_test_id("share-run").focus()
    met: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """document.activeElement.closest(
                '[data-testid=resume], [data-testid=run-chart], [data-testid=dial]')?.dataset.testid"""
        )
        if found and found not in met:
            met.append(found)
    return met


def test_a_resume_under_another_plan_is_told_with_both_lrs_and_answered(page: Page) -> None:
    resume = page.get_by_test_id("resume")
    expect(resume).to_contain_text("Resumed at step 40 under another plan")
    expect(resume.get_by_role("row").nth(1)).to_contain_text("1.0e-2")
    expect(resume.get_by_role("row").nth(1)).to_contain_text("2.0e-3")
    page.get_by_test_id("resume-keep").click()
    expect(page.get_by_test_id("arm-sentence")).to_contain_text(re.compile("→ .* from about step"))
    page.get_by_test_id("cancel-arm").click()
    page.get_by_test_id("resume-rewarm").click()
    page.get_by_test_id("apply").click()
    expect(page.get_by_test_id("command-status")).to_contain_text("applied at step", timeout=15_000)
    expect(resume).to_have_count(0)
    page.get_by_test_id("release").click()


def test_on_a_phone_the_way_back_is_under_the_thumb_wherever_the_page_stands(page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.get_by_test_id("nudge-0.5").click()
    page.get_by_test_id("apply").click()
    expect(page.get_by_test_id("command-status")).to_contain_text("applied at step", timeout=15_000)
    release = page.get_by_test_id("release")
    for end in (0, "document.body.scrollHeight"):
        page.evaluate(f"scrollTo(0, {end})")
        expect(release).to_be_in_viewport(ratio=1)
    last = page.get_by_role("region", name="About this run").bounding_box()
    way = release.bounding_box()
    assert last is not None
    assert way is not None
    assert last["y"] + last["height"] <= way["y"], "it covers nothing at the page's end"
    release.click()
    expect(page.get_by_test_id("override-banner")).to_have_count(0, timeout=15_000)


def test_an_alert_is_told_marks_the_row_and_is_acknowledged_and_cleared(
    page: Page, dashboard: Dashboard
) -> None:
    alert = page.get_by_test_id("alert")
    expect(alert).to_contain_text("aux_loss is nan at step 59")
    expect(page.get_by_test_id("run-chart")).to_be_visible()
    page.get_by_role("link", name="Runs").click()
    mark = page.get_by_test_id("run-alerts")
    expect(mark).to_have_text("1 alert")
    page.get_by_test_id("run-row").click()
    alert.get_by_role("button", name="Acknowledge").click()
    expect(alert).to_contain_text("seen by")
    (seen,) = dashboard.get("/alerts", open="true")["alerts"]
    assert seen["acknowledged_by"]
    alert.get_by_role("button", name="Clear").click()
    # The loss is still no number: whoever clears the alert too soon gets the next one, unseen.
    expect(alert.filter(has_text="seen by")).to_have_count(0)
    assert seen["id"] not in [one["id"] for one in dashboard.get("/alerts", open="true")["alerts"]]


def test_a_new_alert_is_said_aloud(page: Page, dashboard: Dashboard, job: BaseProcess) -> None:
    page.goto(f"{dashboard.url}/runs")
    expect(page.get_by_test_id("run-row")).to_be_visible()
    assert job.pid is not None
    os.kill(job.pid, signal.SIGUSR1)
    spoken = page.get_by_test_id("spoken")
    expect(spoken).to_contain_text(
        re.compile(r"Alert in troubled: val_loss is nan at step [\d,]+"), timeout=20_000
    )
    # It is said once: the page of the run shows it, and its voice has nothing to add.
    page.get_by_test_id("run-row").click()
    alert = page.get_by_test_id("alert").filter(has_text="val_loss")
    expect(alert).to_be_visible()
    expect(spoken).to_contain_text("Alert in troubled")
    alert.get_by_role("button", name="Clear").click()
    expect(alert).to_have_count(0)


def test_values_that_are_no_numbers_are_marked_and_told(page: Page) -> None:
    panel = page.get_by_test_id("panel-aux_loss")
    panel.scroll_into_view_if_needed()
    expect(panel.locator("path.point").first).to_be_visible(timeout=20_000)
    panel.get_by_role("application").focus()
    page.keyboard.press("Home")
    page.keyboard.press("End")
    expect(panel.get_by_test_id("cursor")).to_contain_text("aux_loss is nan")


def test_the_question_mark_lists_the_keys_and_typing_one_does_not(page: Page) -> None:
    page.get_by_test_id("reason").fill("why?")
    expect(page.get_by_test_id("help")).to_have_count(0)
    page.get_by_test_id("reason").blur()
    page.keyboard.press("?")
    helping = page.get_by_test_id("help")
    expect(helping).to_contain_text("read off the next point")
    page.keyboard.press("f")
    page.keyboard.press("Escape")
    expect(helping).to_have_count(0)


def test_a_schedule_drawn_by_hand_takes_over_the_rest_of_the_run(page: Page) -> None:
    dial = page.get_by_test_id("dial")
    dial.get_by_role("button", name="Swap").click()
    box = page.get_by_test_id("draw-pad").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.7, steps=6)
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] * 0.9, steps=6)
    page.mouse.up()
    expect(page.get_by_test_id("swap-text")).to_have_value(re.compile(r"^keys \{ 0: .*\}$"))
    page.get_by_test_id("arm").click()
    expect(page.get_by_test_id("arm-sentence")).to_contain_text("from about step")
    page.get_by_test_id("apply").click()
    expect(page.get_by_test_id("command-status")).to_contain_text("applied at step", timeout=15_000)
    page.get_by_test_id("release").click()
    expect(page.get_by_test_id("override-banner")).to_have_count(0, timeout=15_000)


@pytest.mark.outage
def test_an_error_says_what_to_do_and_its_details_can_be_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.route("**/api/runs*", lambda route: route.abort())
    page.get_by_role("link", name="Runs").click()
    failure = page.get_by_role("alert")
    expect(failure).to_contain_text("The server does not answer.")
    expect(failure).to_contain_text("rheostat serve")
    failure.get_by_role("button", name="Copy details").click()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert "code: unreachable" in copied
    assert "page: /runs" in copied
    page.unroute("**/api/runs*")
    failure.get_by_role("button", name="Try again").click()
    expect(page.get_by_test_id("run-row")).to_be_visible()


@pytest.mark.missing
def test_what_is_not_there_is_said_so(page: Page, dashboard: Dashboard) -> None:
    page.goto(f"{dashboard.url}/runs/nobody")
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    page.get_by_role("link", name="All runs").click()
    expect(page.get_by_test_id("run-row")).to_be_visible()
    page.goto(f"{dashboard.url}/nowhere/at/all")
    expect(page.get_by_text("There is no page at /nowhere/at/all.")).to_be_visible()


def train_a_step() -> None:
    mine = optimizer()
    with rheostat.attach(mine, run="soon") as agent:
        mine.step()
        agent.log(loss=1.0)


@pytest.mark.missing
def test_a_run_that_is_opened_before_its_job_begins_shows_once_it_does(
    page: Page, dashboard: Dashboard
) -> None:
    page.goto(f"{dashboard.url}/runs/soon")
    expect(page.get_by_text("the run shows here as soon as it does")).to_be_visible()
    soon = fork(train_a_step, environment=dashboard.environment)
    expect(page.get_by_test_id("page-run")).to_be_visible()
    expect(page.get_by_role("heading", name="soon")).to_be_visible()
    soon.join(10)
    assert soon.exitcode == 0
