"""Charts read off, moved, taken away and held against a design: by mouse, wheel and keyboard."""

from __future__ import annotations

import base64
import math
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.charts import chart_box
from tests.e2e.processes import Dashboard, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.process]

STEPS = 1200


def loss(step: int) -> float:
    return round(0.4 + 2.5 * math.exp(-step / 300) + 0.1 * math.sin(step), 9)


def lr(step: int) -> float:
    return round(3e-4 * (0.5 + 0.5 * math.cos(math.pi * step / STEPS)), 12)


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A server with one imported run of more points than a chart has columns."""
    rows = [f"{step},{loss(step)},{lr(step)},{step % 7}" for step in range(STEPS)]
    content = base64.b64encode("\n".join(["step,loss,lr,grad_norm", *rows]).encode()).decode()
    with Dashboard(tmp_path_factory.mktemp("server")) as running:
        running.send("POST", "/runs/import", {"file": "one.csv", "content": content})
        running.send("PUT", "/schedules/saved/cool-down", {"text": "cosine -> 0", "base_version": 0})
        yield running


@pytest.fixture(scope="module")
def run(dashboard: Dashboard) -> str:
    return str(dashboard.get("/runs")["runs"][0]["id"])


@pytest.fixture
def begin(run: str) -> str:
    return f"/runs/{run}"


@pytest.fixture(autouse=True)
def _open(page: Page) -> None:
    page.set_default_timeout(10_000)
    expect(page.get_by_test_id("run-chart").locator("path.js-line").last).to_be_visible(timeout=20_000)


def ticks(page: Page) -> list[str]:
    return page.get_by_test_id("run-chart").locator(".xtick text").all_text_contents()


def address(page: Page) -> str:
    """As the page has it now: Playwright's own copy waits for events."""
    return str(page.evaluate("location.href"))


def in_view(page: Page) -> tuple[int, int]:
    """The stretch that the address names."""
    found = re.search(r"from=(\d+)&to=(\d+)", address(page))
    return (int(found[1]), int(found[2])) if found else (0, STEPS)


def zoomed(page: Page, first: int, last: int) -> None:
    page.goto(f"{page.url.split('?')[0]}?from={first}&to={last}")
    expect(page.get_by_test_id("run-chart").locator("path.js-line").last).to_be_visible(timeout=20_000)


def test_the_cursor_tells_what_was_logged_at_that_step_with_every_digit(page: Page) -> None:
    box = chart_box(page)
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    cursor = page.get_by_test_id("cursor")
    expect(cursor).to_contain_text("step")
    step = int(re.sub(r"\D", "", cursor.locator("strong").inner_text()))
    # Points are thinned; what the server holds of the step arrives once the mouse rests.
    for value in (loss(step), lr(step)):
        told = page.evaluate("v => Math.abs(v) < 1e-3 ? v.toExponential() : String(v)", value)
        expect(cursor).to_contain_text(told)
    page.mouse.move(box["x"] + 300, box["y"] - 20)
    expect(cursor).to_have_count(0)


def test_arrow_keys_walk_the_points_and_are_spoken_once_they_rest(page: Page) -> None:
    chart = page.get_by_test_id("run-chart").get_by_role("application")
    chart.focus()
    page.keyboard.press("Home")
    spoken = page.get_by_test_id("spoken")
    expect(spoken).to_contain_text("step 0, ")
    page.keyboard.press("ArrowRight")
    cursor = page.get_by_test_id("cursor").locator("strong")
    first = int(re.sub(r"\D", "", cursor.inner_text()))
    page.keyboard.press("Shift+ArrowRight")
    second = int(re.sub(r"\D", "", cursor.inner_text()))
    assert 0 < first < 12
    assert second - first > STEPS // 20
    expect(spoken).to_contain_text(f"step {second}, ", timeout=12_000)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("picked")).to_contain_text(f"Step {second}")
    page.keyboard.press("Escape")
    expect(cursor).to_have_count(0)


def test_the_chart_as_a_table_keeps_the_focus_and_gives_it_back(page: Page) -> None:
    chart = page.get_by_test_id("run-chart").get_by_role("application")
    chart.focus()
    page.keyboard.press("Home")
    page.keyboard.press("t")
    table = page.get_by_test_id("chart-table")
    expect(table.get_by_role("columnheader")).to_have_text(["at", "lr", "loss"])
    expect(table.get_by_role("row").nth(1)).to_contain_text("step 0")
    for _ in range(6):
        page.keyboard.press("Tab")
        # The browser's own bar comes after the last button; nothing of the page behind is reached.
        assert page.evaluate("document.activeElement.matches('body, dialog *')")
    page.keyboard.press("Escape")
    expect(table).to_have_count(0)
    expect(chart).to_be_focused()


def test_shift_and_drag_moves_the_stretch_in_view(page: Page) -> None:
    zoomed(page, 400, 800)
    box = chart_box(page)
    page.mouse.move(box["x"] + 400, box["y"] + 200)
    page.keyboard.down("Shift")
    page.mouse.down()
    page.mouse.move(box["x"] + 250, box["y"] + 200, steps=5)
    page.mouse.up()
    page.keyboard.up("Shift")
    wait_for("later steps", lambda: in_view(page)[0] > 420)
    first, last = in_view(page)
    assert last - first == pytest.approx(400, abs=2)
    page.get_by_test_id("run-chart").get_by_role("application").focus()
    page.keyboard.press("PageUp")
    wait_for("earlier steps", lambda: in_view(page)[0] < first)
    page.keyboard.press("f")
    wait_for("the whole", lambda: "from=" not in address(page))


def turn(page: Page, across: float, down: float, seen: Callable[[], bool]) -> None:
    """Turn the wheel, as a hand does, until it is seen to have had an effect."""
    until = time.monotonic() + 30
    while not seen() and time.monotonic() < until:
        page.mouse.wheel(across, down)
        # The address follows once the view has rested for 300 ms: a faster hand never sees it move.
        page.wait_for_timeout(600)
    assert seen()
    last = None
    while last != (last := in_view(page)):
        page.wait_for_timeout(500)  # what was turned meanwhile


def test_the_wheel_moves_aside_and_zooms_with_ctrl_and_else_scrolls_the_page(page: Page) -> None:
    zoomed(page, 400, 800)
    box = chart_box(page)
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    turn(page, 200, 0, lambda: in_view(page)[0] > 410)
    page.keyboard.down("Control")
    turn(page, 0, -200, lambda: in_view(page)[1] - in_view(page)[0] < 300)
    page.keyboard.up("Control")
    before = in_view(page)
    turn(page, 0, 200, lambda: bool(page.evaluate("scrollY") > 50))
    assert in_view(page) == before


def test_one_switch_sets_every_axis_and_the_link_shows_the_same_view(page: Page) -> None:
    page.get_by_role("button", name="Logarithmic axes in all charts").click()
    panel = page.get_by_test_id("panel-grad_norm")
    expect(panel.get_by_role("button", name="log", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Logarithmic loss axis")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("smoothing").fill("0.8")
    page.get_by_test_id("axis").select_option("tokens")
    page.get_by_test_id("step-tokens").fill("4096")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("run-chart").locator(".xtick text").last).to_contain_text("tok")
    panel.get_by_role("button", name="Hide").click()
    wait_for("the address", lambda: "hide=grad_norm" in address(page))
    link = address(page)
    page.evaluate("localStorage.clear()")
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_test_id("smoothing")).to_have_value("0.8")
    expect(page.get_by_test_id("axis")).to_have_value("tokens")
    expect(page.get_by_role("button", name="Logarithmic loss axis")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Show grad_norm")).to_be_visible()


def test_a_design_is_held_against_the_run_and_stays_in_the_link(page: Page) -> None:
    lines = page.get_by_test_id("run-chart").locator("path.js-line")
    before = lines.count()
    page.get_by_test_id("rival").click()
    form = page.get_by_test_id("rival-form")
    form.get_by_label("Saved in Design").select_option("cool-down")
    # The run was imported and tells no base lr: the server says what is missing, in place.
    page.get_by_test_id("rival-text").fill("base 3e-4; total 1200; cosine -> 0")
    expect(lines).to_have_count(before + 1)
    wait_for("the link", lambda: "#s=" in address(page))
    page.reload()
    expect(lines).to_have_count(before + 1, timeout=20_000)
    page.get_by_test_id("rival").click()
    page.get_by_test_id("rival-text").fill("cosin -> 0")
    expect(form).to_contain_text("cosine")
    form.get_by_role("button", name="Take it away").click()
    expect(lines).to_have_count(before)


def test_the_chart_as_a_picture(page: Page) -> None:
    with page.expect_download() as saved:
        page.get_by_role("button", name="PNG").click()
    assert saved.value.suggested_filename.endswith(".png")
    content = Path(saved.value.path()).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 10_000
