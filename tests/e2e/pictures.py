"""``make pictures``: the pages with real runs on them, in both themes and two shapes, into docs/pictures/."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.chromium import FLAGS
from tests.e2e.processes import Dashboard, wait_for

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
SHAPES = {"": {"width": 1400, "height": 900}, "-phone": {"width": 390, "height": 844}}


@contextmanager
def job(dashboard: Dashboard, name: str, steps: int) -> Iterator[None]:
    """One of the demo's training jobs."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"rheostat_server.demo.{name}", "--steps", str(steps), "--rate", "150"],
        env=dashboard.environment,
    )
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
            page.screenshot(path=PICTURES / f"{name}-{theme}{suffix}.png", full_page=bool(suffix))
    page.set_viewport_size(SHAPES[""])  # type: ignore[arg-type]


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


def main() -> None:
    """Start everything, act as a user would, and take the pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Dashboard(Path(folder)) as dashboard,
        job(dashboard, "characters", 3000),
        job(dashboard, "digits", 6000),
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=os.environ["RHEOSTAT_CHROMIUM"], args=FLAGS)
        page = chromium.new_page(viewport=SHAPES[""])  # type: ignore[arg-type]
        page.goto(dashboard.link())
        run = at_step(dashboard, "AdamW", 900)
        page.goto(f"{dashboard.url}/runs/{run}")
        page.get_by_test_id("nudge-0.5").click()
        page.get_by_test_id("apply").click()
        expect(page.get_by_test_id("command-status")).to_contain_text("applied at step", timeout=15_000)
        page.keyboard.press("a")
        page.get_by_test_id("annotation-text").fill("halved: the loss was noisy")
        page.keyboard.press("Enter")
        page.get_by_test_id("smoothing").fill("0.9")
        at_step(dashboard, "AdamW", 1500)
        take(page, "run")
        page.get_by_test_id("release").click()
        page.get_by_test_id("dial").get_by_role("button", name="Ramp").click()
        page.get_by_test_id("set-value").fill("0.002")
        page.get_by_test_id("over").fill("400")
        page.get_by_test_id("arm").click()
        expect(page.get_by_test_id("apply")).to_be_visible()
        take(page, "armed")
        page.goto(f"{dashboard.url}/runs")
        take(page, "runs")
        for box in page.get_by_role("checkbox").all():
            box.check()
        page.get_by_test_id("compare").click()
        page.get_by_test_id("pin-base").first.click()
        take(page, "compare")
        page.goto(f"{dashboard.url}/design")
        take(page, "design")
        design(page)
        chromium.close()


if __name__ == "__main__":
    main()
