"""``make pictures``: the pages with real runs on them, in both themes and two shapes, into docs/pictures/."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.chromium import FLAGS
from tests.e2e.processes import Dashboard, wait_for

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
SHAPES = {"": {"width": 1400, "height": 900}, "-phone": {"width": 390, "height": 844}}


def job(dashboard: Dashboard, name: str, steps: int) -> AbstractContextManager[None]:
    """One of the demo's training jobs."""
    return process(dashboard, f"rheostat_server.demo.{name}", "--steps", str(steps), "--rate", "150")


def troubled(dashboard: Dashboard) -> AbstractContextManager[None]:
    """A job with an alert, resumed under another plan."""
    return process(dashboard, "tests.e2e.troubled")


@contextmanager
def process(dashboard: Dashboard, module: str, *words: str) -> Iterator[None]:
    """A module run beside the dashboard, and ended."""
    process = subprocess.Popen([sys.executable, "-m", module, *words], env=dashboard.environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def at_step(dashboard: Dashboard, name: str, step: int) -> str:
    """The id of the run whose optimizer is called ``name``, once it has reached ``step``."""

    def look() -> str | None:
        runs = [dashboard.get(f"/runs/{run['id']}") for run in dashboard.get("/runs")["runs"]]
        return next((run["id"] for run in runs if run["optimizer"] == name and run["step"] > step), None)

    found = wait_for(f"step {step}", look, seconds=180)
    assert found is not None
    return found


def take(page: Page, name: str) -> None:
    """The page in both themes and both shapes."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for suffix, size in SHAPES.items():
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.wait_for_timeout(900)
            # All of a phone's page, seen from its end: what is fixed to the lower edge stands there.
            page.evaluate("scrollTo(0, document.body.scrollHeight)" if suffix else "scrollTo(0, 0)")
            page.wait_for_timeout(300)
            page.screenshot(path=PICTURES / f"{name}-{theme}{suffix}.png", full_page=bool(suffix))
    page.set_viewport_size(SHAPES[""])  # type: ignore[arg-type]
    page.evaluate("scrollTo(0, 0)")


def design(page: Page) -> None:
    """States of the design page: a handle in the hand, a pinned curve with versions, groups, a fault."""
    editor = page.get_by_test_id("editor").locator(".cm-content")
    handle = page.get_by_test_id("handle").nth(1)
    page.get_by_role("button", name="Pin curve").click()
    page.get_by_label("Name of pinned curve 1").fill("short warm-up")
    page.get_by_label("Epoch").fill("2500")
    page.get_by_role("button", name="Epochs").click()
    page.get_by_label("Name to save under").fill("cool-down")
    page.get_by_role("button", name="Save version 1").click()
    expect(page.get_by_test_id("saved")).to_contain_text("The text is version 1.")
    handle.focus()
    for _ in range(10):
        page.keyboard.press("Shift+ArrowRight")
        page.wait_for_timeout(150)
    take(page, "design-compared")
    page.wait_for_timeout(500)
    box = handle.locator(".grip-hit").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 12, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 70, steps=10)
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / "design-drag.png")
    page.mouse.up()
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(
        "base 1e-3; linear 0 -> 1x for 5%; cosine -> 0.1x\ngroup body\ngroup head base 2e-3 = hold"
    )
    expect(page.get_by_role("button", name="head")).to_be_visible()
    page.keyboard.press("Escape")
    take(page, "design-groups")
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("linear 0 -> 1x for 5%\nhodl\nsqrt -> 0.1x for 20%")
    expect(page.get_by_test_id("diagnostics")).to_contain_text("hold")
    take(page, "design-fault")


def beginning(page: Page, dashboard: Dashboard) -> None:
    """A server without a run, its settings with a token just made, the list of keys."""
    page.goto(f"{dashboard.url}/runs")
    take(page, "runs-empty")
    page.goto(f"{dashboard.url}/settings")
    page.get_by_test_id("token-name").fill("wall display")
    page.get_by_test_id("token-role").select_option("viewer")
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_test_id("secret")).to_be_visible()
    take(page, "settings")
    page.get_by_role("button", name="Keys", exact=True).click()
    expect(page.get_by_test_id("help")).to_be_visible()
    page.screenshot(path=PICTURES / "keys.png")
    page.keyboard.press("Escape")


def running(page: Page, dashboard: Dashboard, run: str) -> None:
    """A run under an override with a note; its cursor, its table, a design held against it, a link."""
    page.goto(f"{dashboard.url}/runs/{run}")
    page.get_by_test_id("nudge-0.5").click()
    page.get_by_test_id("apply").click()
    expect(page.get_by_test_id("command-status")).to_contain_text("applied at step", timeout=15_000)
    page.keyboard.press("a")
    page.get_by_test_id("annotation-text").fill("halved: a noisy loss")
    page.keyboard.press("Enter")
    page.get_by_test_id("smoothing").fill("0.9")
    page.get_by_test_id("smoothing").blur()
    at_step(dashboard, "AdamW", 1500)
    take(page, "run")
    chart = page.get_by_test_id("run-chart").get_by_role("application")
    chart.focus()
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.wait_for_timeout(600)
    page.screenshot(path=PICTURES / "run-cursor.png")
    page.keyboard.press("t")
    expect(page.get_by_test_id("chart-table")).to_be_visible()
    page.screenshot(path=PICTURES / "chart-table.png")
    page.keyboard.press("Escape")
    page.get_by_test_id("share-run").click()
    page.get_by_test_id("make-share").click()
    expect(page.get_by_test_id("secret")).to_be_visible()
    page.screenshot(path=PICTURES / "share.png")
    page.keyboard.press("Escape")
    page.get_by_test_id("rival").click()
    page.get_by_test_id("rival-text").fill("linear 0 -> 1x for 5%; cosine -> 0.05x")
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    take(page, "run-design")
    page.get_by_role("button", name="Take it away").click()
    page.get_by_test_id("release").click()
    page.get_by_test_id("dial").get_by_role("button", name="Ramp").click()
    page.get_by_test_id("set-value").fill("0.002")
    page.get_by_test_id("over").fill("400")
    page.get_by_test_id("arm").click()
    expect(page.get_by_test_id("apply")).to_be_visible()
    take(page, "armed")


def main() -> None:
    """Start everything, act as a user would, and take the pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Dashboard(Path(folder)) as dashboard,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=os.environ["RHEOSTAT_CHROMIUM"], args=FLAGS)
        page = chromium.new_page(viewport=SHAPES[""])  # type: ignore[arg-type]
        page.goto(dashboard.link())
        page.locator("main .page").wait_for()
        beginning(page, dashboard)
        with ExitStack() as jobs:
            for name, steps in (("characters", 3000), ("digits", 6000)):
                jobs.enter_context(job(dashboard, name, steps))
            running(page, dashboard, at_step(dashboard, "AdamW", 900))
            jobs.enter_context(troubled(dashboard))
            wait_for("an alert", lambda: dashboard.get("/alerts", open="true")["alerts"])
            page.goto(f"{dashboard.url}/runs/troubled")
            expect(page.get_by_test_id("alert").first).to_be_visible(timeout=60_000)
            take(page, "alerts")
            page.goto(f"{dashboard.url}/runs")
            take(page, "runs")
            for name in ("digits", "characters"):
                page.get_by_label(f"Select {name} to compare").check()
            page.get_by_test_id("compare").click()
            page.get_by_test_id("pin-base").first.click()
            expect(page.get_by_test_id("compare-chart").locator("path.js-line")).to_have_count(
                5, timeout=20_000
            )
            take(page, "compare")
            page.goto(f"{dashboard.url}/design")
            take(page, "design")
            design(page)
        chromium.close()


if __name__ == "__main__":
    main()
