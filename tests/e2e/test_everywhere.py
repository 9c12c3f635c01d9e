"""What holds on every page: theme, motion, the way out of the editor, links, fingers, a newer server."""

from __future__ import annotations

import base64
import json
import re
import time
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


def editor_text(page: Page) -> str:
    return page.get_by_test_id("editor").locator(".cm-content").inner_text()


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
    page.evaluate("location.hash = '#s=hold+0.5x&base=1e-3&total=1000'")
    wait_for("the other design", lambda: editor_text(page) == "hold 0.5x", 10)


@pytest.mark.parametrize("path", ["/runs", "/design", "/settings", "run"])
def test_what_a_finger_has_to_hit_is_large_enough(browser: Browser, dashboard: Dashboard, path: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(dashboard.send("POST", "/session/links", {})["url"])
    page.locator("main .page").wait_for()
    run = dashboard.get("/runs")["runs"][0]["id"]
    page.goto(dashboard.url + (f"/runs/{run}" if path == "run" else path))
    page.locator("main .page").wait_for()
    page.wait_for_timeout(800)
    small = page.evaluate(SMALL, SMALLEST_PX)
    context.close()
    assert small == []


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
    until = time.monotonic() + 30
    while not greetings and time.monotonic() < until:
        page.wait_for_timeout(50)  # the route is served while the page waits, and only then
    assert greetings
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(page.get_by_role("button", name="Updated: reload")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Updated: reload").click()
    expect(page.get_by_role("button", name="Updated: reload")).to_have_count(0)
    expect(page.get_by_test_id("run-row")).to_have_count(1)
