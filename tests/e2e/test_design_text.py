"""Writing a design: presets, fixes, the way out of the editor, knots, links that are pasted."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.processes import Dashboard, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.process]


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """One server for all."""
    with Dashboard(tmp_path_factory.mktemp("server")) as running:
        yield running


def editor_text(page: Page) -> str:
    return page.get_by_test_id("editor").locator(".cm-content").inner_text()


def test_tab_leaves_the_editor_and_presets_put_in_text_that_can_be_undone(page: Page) -> None:
    page.get_by_role("link", name="Design").click()
    editor = page.get_by_test_id("editor").locator(".cm-content")
    editor.click()
    before = editor_text(page)
    page.keyboard.press("Tab")
    expect(editor).not_to_be_focused()
    examples = page.get_by_role("combobox").filter(has_text="Examples")
    wait_for("the presets", lambda: examples.locator("option").count() > 6, 10)
    examples.select_option(index=2)
    wait_for("another text", lambda: editor_text(page) != before, 10)
    page.get_by_role("button", name="Undo").click()
    wait_for("the text as it was", lambda: editor_text(page) == before, 10)


def test_the_lr_axis_of_a_design_is_logarithmic_at_a_press_and_stays_so(page: Page) -> None:
    page.get_by_role("link", name="Design").click()
    labels = page.get_by_test_id("design-chart").locator(".ytick text")
    expect(labels.first).to_have_text("0")
    page.get_by_role("button", name="Log", exact=True).click()
    expect(labels.first).not_to_have_text("0")
    page.reload()
    expect(labels.first).to_have_text(re.compile("e-"))


def test_a_knot_is_added_by_a_double_click_and_deleted_by_a_key(page: Page, dashboard: Dashboard) -> None:
    text = "keys+%7B+0%3A+1x%3B+50%25%3A+0.5x%3B+100%25%3A+0.1x+%7D"
    page.goto(f"{dashboard.url}/design#s={text}&base=1e-3&total=1000")
    expect(page.get_by_test_id("handle").nth(1)).to_be_visible(timeout=20_000)
    chart = page.get_by_test_id("design-chart").bounding_box()
    assert chart is not None
    page.mouse.dblclick(chart["x"] + 56 + (chart["width"] - 84) * 0.25, chart["y"] + chart["height"] / 2)
    wait_for("a knot more", lambda: editor_text(page).count(":") == 4, 10)
    found = re.search(r"0: 1x; ([\d.]+)%: 0\.\d+x; 50%", editor_text(page))
    assert found is not None, editor_text(page)
    assert 20 < float(found[1]) < 30
    knot = page.get_by_test_id("handle").nth(1)
    wait_for("its handle", lambda: f"time {found[1]}%" in (knot.get_attribute("aria-valuetext") or ""), 10)
    knot.focus()
    page.keyboard.press("Delete")
    wait_for("a knot less", lambda: editor_text(page) == "keys { 0: 1x; 50%: 0.5x; 100%: 0.1x }", 10)
    page.get_by_role("button", name="Undo").click()
    wait_for("one step back", lambda: editor_text(page).count(":") == 4, 10)


def test_a_pasted_link_shows_its_design_though_the_page_is_open(page: Page, dashboard: Dashboard) -> None:
    page.goto(f"{dashboard.url}/design#s=cosine+-%3E+0&base=1e-3&total=1000")
    wait_for("the design", lambda: editor_text(page) == "cosine -> 0", 20)
    # The page writes the design into its address a moment later, in its own spelling.
    wait_for("the address", lambda: "base=0.001&" in page.evaluate("location.href"))
    page.evaluate("location.hash = '#s=hold+0.5x&base=1e-3&total=1000'")
    wait_for("the other design", lambda: editor_text(page) == "hold 0.5x")


def test_a_fault_is_mended_at_a_press(page: Page, dashboard: Dashboard) -> None:
    page.goto(f"{dashboard.url}/design#s=linear+0+-%3E+1x+for+5%25%0Ahodl&base=1e-3&total=1000")
    faults = page.get_by_test_id("diagnostics")
    expect(faults).to_contain_text("2:1", timeout=20_000)
    expect(page.locator(".lint-error")).to_have_text("hodl")
    faults.get_by_role("button", name="hold").click()
    expect(faults.get_by_role("listitem")).to_have_count(0)
    wait_for("the mended text", lambda: editor_text(page).endswith("hold"), 10)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".lint-error")).to_have_text("hodl")
