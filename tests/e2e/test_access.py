"""Tokens and links made, used and revoked on the page, each tried in a browser that has nothing else."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.processes import Dashboard

pytestmark = [pytest.mark.browser, pytest.mark.process]


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A server with two runs."""
    rows = [f"{run},{step},{2 - step / 10}" for run in ("one", "two") for step in range(10)]
    content = base64.b64encode("\n".join(["run,step,loss", *rows]).encode()).decode()
    with Dashboard(tmp_path_factory.mktemp("server")) as running:
        running.send("POST", "/runs/import", {"file": "two.csv", "content": content})
        yield running


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Page]:
    """A browser of somebody else."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_a_token_is_made_signs_in_a_viewer_and_is_revoked(
    page: Page, dashboard: Dashboard, stranger: Page
) -> None:
    page.get_by_role("link", name="Settings").click()
    make = page.get_by_role("button", name="Make token")
    page.get_by_test_id("token-name").fill("wall display")
    expect(make).to_be_disabled()  # an agent's needs a project
    page.get_by_test_id("token-role").select_option("viewer")
    make.click()
    token = page.get_by_test_id("secret").locator("code").inner_text()
    entry = page.get_by_test_id("token").filter(has_text="wall display")
    expect(entry).to_contain_text("every project")

    stranger.goto(f"{dashboard.url}/settings")
    stranger.get_by_label("Token").fill(token)
    stranger.get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_test_id("page-settings")).to_contain_text("viewer, watches runs")
    expect(stranger.get_by_test_id("tokens")).to_have_count(0)
    stranger.goto(f"{dashboard.url}/runs")
    stranger.get_by_test_id("run-row").first.click()
    expect(stranger.get_by_test_id("dial-locked")).to_be_visible()

    entry.get_by_role("button", name="Revoke").click()
    entry.get_by_role("button", name="Really revoke").click()
    expect(entry).to_have_count(0)
    stranger.goto(f"{dashboard.url}/runs")
    expect(stranger.get_by_test_id("sign-in")).to_be_visible()


def test_a_link_shares_one_run_until_it_is_revoked(page: Page, dashboard: Dashboard, stranger: Page) -> None:
    page.get_by_role("link", name="Runs").click()
    page.get_by_test_id("run-row").filter(has_text="two").click()
    page.get_by_test_id("share-run").click()
    page.get_by_test_id("make-share").click()
    link = page.get_by_test_id("secret").locator("code").inner_text()
    stranger.goto(link)
    expect(stranger.get_by_role("heading", name="two")).to_be_visible()
    assert "code=" not in stranger.evaluate("location.href")
    expect(stranger.get_by_test_id("share-run")).to_have_count(0)
    page.get_by_test_id("share").get_by_role("button", name="Revoke").click()
    expect(page.get_by_test_id("share")).to_have_count(0)
    stranger.reload()
    expect(stranger.get_by_test_id("sign-in")).to_be_visible()


def test_signing_out_ends_the_session(page: Page, dashboard: Dashboard, browser: Browser) -> None:
    context = browser.new_context()
    other = context.new_page()
    other.goto(dashboard.send("POST", "/session/links", {})["url"])
    other.get_by_role("link", name="Settings").click()
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_test_id("sign-in")).to_be_visible()
    other.goto(f"{dashboard.url}/runs")
    expect(other.get_by_test_id("sign-in")).to_be_visible()
    context.close()
    page.reload()
    expect(page.locator("main .page")).to_be_visible()
