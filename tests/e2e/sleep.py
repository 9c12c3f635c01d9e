"""A browser whose tabs sleep.

Chromium's own ``Page.setWebLifecycleState`` does nothing to a page that is visible, and without a display
every page is: its timers run on. So the processes of the tabs are stopped, as on a machine that sleeps,
while the browser's own, which has their sockets, goes on.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

__all__ = ["asleep"]


@contextmanager
def asleep(page: Page) -> Iterator[None]:
    """No tab of the page's browser takes a step; nothing can be asked of them meanwhile."""
    browser = page.context.browser
    assert browser is not None
    session = browser.new_browser_cdp_session()
    told = session.send("SystemInfo.getProcessInfo")["processInfo"]
    tabs = [int(one["id"]) for one in told if one["type"] == "renderer"]
    assert tabs
    session.detach()
    for pid in tabs:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in tabs:
            os.kill(pid, signal.SIGCONT)
