"""What holds on every page: theme, motion, what a finger hits, a newer server."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.e2e.processes import Dashboard, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.process]

SMALLEST_PX = 44
"""Of what a finger has to hit."""

SMALL = """(least) =>
  [...document.querySelectorAll("button, select, input:not([type=checkbox], [type=range]), nav a")]
    .map((one) => [one, one.getBoundingClientRect().height])
    .filter(([one, height]) => one.offsetParent !== null && height < least)
    .map(([one, height]) => `${one.className} ${one.textContent.slice(0, 20)} ${height}`)
"""


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A server with one run."""
    content = base64.b64encode(b"step,loss,lr\n0,2,1e-3\n1,1,5e-4\n2,1,1e-4").decode()
    with Dashboard(tmp_path_factory.mktemp("server")) as running:
        running.send("POST", "/runs/import", {"file": "small.csv", "content": content})
        yield running


@pytest.mark.outage
def test_the_theme_is_chosen_kept_and_there_before_anything_is_painted(page: Page) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_test_id("theme-toggle").click()
    page.get_by_test_id("theme-toggle").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.route("**/*.js", lambda route: route.continue_() if "theme" in route.request.url else route.abort())
    page.reload(wait_until="commit")
    wait_for("the chosen theme without the application", lambda: page.evaluate(ground) == dark, 10)


def test_nothing_moves_for_who_wants_no_motion(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    moving = page.evaluate(
        """[...document.querySelectorAll("*")]
            .filter((one) => getComputedStyle(one).transitionDuration !== "0s").length"""
    )
    assert moving == 0


@pytest.mark.parametrize("path", ["/runs", "/design", "/settings", "run"])
def test_one_voice_speaks_for_the_whole_page(page: Page, dashboard: Dashboard, path: str) -> None:
    """It says one message in five seconds: `frontend/src/lib/speech.test.ts`."""
    run = dashboard.get("/runs")["runs"][0]["id"]
    page.goto(dashboard.url + (f"/runs/{run}" if path == "run" else path))
    page.locator("main .page").wait_for()
    # The editor has a region of its own, for its completions, once it is there.
    polite = page.locator("[aria-live]:not(.cm-announced), [role=status], [role=log]")
    expect(polite).to_have_count(1)
    expect(polite).to_have_attribute("data-testid", "spoken")


@pytest.mark.parametrize("path", ["/runs", "/design", "/settings", "run"])
def test_what_a_finger_has_to_hit_is_large_enough(browser: Browser, dashboard: Dashboard, path: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(dashboard.send("POST", "/session/links", {})["url"])
    page.locator("main .page").wait_for()
    run = dashboard.get("/runs")["runs"][0]["id"]
    page.goto(dashboard.url + (f"/runs/{run}" if path == "run" else path))
    page.locator("main .page").wait_for()
    if path == "run":
        page.get_by_test_id("chart-tools").click()
    page.wait_for_timeout(800)
    small = page.evaluate(SMALL, SMALLEST_PX)
    context.close()
    assert small == []


def test_fingers_scroll_past_a_chart_and_zoom_it_two_at_a_time(
    browser: Browser, dashboard: Dashboard
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    dashboard.admit(context)
    page = context.new_page()
    run = dashboard.get("/runs")["runs"][0]["id"]
    page.goto(f"{dashboard.url}/runs/{run}")
    chart = page.get_by_test_id("run-chart").get_by_role("application")
    expect(page.get_by_test_id("run-chart").locator("path.js-line").last).to_be_visible(timeout=20_000)
    client = context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        said = [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(points)]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": said})

    def shown() -> float:
        first, last = page.evaluate("document.querySelector('.run-chart .js-plotly-plot').layout.xaxis.range")
        return float(last - first)

    box = chart.bounding_box()
    assert box is not None
    middle, height = box["x"] + box["width"] / 2, box["y"] + 120
    touch("touchStart", (middle, height))
    touch("touchEnd")
    expect(page.get_by_test_id("cursor")).to_be_visible()
    whole, page_scale = shown(), page.evaluate("visualViewport.scale")
    touch("touchStart", (middle - 30, height), (middle + 30, height))
    for apart in range(35, 95, 5):
        touch("touchMove", (middle - apart, height), (middle + apart, height))
        page.wait_for_timeout(16)
    touch("touchEnd")
    wait_for("a third of the steps", lambda: shown() == pytest.approx(whole / 3, rel=0.1))
    assert page.evaluate("visualViewport.scale") == page_scale, "the chart was zoomed and not the page"

    touch("touchStart", (middle, height + 200))
    for up in range(0, 200, 20):
        touch("touchMove", (middle, height + 200 - up))
        page.wait_for_timeout(16)
    touch("touchEnd")
    wait_for("a page that scrolled", lambda: page.evaluate("scrollY") > 50)
    assert shown() == pytest.approx(whole / 3, rel=0.1)
    context.close()


def test_a_newer_server_is_noticed_and_reloading_offered(page: Page, dashboard: Dashboard) -> None:
    """The real server's messages, but for the version in its greeting: another one cannot be had here."""

    def newer(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            said = json.loads(message)
            if said["type"] == "hello":
                said["version"] = f"99.{len(greetings)}"
                greetings.append(said["version"])
            socket.send(json.dumps(said))

        server.on_message(pass_on)
        sockets.append(server)

    greetings: list[str] = []
    sockets: list[WebSocketRoute] = []
    page.route_web_socket("**/ws/live", newer)
    page.goto(f"{dashboard.url}/runs")
    expect(page.get_by_test_id("run-row")).to_have_count(1)
    expect(page.get_by_role("button", name="Updated: reload")).to_have_count(0)
    # Playwright hands its messages on while the page is asked something.
    wait_for("a greeting", lambda: page.evaluate("1") and greetings, 10)
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(page.get_by_role("button", name="Updated: reload")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Updated: reload").click()
    expect(page.get_by_role("button", name="Updated: reload")).to_have_count(0)
    expect(page.get_by_test_id("run-row")).to_have_count(1)
