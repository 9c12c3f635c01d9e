"""Where the chart of a run lies on the screen, for the tests that point at it."""

from __future__ import annotations

from playwright.sync_api import FloatRect, Page


def chart_box(page: Page) -> FloatRect:
    """Where the chart lies, once it is on the screen."""
    page.evaluate("scrollTo(0, 0)")
    box = page.get_by_test_id("run-chart").bounding_box()
    assert box is not None
    return box
