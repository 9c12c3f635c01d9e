"""What a person does on the page of one live run: write, smooth, zoom, lay out, turn, read the log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.charts import chart_box
from tests.e2e.processes import Dashboard, Job, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.process]


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """One server for the whole module."""
    with Dashboard(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def run(dashboard: Dashboard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The id of one run that trains on through the whole module."""
    with Job(dashboard, tmp_path_factory.mktemp("job") / "record.jsonl", "--rate", "30"):

        def look() -> str | None:
            runs = dashboard.get("/runs")["runs"]
            return next((run["id"] for run in runs if run["step"] > 150), None)

        found = wait_for("a live run", look)
        assert found is not None
        yield found


@pytest.fixture
def begin(run: str) -> str:
    return f"/runs/{run}"


@pytest.fixture(autouse=True)
def _open(page: Page) -> None:
    page.set_default_timeout(10_000)
    expect(page.get_by_test_id("run-chart").locator("path.js-line").last).to_be_visible(timeout=20_000)


def stretch(page: Page) -> list[float]:
    """The first and the last step that the chart shows."""
    shown: list[float] = page.evaluate(
        """() => {
            const inside = document.querySelector("[data-testid=run-chart]");
            const plot = inside.closest(".js-plotly-plot") ?? inside.querySelector(".js-plotly-plot");
            return plot._fullLayout.xaxis.range.map(Number);
        }"""
    )
    return shown


def width(stretch: list[float]) -> float:
    return stretch[1] - stretch[0]


def lines(page: Page, chart: str = "run-chart") -> list[str]:
    """The paths of the chart's lines."""
    paths = page.get_by_test_id(chart).locator("path.js-line")
    return list(paths.evaluate_all("all => all.map((one) => one.getAttribute('d') ?? '')"))


def settled(page: Page) -> int:
    """How many lines the chart has once no more are added: the plan comes a moment after the points."""
    seen = [-1]

    def look() -> bool:
        seen.append(len(lines(page)))
        page.wait_for_timeout(300)
        return len(seen) > 4 and len(set(seen[-4:])) == 1

    wait_for("a chart at rest", look)
    return seen[-1]


def test_an_annotation_is_written_by_key_and_by_ctrl_click_seen_by_others_changed_and_deleted(
    page: Page, dashboard: Dashboard, run: str
) -> None:
    notes = page.get_by_test_id("annotation")
    page.keyboard.press("a")
    page.get_by_test_id("annotation-text").fill("the loss was noisy <b>")
    page.keyboard.press("Enter")
    expect(notes).to_have_count(1)
    expect(page.get_by_test_id("run-chart")).to_contain_text("the loss was noisy")
    assert dashboard.get(f"/runs/{run}/annotations")["annotations"][0]["text"] == "the loss was noisy <b>"

    box = chart_box(page)
    page.mouse.move(box["x"] + 60, box["y"] + 300)
    page.keyboard.down("Control")
    page.mouse.click(box["x"] + 60, box["y"] + 300)
    page.keyboard.up("Control")
    page.get_by_test_id("annotation-text").fill("early")
    page.keyboard.press("Enter")
    expect(notes).to_have_count(2)
    expect(notes.first).to_contain_text("early")

    dashboard.send("POST", f"/runs/{run}/annotations", {"text": "from elsewhere", "step": 5})
    expect(notes).to_have_count(3)
    notes.filter(has_text="from elsewhere").get_by_role("button", name="Edit").click()
    page.get_by_test_id("annotation-text").fill("from here")
    page.keyboard.press("Enter")
    expect(notes.filter(has_text="from here")).to_contain_text("edited")
    notes.filter(has_text="from here").get_by_role("button", name="Delete").click()
    expect(notes).to_have_count(2)


def test_smoothing_draws_another_line_and_is_kept(page: Page) -> None:
    before = settled(page)
    page.get_by_test_id("smoothing").fill("0.9")
    wait_for("one line more", lambda: len(lines(page)) == before + 1)
    page.reload()
    expect(page.get_by_test_id("smoothing")).to_have_value("0.9")
    page.get_by_test_id("smoothing").fill("0")
    wait_for("the plain line", lambda: len(lines(page)) == before)


def test_the_charts_are_laid_out_by_time_and_a_zoom_still_chooses_steps(page: Page) -> None:
    chart = page.get_by_test_id("run-chart")
    page.get_by_test_id("axis").select_option("relative")
    expect(chart.locator(".xtick text").nth(1)).to_have_text(re.compile(r"^\d+:\d\d"))
    page.get_by_test_id("axis").select_option("wall")
    expect(chart.locator(".xtick text").nth(1)).to_have_text(re.compile(r"\d\d:\d\d"))
    box = chart_box(page)
    page.mouse.move(box["x"] + 58, box["y"] + 420)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 420, steps=5)
    page.mouse.up()
    expect(page.get_by_role("button", name="Follow")).to_be_enabled()
    page.get_by_test_id("axis").select_option("step")
    expect(chart.locator(".xtick text").last).to_have_text(re.compile(r"^[\d,]+$"))
    last = chart.locator(".xtick text").last.text_content() or ""
    assert 0 < int(last.replace(",", "")) < 20_000 * 0.3
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Follow")).to_be_disabled()


def test_zooming_out_goes_one_step_back_and_a_zoom_survives_new_points(page: Page) -> None:
    box = chart_box(page)

    def zoom(first: float, last: float) -> list[float]:
        before = stretch(page)
        page.mouse.move(box["x"] + first, box["y"] + 420)
        page.mouse.down()
        page.mouse.move(box["x"] + last, box["y"] + 420, steps=5)
        page.mouse.up()
        expect(page.get_by_role("button", name="Follow")).to_be_enabled()
        wait_for("a narrower stretch", lambda: width(stretch(page)) < width(before) * 0.9)
        return stretch(page)

    whole = stretch(page)
    once = zoom(58, 400)
    twice = zoom(100, 300)
    page.wait_for_timeout(700)
    assert stretch(page) == twice
    page.keyboard.press("z")
    wait_for("the first zoom", lambda: stretch(page) == once)
    page.keyboard.press("z")
    wait_for("the whole", lambda: stretch(page) == whole)


def test_a_click_tells_exactly_what_was_logged(page: Page, dashboard: Dashboard, run: str) -> None:
    box = chart_box(page)
    page.mouse.click(box["x"] + 58, box["y"] + 420)
    picked = page.get_by_test_id("picked")
    expect(picked).to_contain_text("loss")
    step = int(re.sub(r"\D", "", picked.locator("strong").first.inner_text()))
    answer = dashboard.get(
        f"/runs/{run}/series", **{"metric": "loss", "from": step, "to": step + 1, "width": 16}
    )
    assert answer["series"]["loss"]["x"] == [step]
    exact = page.evaluate("value => String(value)", answer["series"]["loss"]["y"][0])
    expect(picked).to_contain_text(exact)


def test_another_metric_is_a_panel_by_itself_that_can_be_hidden_and_shown(page: Page) -> None:
    panel = page.get_by_test_id("panel-root")
    panel.scroll_into_view_if_needed()
    expect(panel.locator("path.js-line")).to_have_count(1, timeout=10_000)
    panel.get_by_role("button", name="Hide").click()
    expect(panel).to_have_count(0)
    page.reload()
    page.get_by_role("button", name="Show root").click()
    panel.scroll_into_view_if_needed()
    expect(panel.locator("path.js-line")).to_have_count(1, timeout=10_000)
    panel.get_by_role("button", name="root", exact=True).click()
    expect(page.get_by_test_id("panel-loss")).to_be_visible()


def test_clipping_says_what_it_hides(page: Page, dashboard: Dashboard) -> None:
    rows = "\n".join(f"{step},{1000 if step == 50 else 2 - step / 100}" for step in range(100))
    content = page.evaluate("text => btoa(text)", f"step,loss\n{rows}")
    imported = dashboard.send("POST", "/runs/import", {"file": "spiky.csv", "content": content})
    page.goto(f"{dashboard.url}/runs/{imported['runs'][0]['id']}")
    note = page.get_by_test_id("chart-footnote")
    expect(note).to_contain_text("Showing 100 of 100")
    page.get_by_role("button", name="clip").click()
    expect(note).to_contain_text("1 point lies beyond the clipped axis")
    page.get_by_role("button", name="clip").click()
    expect(note).not_to_contain_text("beyond")


def test_a_ramp_until_a_step_is_told_copied_applied_and_found_in_the_log(
    page: Page, dashboard: Dashboard, run: str
) -> None:
    dial = page.get_by_test_id("dial")
    dial.get_by_role("button", name="Ramp").click()
    page.get_by_test_id("set-value").fill("0.006")
    page.get_by_test_id("over").fill("30")
    page.get_by_test_id("until").select_option("step")
    page.get_by_test_id("for-steps").fill("19,000")
    page.get_by_test_id("reason").fill("calm it")
    page.get_by_test_id("arm").click()
    sentence = page.get_by_test_id("arm-sentence")
    expect(sentence).to_contain_text("over 30 steps")
    expect(sentence).to_contain_text("until step 19,000")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as command").click()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == f"rheostat ramp {run} 0.006 --over 30 --until-step 19000 --reason 'calm it'"
    page.get_by_test_id("apply").click()
    expect(page.get_by_test_id("command-status")).to_contain_text("applied at step", timeout=15_000)

    log = page.get_by_test_id("log-entry")
    page.get_by_test_id("log-filter").fill("calm")
    expect(log).to_have_count(1)
    page.get_by_test_id("log-filter").fill("nothing like it")
    expect(log).to_have_count(0)
    page.get_by_test_id("log-filter").fill("")
    with page.expect_download() as saved:
        page.get_by_test_id("command-log").get_by_role("button", name="CSV").click()
    assert "calm it" in Path(saved.value.path()).read_text()
    page.get_by_test_id("release").click()
    expect(page.get_by_test_id("override-banner")).to_have_count(0, timeout=15_000)


def test_a_large_change_has_to_be_typed(page: Page) -> None:
    page.get_by_test_id("factor").fill("8")
    page.get_by_test_id("arm").click()
    confirm = page.get_by_test_id("confirm-large")
    expect(confirm).to_be_disabled(timeout=10_000)
    page.get_by_test_id("confirm-text").fill("x7")
    expect(confirm).to_be_disabled()
    page.get_by_test_id("confirm-text").fill("x8")
    confirm.click()
    expect(page.get_by_test_id("arm-sentence")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("arm-sentence")).to_have_count(0)


@pytest.mark.refusal
def test_what_was_armed_on_an_old_state_is_refused_with_the_difference(
    page: Page, dashboard: Dashboard, run: str
) -> None:
    page.get_by_test_id("nudge-0.8").click()
    expect(page.get_by_test_id("apply")).to_be_visible()
    dashboard.send("POST", f"/runs/{run}/commands", {"kind": "scale", "factor": 0.9, "for_steps": 20})
    page.get_by_test_id("apply").click()
    newer = page.get_by_test_id("newer-commands")
    expect(newer).to_contain_text("scale 0.9")
    page.get_by_test_id("arm-again").click()
    expect(page.get_by_test_id("arm-sentence")).to_be_visible()
