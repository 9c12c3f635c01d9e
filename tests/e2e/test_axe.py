"""axe-core finds nothing on any page in any state: light, dark, and on a phone. Nothing scrolls sideways."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.axe import faults_of
from tests.e2e.processes import Dashboard, Job, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.process]

WIDE = {"width": 1400, "height": 900}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}
"""A wide screen at 400 %, or the smallest phone."""
LOOKS = (("light", WIDE), ("dark", WIDE), ("light", PHONE))
STEPS = 400


def rows() -> str:
    """Three imported runs, as a table."""
    lines = [
        f"{name},{step},{at + math.exp(-step / 90)},{3e-4 * (1 - step / STEPS)}"
        for at, name in enumerate(("one", "two", "three"))
        for step in range(0, STEPS, 2)
    ]
    return "\n".join(["run,step,loss,lr", *lines])


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A server without a run."""
    with Dashboard(tmp_path_factory.mktemp("empty")) as running:
        yield running


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A server with three finished runs and a live one."""
    folder = tmp_path_factory.mktemp("server")
    content = base64.b64encode(rows().encode()).decode()
    with Dashboard(folder) as running, Job(running, folder / "record.jsonl", "--rate", "20"):
        running.send("POST", "/runs/import", {"file": "three.csv", "content": content})
        yield running


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One page for all states; what it looks like is set for each look at it."""
    context = browser.new_context(viewport=WIDE)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def live(dashboard: Dashboard) -> str | None:
    runs = dashboard.get("/runs")["runs"]
    return next((str(run["id"]) for run in runs if run["state"] == "live" and run["step"] > 20), None)


def enter(page: Page, dashboard: Dashboard, path: str) -> None:
    """Open a page of the dashboard, signed in; from elsewhere, since another hash alone loads nothing."""
    page.goto("about:blank")
    page.goto(f"{dashboard.url}{path}")
    page.locator("main .page, main .state, main .empty").first.wait_for()
    if page.get_by_test_id("sign-in").count():
        page.goto(dashboard.send("POST", "/session/links", {})["url"])
        page.locator("main .page").wait_for()
        page.goto(f"{dashboard.url}{path}")
    page.locator("main .page, main .state").first.wait_for()


def charted(page: Page, testid: str) -> None:
    expect(page.get_by_test_id(testid).locator("path.js-line").last).to_be_visible(timeout=30_000)


def run_page(page: Page, dashboard: Dashboard) -> None:
    run = wait_for("a live run", lambda: live(dashboard))
    enter(page, dashboard, f"/runs/{run}")
    charted(page, "run-chart")


def runs_edited(page: Page, dashboard: Dashboard) -> None:
    enter(page, dashboard, "/runs")
    page.get_by_role("checkbox").first.check()
    page.get_by_test_id("run-line").last.hover()
    page.get_by_role("button", name="Edit").last.click()
    expect(page.get_by_test_id("edit-notes")).to_be_enabled()


def run_finished(page: Page, dashboard: Dashboard) -> None:
    run = next(run["id"] for run in dashboard.get("/runs")["runs"] if run["name"] == "one")
    enter(page, dashboard, f"/runs/{run}?smooth=0.5&by=tokens")
    charted(page, "run-chart")
    page.get_by_test_id("rival").click()
    page.get_by_test_id("rival-text").fill("base 3e-4; cosin -> 0")
    expect(page.get_by_test_id("rival-form").locator(".field-fault")).to_be_visible()


def run_armed(page: Page, dashboard: Dashboard) -> None:
    run_page(page, dashboard)
    page.get_by_test_id("run-chart").get_by_role("application").focus()
    page.keyboard.press("Home")
    page.get_by_test_id("nudge-0.5").click()
    expect(page.get_by_test_id("apply")).to_be_visible()


def run_held(page: Page, dashboard: Dashboard) -> None:
    run_page(page, dashboard)
    page.get_by_test_id("nudge-0.8").click()
    page.get_by_test_id("apply").click()
    expect(page.get_by_test_id("override-banner")).to_be_visible(timeout=15_000)
    page.keyboard.press("a")
    page.get_by_test_id("annotation-text").fill("a note")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("annotation").first).to_be_visible()
    page.get_by_test_id("dial").get_by_role("button", name="Ramp").click()


def run_cut_off(page: Page, dashboard: Dashboard) -> None:
    run_page(page, dashboard)
    page.context.set_offline(True)
    expect(page.get_by_test_id("connection")).to_contain_text("reconnecting", timeout=20_000)
    expect(page.get_by_test_id("dial-locked")).to_be_visible()


def table(page: Page, dashboard: Dashboard) -> None:
    run = wait_for("a live run", lambda: live(dashboard))
    enter(page, dashboard, f"/runs/{run}?from=0&to=9")
    charted(page, "run-chart")
    page.get_by_test_id("run-chart").get_by_role("application").focus()
    page.keyboard.press("t")
    expect(page.get_by_test_id("chart-table")).to_be_visible()


def shared(page: Page, dashboard: Dashboard) -> None:
    run_page(page, dashboard)
    page.get_by_test_id("share-run").click()
    page.get_by_test_id("make-share").click()
    expect(page.get_by_test_id("secret")).to_be_visible()


def compared(page: Page, dashboard: Dashboard) -> None:
    ids = [run["id"] for run in dashboard.get("/runs")["runs"] if run["name"] in ("one", "two", "three")]
    enter(page, dashboard, "/compare?" + "&".join(f"run={one}" for one in ids))
    charted(page, "compare-chart")
    page.get_by_test_id("pin-base").first.click()


def design(page: Page, dashboard: Dashboard) -> None:
    enter(page, dashboard, "/design")
    charted(page, "design-chart")
    expect(page.get_by_test_id("handle").first).to_be_visible()


def design_wrong(page: Page, dashboard: Dashboard) -> None:
    design(page, dashboard)
    page.get_by_test_id("editor").locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("linear 0 -> 1x for 5%\nhodl")
    expect(page.get_by_test_id("diagnostics")).to_contain_text("hold")


def design_compared(page: Page, dashboard: Dashboard) -> None:
    text = "linear+0+-%3E+1x+for+5%25%3B+cosine+-%3E+0"
    enter(page, dashboard, f"/design#s={text}&base=3e-4&total=10000&epoch=2500")
    charted(page, "design-chart")
    page.get_by_role("button", name="Pin curve").click()
    page.get_by_test_id("handle").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("form", name="Numbers of the handle")).to_be_visible()


def settings(page: Page, dashboard: Dashboard) -> None:
    enter(page, dashboard, "/settings")
    page.get_by_test_id("token-name").fill("display")
    page.get_by_test_id("token-role").select_option("viewer")
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_test_id("secret")).to_be_visible()


def keys(page: Page, dashboard: Dashboard) -> None:
    enter(page, dashboard, "/runs")
    page.keyboard.press("?")
    expect(page.get_by_test_id("help")).to_be_visible()


def signed_out(page: Page, dashboard: Dashboard) -> None:
    enter(page, dashboard, "/settings")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_test_id("sign-in")).to_be_visible()
    page.get_by_role("textbox", name="Token").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not valid")


def unreachable(page: Page, dashboard: Dashboard) -> None:
    enter(page, dashboard, "/runs")
    page.route("**/api/runs*", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("does not answer")


def loading(path: str, held: str, words: str) -> State:
    """The page at ``path`` while what matches ``held`` does not come."""

    def state(page: Page, dashboard: Dashboard) -> None:
        enter(page, dashboard, "/settings")
        page.route(held, lambda _: None)
        run = wait_for("a live run", lambda: live(dashboard))
        page.goto(f"{dashboard.url}{path.format(run=run)}", wait_until="commit")
        expect(page.get_by_role("heading", name=f"Loading {words} …")).to_be_visible()

    return state


State = Callable[[Page, Dashboard], None]
STATES: dict[str, State] = {
    "runs": lambda page, dashboard: enter(page, dashboard, "/runs"),
    "runs, one edited, one selected": runs_edited,
    "run live": run_page,
    "run finished, a wrong design held against it": run_finished,
    "run with a command armed": run_armed,
    "run under an override, a note, a ramp": run_held,
    "run cut off": run_cut_off,
    "a chart as a table": table,
    "a run shared": shared,
    "runs compared": compared,
    "nothing to compare": lambda page, dashboard: enter(page, dashboard, "/compare"),
    "design": design,
    "design with a fault": design_wrong,
    "design with a pinned curve and numbers typed": design_compared,
    "settings with a token made": settings,
    "the keys": keys,
    "no such run": lambda page, dashboard: enter(page, dashboard, "/runs/nobody"),
    "no such page": lambda page, dashboard: enter(page, dashboard, "/no/such/page"),
    "who is there, loading": loading("/runs", "**/api/session", "the dashboard"),
    "a page's own script, loading": loading("/runs", "**/assets/RunsPage-*.js", "the runs"),
    "runs, loading": loading("/runs", "**/api/runs", "the runs"),
    "a run, loading": loading("/runs/{run}", "**/api/runs/*", "the run"),
    "runs to compare, loading": loading("/compare?run={run}", "**/api/runs/*", "the runs"),
    "server out of reach": unreachable,
    "sign in, refused": signed_out,
}


def look(page: Page) -> dict[str, list[str]]:
    """What is wrong, by look."""
    found: dict[str, list[str]] = {}
    for theme, size in LOOKS:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.wait_for_timeout(120)
        faults = faults_of(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > size["width"]:
            faults.append(f"{wide} pixels wide on a screen of {size['width']}")
        if size is PHONE:
            page.set_viewport_size(NARROW)  # type: ignore[arg-type]
            page.wait_for_timeout(300)  # charts are drawn anew
            wide = page.evaluate("document.documentElement.scrollWidth")
            faults += [f"{wide} pixels wide on a screen of 320"] if wide > NARROW["width"] else []
        if faults:
            found[f"{theme}, {size['width']} wide"] = faults
    return found


@pytest.mark.parametrize("state", STATES)
def test_nothing_stands_in_the_way(page: Page, dashboard: Dashboard, state: str) -> None:
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")
    try:
        STATES[state](page, dashboard)
        assert look(page) == {}
    finally:
        page.context.set_offline(False)
        page.unroute_all()


def test_nothing_stands_in_the_way_of_who_begins(page: Page, empty: Dashboard) -> None:
    enter(page, empty, "/runs")
    expect(page.get_by_role("heading", name="No runs yet")).to_be_visible()
    expect(page.get_by_role("button", name="Copy command")).to_be_visible()
    assert look(page) == {}
