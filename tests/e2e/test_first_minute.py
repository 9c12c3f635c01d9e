"""The first minute with Rheostat, on a fresh demo: watch, turn the dial and back, design, take lines away.

With ``RHEOSTAT_PICTURES=1`` a picture of each beat is put into ``docs/pictures``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.processes import free_port, wait_for
from tests.e2e.test_demo import demo

pytestmark = [pytest.mark.browser, pytest.mark.process]

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
WANTED = bool(os.environ.get("RHEOSTAT_PICTURES"))
"""Whether to take the pictures; read before the tests are shielded from such settings."""
APPLIED = re.compile(r"applied at step ([\d,]+)")


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The page that the demo opens, through the link it prints."""
    context = browser.new_context(
        viewport={"width": 1400, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
    )
    with demo(tmp_path / "data", free_port()) as (_, _, link):
        page = context.new_page()
        page.goto(link)
        page.set_default_timeout(30_000)
        yield page
        context.close()


def beat(page: Page, number: int, name: str) -> None:
    """A picture of this moment, where they are wanted."""
    if WANTED:
        page.wait_for_timeout(1200)
        page.screenshot(path=PICTURES / f"minute-{number}-{name}.png")


def number(page: Page, testid: str) -> float:
    return float(re.sub(r"[^\d.e+-]", "", page.get_by_test_id(testid).inner_text()))


def share(page: Page) -> float:
    """The lr over the plan's own, as the page shows both: the plan may still be warming up."""
    beside = page.get_by_test_id("stat-lr").locator("xpath=following-sibling::dd").inner_text()
    plan = re.search(r"plan (\S+)", beside)
    return number(page, "stat-lr") / float(plan[1]) if plan else 1.0


def drag_peak(page: Page) -> None:
    """Take the peak by the hand, and see its number in the text follow."""
    handle = page.get_by_test_id("handle").nth(1)
    box = handle.locator(".grip-hit").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 70, steps=15)
    expect(page.get_by_test_id("live-curve")).to_be_visible()


def test_the_first_minute(page: Page) -> None:
    # Two jobs train already; lr and loss move, and the plan is drawn ahead.
    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_test_id("run-row")).to_have_count(2, timeout=60_000)
    beat(page, 1, "runs")
    page.get_by_test_id("run-row").filter(has_text="characters").click()
    lines = page.get_by_test_id("run-chart").locator("path.js-line")
    expect(lines.last).to_be_visible()
    begun = number(page, "stat-step")
    wait_for("more steps", lambda: number(page, "stat-step") > begun + 20)
    revision = page.get_by_test_id("run-chart").locator(".chart-area")
    drawn = int(revision.get_attribute("data-revision") or 0)
    wait_for("a chart that moves", lambda: int(revision.get_attribute("data-revision") or 0) > drawn)
    page.get_by_role("button", name="Recent").click()
    beat(page, 2, "moving")

    # Half the lr: said in words first, then done by the job, at a step and in a time.
    page.get_by_test_id("nudge-0.5").click()
    expect(page.get_by_test_id("arm-sentence")).to_contain_text("until released")
    beat(page, 3, "armed")
    page.get_by_test_id("apply").click()
    status = page.get_by_test_id("command-status")
    expect(status).to_contain_text(APPLIED)
    expect(status).to_contain_text(re.compile(r"\d+ ms"))
    expect(page.get_by_test_id("override-banner")).to_be_visible()
    assert "override" in page.title()
    wait_for("half the plan's lr on the page", lambda: share(page) == pytest.approx(0.5, rel=0.02))
    found = APPLIED.search(status.inner_text())
    assert found is not None
    applied = int(found[1].replace(",", ""))
    wait_for("steps under the override", lambda: number(page, "stat-step") > applied + 60)
    beat(page, 4, "applied")

    page.get_by_test_id("release").click()
    expect(page.get_by_test_id("override-banner")).to_have_count(0)
    wait_for("the plan's lr on the page", lambda: share(page) == 1.0)
    beat(page, 5, "released")

    # Text and curve are one thing.
    page.get_by_role("link", name="Design", exact=True).click()
    editor = page.get_by_test_id("editor").locator(".cm-content")
    expect(page.get_by_test_id("handle").nth(1)).to_be_visible()
    expect(editor).to_contain_text("-> 1x for 5%")
    drag_peak(page)
    expect(editor).not_to_contain_text("-> 1x for 5%")
    beat(page, 6, "design")
    page.mouse.up()

    # And three lines to take away, with this server's own address.
    use = page.get_by_test_id("use")
    use.get_by_role("button", name="Copy", exact=True).click()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    origin = page.evaluate("location.origin")
    assert "import rheostat" in copied
    assert f'server="{origin}"' in copied
    assert "agent.log(loss=loss)" in copied
    beat(page, 7, "lines")
