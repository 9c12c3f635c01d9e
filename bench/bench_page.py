"""What the page costs in Chromium: a live run, long runs, many runs, a drag, and memory over time.

    python -m bench.bench_page [--write docs/performance.md] [--minutes 1] [--seconds 30] [--only live]

What the main thread takes is its time on a processor, as the kernel counts it: that holds on a busy machine.
"""

from __future__ import annotations

import argparse
import base64
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import expect
from tests.e2e.processes import Dashboard, wait_for
from tests.e2e.tight import TightJob
from tests.forks import forks

from bench.browser import Measured, browser
from bench.document import machine, put

LIVE_JOB = """
import os, time, torch, rheostat
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 200_000)
with rheostat.attach(optimizer, scheduler, run="live", total=200_000) as agent:
    due = time.perf_counter()
    for step in range(200_000):
        optimizer.step(); scheduler.step()
        noise = (step * 2654435761 % 1000) / 1000
        loss, accuracy = 3 / (1 + step / 500) + noise / 5, 1 - 1 / (1 + step / 900)
        agent.log(loss=loss, accuracy=accuracy, grad_norm=1 + noise, entropy=noise)
        due += 1 / 200
        time.sleep(max(0.0, due - time.perf_counter()))
        if os.getppid() == 1: break
"""

Row = tuple[str, str, str]
"""What was measured, what came out, and the budget."""


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into this document")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long the memory is watched")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long the live run is watched")
    parts: dict[str, Callable[[Dashboard], list[Row]]] = {
        "edits": edits,
        "drag": drag,
        "many": many,
        "long": long,
        "live": lambda dashboard: live(dashboard, options.seconds, options.minutes),
    }
    parser.add_argument("--only", choices=[*parts], help="measure this alone")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, Dashboard(Path(folder)) as dashboard:
        for name, part in parts.items():
            if options.only in (None, name):
                rows += part(dashboard)
    text = report(rows, f"{load:.1f} to {os.getloadavg()[0]:.1f}")
    print(text)
    if options.write:
        put(options.write, "page", text)


def report(rows: list[Row], load: str) -> str:
    """The table as the document shows it."""
    head = f"Measured with `python -m bench.bench_page` on {machine()}; load {load}."
    lines = [f"| {what} | {found} | {budget} |" for what, found, budget in rows]
    return "\n".join([head, "", "| | measured | budget |", "|---|--:|--:|", *lines])


def edits(dashboard: Dashboard, rounds: int = 20) -> list[Row]:
    """A key in the text until the curve is drawn, and a key on a handle until the text has changed."""
    with browser(dashboard) as measured:
        page = measured.page
        measured.open("/design")
        handle = page.get_by_test_id("handle").nth(1)
        expect(handle).to_be_visible(timeout=30_000)
        page.wait_for_timeout(1500)
        page.get_by_test_id("editor").locator(".cm-content").click()
        for key in ("Control+Home", "End", "ArrowLeft"):  # into the length of the warm-up
            page.keyboard.press(key)
        drawn = [
            after_key(measured, key, "drawings") for _ in range(rounds // 2) for key in ("5", "Backspace")
        ]
        handle.focus()
        keys = ("ArrowRight", "ArrowLeft")
        written = [after_key(measured, key, "texts") for _ in range(rounds // 2) for key in keys]
    return [
        ("a key in the text, until the curve is drawn", spread(drawn, "ms"), "100 ms"),
        ("a key on a handle, until the text says so", spread(written, "ms"), "100 ms"),
    ]


def after_key(measured: Measured, key: str, what: str) -> float:
    """Milliseconds from a key, as the browser got it, until the last of what came of it."""
    before = len(measured.noted()[what])
    measured.page.keyboard.press(key)
    measured.page.wait_for_timeout(500)
    noted = measured.noted()
    assert len(noted[what]) > before, f"nothing came of {key}"
    return float(noted[what][-1] - noted["keys"][-1])


def drag(dashboard: Dashboard, moves: int = 120) -> list[Row]:
    """A handle moved to and fro at 60 moves a second."""
    with browser(dashboard) as measured:
        page = measured.page
        measured.open("/design")
        handle = page.get_by_test_id("handle").nth(1)
        expect(handle).to_be_visible(timeout=30_000)
        page.wait_for_timeout(1500)
        box = handle.locator(".grip-hit").bounding_box()
        assert box is not None
        x, y = box["x"] + 12, box["y"] + 12
        page.mouse.move(x, y)
        page.mouse.down()
        for warm in range(20):
            page.mouse.move(x + warm, y + 20)
        shares = []
        for _ in range(5):
            before = measured.cpu()
            for number in range(moves):
                page.mouse.move(x + 20 + 100 * abs(1 - 2 * number / moves), y + 20 + number % 7)
                page.wait_for_timeout(1000 / 60)
            shares.append(1000 * (measured.cpu() - before) / moves)
        page.mouse.up()
    return [("drag of a handle, main thread a move", spread(shares, "ms"), "8 ms")]


def many(dashboard: Dashboard, count: int = 500) -> list[Row]:
    """Many runs in the list: scrolled and filtered; six of them compared."""
    lines = [f"seed-{run:03d},{step},{run + 3 - step}" for run in range(count) for step in range(4)]
    content = base64.b64encode("\n".join(["run,step,loss", *lines]).encode()).decode()
    dashboard.send("POST", "/runs/import", {"file": "many.csv", "content": content})
    with browser(dashboard) as measured:
        page = measured.page
        measured.open("/runs")
        page.get_by_test_id("run-row").first.wait_for()
        page.wait_for_timeout(1000)
        measured.forget_tasks()
        page.mouse.move(700, 800)
        for _ in range(60):
            page.mouse.wheel(0, 600)
            page.wait_for_timeout(16)
        scrolling = measured.longest()
        page.evaluate("scrollTo(0, 0)")
        measured.forget_tasks()
        page.get_by_label("Filter runs").click()
        page.keyboard.type("seed-01", delay=30)
        page.wait_for_timeout(300)
        filtering = measured.longest()
    words = "none above 50 ms"
    return [
        (f"{count} runs scrolled, longest task", f"{scrolling:.0f} ms" if scrolling else words, "1 s"),
        (f"{count} runs filtered, longest task", f"{filtering:.0f} ms" if filtering else words, "1 s"),
    ]


def long(dashboard: Dashboard, loads: int = 5, zooms: int = 8) -> list[Row]:
    """Runs of 100,000 and of 1,000,000 steps: opened, and zoomed into."""
    jobs, rows = forks(), list[Row]()
    for name, steps in (("hundred-thousand", 100_000), ("million", 1_000_000)):
        job = TightJob(jobs, dashboard.folder, name, steps)
        job.wait(600.0)
        wait_for("all its steps", partial(has, dashboard, name, steps), 300)
        paints, firsts = [], []
        for _ in range(loads):
            with browser(dashboard) as measured:
                measured.open(f"/runs/{name}")
                measured.page.locator("figure.chart path.js-line").first.wait_for(timeout=60_000)
                firsts.append(measured.noted()["first"])
                paints.append(measured.first_paint())
        rows.append((f"{steps:,} steps: first paint", spread(paints, "ms"), "500 ms"))
        rows.append((f"{steps:,} steps: first chart, cache cold", spread(firsts, "ms"), "1,000 ms"))
    with browser(dashboard) as measured:
        rows.append(
            ("1,000,000 steps: a step of zoom, to the points in full", zoom(measured, zooms), "200 ms")
        )
    return rows


def has(dashboard: Dashboard, name: str, steps: int) -> bool:
    """Whether the server has so many steps of a run."""
    return stored(dashboard, name) >= steps


def stored(dashboard: Dashboard, name: str) -> int:
    """How many steps of a run the server has."""
    return next((int(run["step"]) for run in dashboard.get("/runs")["runs"] if run["id"] == name), 0)


def zoom(measured: Measured, zooms: int) -> str:
    """Zoom in by key, each time until the chart rests again with the points of the stretch in full."""
    page = measured.page
    measured.open("/runs/million")
    page.locator("figure.chart path.js-line").first.wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    page.get_by_test_id("run-chart").get_by_role("application").focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(500)
    times = []
    for _ in range(zooms):
        begun = measured.now()
        with page.expect_response(lambda answer: "/series" in answer.url and "width=300" in answer.url):
            page.keyboard.press("+")
        page.wait_for_timeout(700)
        times.append(measured.noted()["drawings"][-1] - begun)
    return spread(times, "ms")


@contextmanager
def live_job(dashboard: Dashboard) -> Iterator[None]:
    """A job of 200 steps a second with four metrics."""
    job = subprocess.Popen([sys.executable, "-c", LIVE_JOB], env=dashboard.environment)
    try:
        wait_for("a live run", partial(has, dashboard, "live", 400))
        yield
    finally:
        job.kill()
        job.wait(10)


def live(dashboard: Dashboard, seconds: float, minutes: float) -> list[Row]:
    """One live run at 200 steps a second, four charts in view; then its memory over time."""
    with live_job(dashboard), browser(dashboard) as measured:
        page = measured.page
        measured.open("/runs/live")
        expect(page.locator("figure.chart path.js-line").nth(3)).to_be_visible(timeout=60_000)
        page.wait_for_timeout(5000)
        charts = page.locator("figure.chart").count()
        assert charts == 4, charts
        shares = [100 * measured.busy(seconds / 3) for _ in range(3)]
        heaps = [measured.heap()]
        for _ in range(max(1, round(minutes * 2))):
            page.wait_for_timeout(30_000)
            heaps.append(measured.heap())
    half = len(heaps) // 2
    first, last = statistics.median(heaps[: half or 1]) / 1e6, statistics.median(heaps[half:]) / 1e6
    return [
        ("live run, 200 steps/s, four charts in view, main thread", spread(shares, "% of a core"), "10 %"),
        (
            f"its memory over {minutes:g} min, first and second half",
            f"{first:.1f} MB, {last:.1f} MB (most {max(heaps) / 1e6:.1f})",
            "flat",
        ),
    ]


def spread(values: list[float], unit: str) -> str:
    """The median, and from the least to the greatest."""
    digits = 1 if statistics.median(values) < 100 else 0
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} {unit} ({low:.{digits}f} to {high:.{digits}f})"


if __name__ == "__main__":
    main()
