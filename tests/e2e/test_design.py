"""The design page in a real browser: text and curve are one thing, and nothing made there is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.processes import Dashboard, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.process]

TEXT = "linear 0 -> 1x for 5%\nhold\nsqrt -> 0.1x for 20%"
PEAK = 1
"""The handle at the end of the warm-up: its length and the peak."""


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """One server for all: what the tests make there has names of its own."""
    with Dashboard(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def design(page: Page) -> Page:
    """The page with its first example, its handles and its editor."""
    page.get_by_role("link", name="Design").click()
    expect(page.get_by_test_id("handle").first).to_be_visible(timeout=30_000)
    expect(editor(page)).to_be_visible()
    drawn(page)
    return page


def editor(page: Page) -> Locator:
    return page.get_by_test_id("editor").locator(".cm-content")


def text(page: Page) -> str:
    """The text of the editor, line by line."""
    return "\n".join(page.get_by_test_id("editor").locator(".cm-line").all_inner_texts())


def write(page: Page, words: str) -> None:
    editor(page).click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(words)


def drawn(page: Page) -> str:
    """The curve as the chart draws it."""
    line = page.get_by_test_id("design-chart").locator(".scatterlayer path.js-line").last
    expect(line).to_be_visible(timeout=30_000)
    return line.get_attribute("d") or ""


def middle(handle: Locator) -> tuple[float, float]:
    box = handle.locator(".grip-hit").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, index: int, across: float, up: float, *, release: bool = True) -> None:
    """Move a handle by pixels, in the many small moves of a hand."""
    x, y = middle(page.get_by_test_id("handle").nth(index))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across, y - up, steps=20)
    if release:
        page.mouse.up()


def test_a_drag_writes_one_literal_and_is_one_step(design: Page) -> None:
    page = design
    before = drawn(page)
    drag(page, PEAK, 120, 2, release=False)
    expect(page.get_by_test_id("live-curve")).to_be_visible()
    wait_for("text that follows the hand", lambda: text(page) != TEXT)
    assert drawn(page) == before, "the chart is told at the end"
    page.mouse.up()
    expect(page.get_by_test_id("live-curve")).to_have_count(0)
    wait_for("the chart to be told", lambda: drawn(page) != before)
    after = text(page)
    found = re.fullmatch(re.escape(TEXT).replace("5%", r"([\d.]+)%", 1), after)
    assert found is not None, after
    assert 10 < float(found[1]) < 40
    assert len(found[1].replace(".", "").lstrip("0")) <= 3
    page.keyboard.press("Control+Z")
    wait_for("the text as it was", lambda: text(page) == TEXT)
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.keyboard.press("Control+Shift+Z")
    wait_for("the text as dragged", lambda: text(page) == after)


def test_typing_and_dragging_are_steps_of_one_list(design: Page) -> None:
    page = design
    write(page, TEXT.replace("0.1x", "0.2x"))
    page.wait_for_timeout(700)
    wait_for("the curve of the text", lambda: "0.2x" in handle_words(page, -1))
    drag(page, -1, 0, 60)
    wait_for("the floor dragged", lambda: "0.2x" not in text(page))
    drag(page, PEAK, 0, -80)
    wait_for("the peak dragged", lambda: "-> 1x" not in text(page))
    assert "for 5%" in text(page), "a drag straight down leaves the length alone"
    undo = page.get_by_role("button", name="Undo")
    undo.click()
    assert "-> 1x" in text(page)
    assert "0.2x" not in text(page)
    undo.click()
    assert text(page) == TEXT.replace("0.1x", "0.2x")
    undo.click()
    assert text(page) == TEXT


def handle_words(page: Page, index: int) -> str:
    return page.get_by_test_id("handle").nth(index).get_attribute("aria-valuetext") or ""


def test_escape_has_everything_as_it_was(design: Page) -> None:
    page = design
    drag(page, PEAK, 90, -90, release=False)
    wait_for("a dragged text", lambda: text(page) != TEXT)
    page.keyboard.press("Escape")
    wait_for("the text as it was", lambda: text(page) == TEXT)
    page.mouse.up()
    assert text(page) == TEXT
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_shift_locks_an_axis_and_alt_is_fine(design: Page) -> None:
    page = design
    page.keyboard.down("Shift")
    drag(page, PEAK, 120, -40)
    page.keyboard.up("Shift")
    wait_for("a longer warm-up", lambda: "for 5%" not in text(page))
    assert "0 -> 1x" in text(page)
    page.keyboard.press("Control+Z")
    wait_for("the text as it was", lambda: text(page) == TEXT)
    wait_for("its handles", lambda: "time 5%" in handle_words(page, PEAK))
    page.keyboard.down("Alt")
    drag(page, PEAK, 120, 0)
    page.keyboard.up("Alt")
    wait_for("a slightly longer warm-up", lambda: "for 5%" not in text(page))
    found = re.search(r"for ([\d.]+)%", text(page))
    assert found is not None
    assert 5.5 < float(found[1]) < 8
    assert len(found[1].replace(".", "")) > 3, "Alt gives all digits"


def test_a_handle_by_keyboard_and_in_words(design: Page) -> None:
    page = design
    handle = page.get_by_test_id("handle").nth(PEAK)
    expect(handle).to_have_attribute("role", "slider")
    assert handle_words(page, PEAK) == "step 500, lr 3.0e-4, time 5%, value 1x"
    handle.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    wait_for("five units", lambda: "for 5.5%" in text(page))
    wait_for("spoken", lambda: "time 5.5%" in handle_words(page, PEAK))
    page.keyboard.press("Shift+ArrowDown")
    wait_for("ten units down", lambda: "-> 0x for" in text(page))
    page.keyboard.press("Control+Z")
    wait_for("back up", lambda: "-> 1x" in text(page))
    wait_for("spoken", lambda: "value 1x" in handle_words(page, PEAK))
    expect(handle).to_be_focused()
    page.keyboard.press("Enter")
    field = page.get_by_role("form", name="Numbers of the handle")
    field.get_by_label("Time").fill("1k")
    page.keyboard.press("Enter")
    wait_for("the typed length", lambda: "for 1k" in text(page))
    expect(handle).to_be_focused()


def test_a_double_click_types_a_value(design: Page) -> None:
    page = design
    x, y = middle(page.get_by_test_id("handle").nth(-1))
    page.mouse.dblclick(x, y)
    field = page.get_by_role("form", name="Numbers of the handle")
    expect(field.get_by_label("Value")).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    page.mouse.dblclick(x, y)
    expect(field.get_by_label("Value")).to_be_focused()
    page.keyboard.type("0.25x")
    page.keyboard.press("Enter")
    wait_for("the typed floor", lambda: "0.25x" in text(page))


def test_text_and_curve_light_each_other(design: Page) -> None:
    page = design
    page.get_by_test_id("handle").nth(PEAK).hover()
    expect(page.locator(".lit-literal")).to_have_text(["1x", "5%"])
    editor(page).get_by_text("hold", exact=True).hover()
    band = page.get_by_test_id("lit-band")
    expect(band).to_have_count(1)
    chart = page.get_by_test_id("design-chart").bounding_box()
    found = band.bounding_box()
    assert chart is not None
    assert found is not None
    assert found["width"] / (chart["width"] - 84) == pytest.approx(0.75, abs=0.01)
    page.mouse.move(chart["x"] + chart["width"] / 2, chart["y"] + chart["height"] - 80)
    expect(page.locator(".lit-part").first).to_have_text("hold")
    editor(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".grip.lit")).to_have_count(1)
    expect(page.locator(".grip.lit")).to_have_attribute("aria-valuetext", re.compile("time 20%"))


def test_a_finger_drags_a_handle(browser: Browser, dashboard: Dashboard) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    dashboard.admit(context)
    page = context.new_page()
    page.goto(f"{dashboard.url}/design")
    handle = page.get_by_test_id("handle").nth(PEAK)
    expect(handle).to_be_visible(timeout=30_000)
    x, y = middle(handle)
    client = context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        said = [{"x": left, "y": top} for left, top in points]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": said})

    touch("touchStart", (x, y))
    for part in range(1, 11):
        touch("touchMove", (x + 1, y + 8 * part))
    touch("touchEnd")
    wait_for("a lower peak", lambda: "-> 1x" not in text(page))
    assert "for 5%" in text(page)
    assert page.evaluate("scrollY") == 0, "the finger moved the handle and not the page"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_ghosts_stay_in_the_link_and_over_a_reload(design: Page) -> None:
    page = design
    page.get_by_role("button", name="Pin curve").click()
    page.get_by_label("Name of pinned curve 1").fill("before")
    lines = page.get_by_test_id("design-chart").locator(".scatterlayer path.js-line")
    expect(lines).to_have_count(2)
    write(page, "cosine -> 0")
    wait_for("the link", lambda: re.search("cosine.*before", page.evaluate("location.href")) is not None)
    page.reload()
    expect(page.get_by_label("Name of pinned curve 1")).to_have_value("before")
    expect(lines).to_have_count(2, timeout=30_000)
    wait_for("the text", lambda: text(page) == "cosine -> 0")
    page.get_by_role("button", name="Undo").click()
    assert text(page) == TEXT, "undo steps outlive a reload"
    for _ in range(3):
        page.get_by_role("button", name="Pin curve").click()
    expect(page.get_by_role("button", name="Pin curve")).to_be_disabled()
    page.get_by_role("button", name="Remove pinned curve before").click()
    expect(page.get_by_role("button", name="Pin curve")).to_be_enabled()


def test_groups_are_drawn_together_and_the_chosen_one_is_read_off(design: Page) -> None:
    page = design
    write(page, "base 1e-3; cosine -> 0\ngroup body\ngroup head base 5e-3 = hold")
    lines = page.get_by_test_id("design-chart").locator(".scatterlayer path.js-line")
    expect(lines).to_have_count(2)
    expect(page.get_by_test_id("readout-peak")).to_contain_text("1.0e-3")
    page.get_by_role("button", name="head").click()
    expect(page.get_by_test_id("readout-peak")).to_contain_text("5.0e-3")


def test_the_step_axis_in_epochs(design: Page) -> None:
    page = design
    expect(page.get_by_role("group", name="Unit of the step axis")).to_have_count(0)
    page.get_by_label("Epoch").fill("2500")
    page.get_by_role("button", name="Epochs").click()
    expect(page.get_by_test_id("design-chart").locator(".xtick text").last).to_have_text("4 ep")


def test_copies_for_other_libraries(design: Page, dashboard: Dashboard) -> None:
    page = design
    use = page.get_by_test_id("use")
    expect(use).to_contain_text(f'server="{dashboard.url}"')
    choice = use.get_by_label("Copy as")
    choice.select_option(label="PyTorch LambdaLR")
    expect(use).to_contain_text("LambdaLR")
    choice.select_option(label="JSON")
    expect(use.locator("code")).to_contain_text('"kind"')
    assert json.loads(use.locator("code").inner_text())["kind"] == "seq"
    choice.select_option(label="optax")
    expect(use).to_contain_text("optax")
    write(page, "tanh(-6, 3) -> 0")
    choice.select_option(label="transformers")
    expect(use).to_contain_text("transformers has no")


def test_versions_are_saved_and_held_against_the_text(page: Page, design: Page) -> None:
    saved = page.get_by_test_id("saved")
    saved.get_by_label("Name to save under").fill("warm-up and cool-down")
    saved.get_by_role("button", name="Save version 1").click()
    expect(saved).to_contain_text("The text is version 1.")
    write(page, TEXT.replace("5%", "10%"))
    expect(page.get_by_test_id("difference")).to_contain_text("to 'linear 0 -> 1x for 10%'")
    saved.get_by_role("button", name="Save version 2").click()
    expect(saved.get_by_role("listitem").first).to_contain_text("Version 2")
    saved.get_by_role("listitem").filter(has_text="Version 1").get_by_role("button", name="Open").click()
    wait_for("the first version", lambda: text(page) == TEXT)


@pytest.mark.parametrize(
    ("kind", "start"), [("png", b"\x89PNG"), ("svg", b"<svg"), ("csv", b"step,lr\n0,0\n")]
)
def test_the_curve_as_a_file(design: Page, kind: str, start: bytes) -> None:
    with design.expect_download() as download:
        design.get_by_label("Export the curve").select_option(kind)
    assert download.value.suggested_filename == f"schedule.{kind}"
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(start)
    assert len(content) > 5000


def test_completion_shows_the_curve_of_a_shape(design: Page) -> None:
    page = design
    write(page, "")
    page.keyboard.type("cosi")
    option = page.locator(".cm-tooltip-autocomplete li").first
    expect(option).to_contain_text("cosine [from] -> to for length")
    expect(page.locator(".completion-picture path")).to_have_attribute("d", re.compile(r"^M.{200}"))
