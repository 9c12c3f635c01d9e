"""Chromium under measure: main-thread time, heap after a collection, long tasks, when a chart was drawn."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, sync_playwright
from tests.chromium import FLAGS, find
from tests.e2e.processes import Dashboard

__all__ = ["Measured", "browser"]

WIDE = {"width": 1400, "height": 1700}
"""Tall enough for the run's chart and three panels below it."""

NOTES = """
globalThis.noted = { first: null, drawings: [], tasks: [], keys: [], texts: [] };
const look = () => {
  for (const chart of document.querySelectorAll("figure.chart .chart-area[data-revision]")) {
    const now = chart.dataset.revision;
    if (chart.seen !== now) { chart.seen = now; noted.drawings.push(performance.now()); }
  }
  if (noted.first === null && document.querySelector("figure.chart path.js-line")) {
    noted.first = performance.now();
  }
};
new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true,
  attributeFilter: ["data-revision"] });
addEventListener("keydown", (event) => noted.keys.push(event.timeStamp), true);
const written = new MutationObserver(() => noted.texts.push(performance.now()));
const editor = setInterval(() => {
  const content = document.querySelector(".cm-content");
  if (content === null) return;
  clearInterval(editor);
  written.observe(content, { subtree: true, childList: true, characterData: true });
}, 50);
new PerformanceObserver((list) => { for (const one of list.getEntries()) noted.tasks.push(one.duration); })
  .observe({ type: "longtask", buffered: true });
"""


class Measured:
    """A signed-in page of a dashboard, with the browser's own counters."""

    def __init__(self, page: Page, dashboard: Dashboard) -> None:
        self.page = page
        self.dashboard = dashboard
        self._session: CDPSession = page.context.new_cdp_session(page)
        chromium = page.context.browser
        assert chromium is not None
        self._browser: CDPSession = chromium.new_browser_cdp_session()
        self._session.send("Performance.enable")

    def open(self, path: str) -> None:
        """Open a page of the dashboard."""
        self.page.goto(f"{self.dashboard.url}{path}")

    def cpu(self) -> float:
        """Seconds that the page's main thread has been on a processor, by the kernel's own count.

        Chromium's ``TaskDuration`` is time on the wall: on a busy machine it counts what others took, too.
        """
        processes = self._browser.send("SystemInfo.getProcessInfo")["processInfo"]
        pages = [int(one["id"]) for one in processes if one["type"] == "renderer"]
        return sum(_on_processor(Path(f"/proc/{page}/task/{page}/schedstat")) for page in pages)

    def heap(self) -> float:
        """Bytes of JavaScript in use after a collection."""
        self._session.send("HeapProfiler.collectGarbage")
        found = self._session.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in found if one["name"] == "JSHeapUsedSize"))

    def busy(self, seconds: float) -> float:
        """The share of a core that the main thread takes, over ``seconds``."""
        before, begun = self.cpu(), time.monotonic()
        self.page.wait_for_timeout(1000 * seconds)
        return (self.cpu() - before) / (time.monotonic() - begun)

    def noted(self) -> dict[str, Any]:
        """Since the page was loaded, in ms: the first line, drawings, keys, edits of the text; long tasks."""
        return dict(self.page.evaluate("noted"))

    def first_paint(self) -> float:
        """Milliseconds from the navigation to the first text on the screen."""
        paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        return float(self.page.evaluate(paint))

    def now(self) -> float:
        """Milliseconds since the page was loaded."""
        return float(self.page.evaluate("performance.now()"))

    def forget_tasks(self) -> None:
        """Count long tasks from here on."""
        self.page.evaluate("noted.tasks = []")

    def longest(self) -> float:
        """Milliseconds of the longest task that took 50 or more; 0 where none did."""
        return max(self.noted()["tasks"], default=0.0)


def _on_processor(file: Path) -> float:
    """Seconds on a processor; 0 for a thread that has ended."""
    try:
        return int(file.read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


@contextmanager
def browser(dashboard: Dashboard) -> Iterator[Measured]:
    """A fresh browser, signed in, its cache empty but for the page of runs.

    Raises:
        SystemExit: there is no Chromium.
    """
    path = os.environ.get("RHEOSTAT_CHROMIUM") or find()
    if path is None:
        raise SystemExit("no Chromium: install one, or name it in RHEOSTAT_CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = chromium.new_page(viewport=WIDE)  # type: ignore[arg-type]
        page.add_init_script(NOTES)
        page.goto(dashboard.send("POST", "/session/links", {})["url"])
        page.locator("main .page").wait_for()
        yield Measured(page, dashboard)
        chromium.close()
