"""Try a plateau on a trace in the browser, and start from the recipe of a paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.processes import Job, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.process]


def design(page: Page, text: str) -> None:
    """Open the design page and type a schedule over what stands there."""
    page.get_by_role("link", name="Design").click()
    page.get_by_test_id("editor").locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def last_lr(page: Page, value: str) -> None:
    """Wait until the page says that the schedule ends at an lr."""
    expect(page.get_by_test_id("readout-last")).to_contain_text(value)


def test_typed_values_and_a_csv_move_the_curve(page: Page, tmp_path: Path) -> None:
    design(page, "plateau(val_loss, factor=0.5x, patience=2)")
    panel = page.get_by_test_id("trace-panel")
    expect(panel).to_contain_text("val_loss")
    page.get_by_label("Total").fill("1000")
    page.get_by_label("Base lr").fill("1e-3")

    panel.get_by_role("button", name="Typed").click()
    panel.get_by_label("Values").fill("3 2 2 2 2")
    panel.get_by_label("One every").fill("100")
    expect(page.get_by_test_id("trace-drops")).to_contain_text("drops once: at step 400")
    last_lr(page, "5.0e-4")
    traces = page.get_by_test_id("design-chart").locator(".scatterlayer path.js-line")
    expect(traces).to_have_count(2)

    rows = "\n".join(f"{step},1.0" for step in range(0, 1000, 50))
    (tmp_path / "loss.csv").write_text(f"step,val_loss\n{rows}\n")
    panel.get_by_role("button", name="CSV").click()
    expect(page.get_by_test_id("trace-drops")).to_contain_text("Without values")
    panel.get_by_label("File").set_input_files(tmp_path / "loss.csv")
    expect(page.get_by_test_id("trace-drops")).to_contain_text("at step 150, 300, 450")

    panel.get_by_role("button", name="Made up").click()
    panel.get_by_label("Noise").fill("50")
    expect(page.get_by_test_id("trace-drops")).to_contain_text(re.compile(r"drops \d+ times"))

    page.get_by_test_id("editor").locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("cosine -> 0")
    expect(panel).to_have_count(0)
    expect(traces).to_have_count(1)


def test_what_a_run_recorded(page: Page, job: Job) -> None:
    wait_for("some steps", lambda: len(job.entries()) > 200)
    design(page, "plateau(loss, factor=0.5x, patience=1, threshold=0.9)")
    panel = page.get_by_test_id("trace-panel")
    panel.get_by_role("button", name="A run").click()
    panel.get_by_label("Run").select_option(index=1)
    expect(panel.get_by_label("Metric")).to_have_value("loss")
    expect(page.get_by_test_id("trace-drops")).to_contain_text("The lr drops")


def test_a_recipe_brings_its_own_run(page: Page) -> None:
    page.get_by_role("link", name="Design").click()
    page.get_by_label("Start from an example").select_option(label="GPT-3 175B")
    expect(page.get_by_test_id("readout-peak")).to_contain_text("6.0e-5")
    last_lr(page, "6.0e-6")
    expect(page.get_by_label("Total")).to_have_value("93,750")
    expect(page.get_by_test_id("editor")).to_contain_text("375Mtok")


def test_enter_keeps_the_indentation(page: Page) -> None:
    design(page, "repeat 3 {")
    page.keyboard.press("Enter")
    page.keyboard.type("  cosine 1x -> 0")
    page.keyboard.press("Enter")
    page.keyboard.type("hold 0 for 1%")
    lines = page.get_by_test_id("editor").locator(".cm-line")
    expect(lines.nth(2)).to_have_text("  hold 0 for 1%")
