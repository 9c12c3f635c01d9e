"""The whole product in one story: design a schedule, watch a real run, turn its dial, and give it back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e import job as training
from tests.e2e.processes import Dashboard, Job, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.process]

APPLIED = re.compile(r"applied at step ([\d,]+)")


def applied_step(page: Page, before: int = -1) -> int:
    """The step that the page reports for the latest command, once it is later than ``before``."""

    def look() -> int | None:
        found = APPLIED.search(page.get_by_test_id("command-status").inner_text())
        step = int(found[1].replace(",", "")) if found else -1
        return step if step > before else None

    step = wait_for("`applied at step N`", look)
    assert step is not None
    return step


def test_a_start_up_link_signs_one_browser_in_and_leaves_the_address(
    browser: Browser, dashboard: Dashboard
) -> None:
    link = dashboard.link()
    for seen in ("a page", "the sign-in"):
        context = browser.new_context()
        page = context.new_page()
        page.goto(link)
        heading = page.get_by_role("heading", name="Sign in")
        if seen == "a page":
            expect(page.locator("main .page")).to_be_visible()
            assert "code=" not in page.url
        else:
            expect(heading).to_be_visible()
        context.close()


def test_typing_a_schedule_changes_the_curve(page: Page) -> None:
    page.get_by_role("link", name="Design").click()
    chart = page.get_by_test_id("design-chart")
    line = chart.locator(".scatterlayer path.js-line").first
    expect(line).to_be_visible()
    before = line.get_attribute("d")
    page.get_by_label("Base lr").fill("1e-3")
    editor = page.get_by_test_id("editor").locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("linear 0 -> 2x for 10%; cosine -> 0")
    wait_for("another curve", lambda: line.get_attribute("d") not in (before, None))
    expect(page.get_by_test_id("readout-peak")).to_contain_text("2.0e-3")

    page.keyboard.press("Control+A")
    page.keyboard.type("linear 0 -> 2x for 10%; cosin -> 0")
    expect(page.get_by_test_id("diagnostics")).to_contain_text("cosine")
    expect(line).to_be_visible()  # the last good curve stays


def test_a_live_run_follows_the_dial_and_returns_to_its_plan(page: Page, job: Job) -> None:
    page.get_by_role("link", name="Runs").click()
    page.get_by_test_id("run-row").first.click()
    expect(page.get_by_test_id("run-state")).to_contain_text(re.compile("live", re.IGNORECASE))
    wait_for("some steps", lambda: len(job.entries()) > 100)

    page.get_by_test_id("nudge-0.5").click()
    expect(page.get_by_test_id("arm-sentence")).to_contain_text("until released")
    page.get_by_test_id("apply").click()
    begun = applied_step(page)
    wait_for("steps under the override", lambda: len(job.entries()) > begun + 50)

    page.get_by_test_id("release").click()
    ended = applied_step(page, before=begun)
    wait_for("steps after the release", lambda: len(job.entries()) > ended + 50)
    record = job.stop()

    assert [entry["step"] for entry in record] == list(range(len(record)))
    assert 0 < begun < ended < len(record) - 40
    for entry in record:
        halved = begun <= entry["step"] < ended
        assert entry["used"] == [0.5 * lr if halved else lr for lr in entry["plan"]], entry["step"]
    untouched = training.states(total=20_000, steps=len(record))
    assert [entry["state"] for entry in record] == untouched


def test_the_page_shows_the_steps_as_they_happen(page: Page, job: Job) -> None:
    page.get_by_role("link", name="Runs").click()
    page.get_by_test_id("run-row").first.click()
    stat = page.get_by_test_id("stat-step")
    expect(stat).to_contain_text(re.compile(r"\d"))

    def shown() -> int:
        return int(re.sub(r"\D", "", stat.inner_text().split("/")[0].split("of")[0]) or 0)

    first = shown()
    wait_for("a later step on the page", lambda: shown() > first + 50)


def test_the_ends_of_the_lines_move_between_two_drawings_of_the_whole_chart(page: Page, job: Job) -> None:
    page.get_by_role("link", name="Runs").click()
    page.get_by_test_id("run-row").first.click()
    chart = page.get_by_test_id("run-chart")
    wait_for("the end of a line", lambda: chart.locator(".chart-ends circle").count())
    page.evaluate(WATCH_ENDS)
    wait_for("three ends for one line", lambda: page.evaluate("seen.size") >= 3)
    assert page.evaluate("[...seen.values()].every(joins)"), "each goes on where the line on the chart ends"


WATCH_ENDS = """() => {
  const box = (one) => one.getBoundingClientRect();
  globalThis.seen = new Map();
  globalThis.joins = ({ gap, ahead }) => gap < 2 && ahead > 0;
  globalThis.line = "";
  const look = () => {
    const drawn = document.querySelector(".run-chart .xy2 path.js-line");
    const ends = [...document.querySelectorAll(".run-chart .chart-ends path.line")];
    const end = ends.find((one) => getComputedStyle(one).stroke === getComputedStyle(drawn).stroke);
    requestAnimationFrame(look);
    if (!end) return;
    if (drawn.getAttribute("d") !== line) seen.clear();
    line = drawn.getAttribute("d");
    const [before, after] = [box(drawn), box(end)];
    seen.set(end.getAttribute("d"), { gap: Math.abs(after.left - before.right), ahead: after.width });
  };
  look();
}"""


@pytest.mark.outage
def test_a_page_survives_the_death_of_its_server(page: Page, dashboard: Dashboard, job: Job) -> None:
    page.get_by_role("link", name="Runs").click()
    page.get_by_test_id("run-row").first.click()
    wait_for("some steps", lambda: len(job.entries()) > 100)
    dashboard.kill()
    expect(page.get_by_test_id("connection")).to_contain_text(
        re.compile("reconnecting", re.IGNORECASE), timeout=15_000
    )
    dashboard.start()
    expect(page.get_by_test_id("connection")).not_to_contain_text(
        re.compile("reconnecting", re.IGNORECASE), timeout=20_000
    )
    expect(page.get_by_test_id("run-state")).to_contain_text(
        re.compile("live", re.IGNORECASE), timeout=20_000
    )
