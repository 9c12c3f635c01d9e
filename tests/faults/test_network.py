"""A bad line, connections that are reset, a cable that is pulled: every step arrives, once."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.conftest import dashboard
from tests.e2e.processes import Dashboard, Job, wait_for
from tests.faults.cable import Cable

__all__ = ["dashboard"]

pytestmark = pytest.mark.process
LONG = (pytest.mark.faults, pytest.mark.timeout(600))
STEPS_PER_S = 100.0
LENGTH = ("--total", "100000", "--steps", "100000")


def reached(dashboard: Dashboard, run: str) -> int:
    return int(dashboard.get(f"/runs/{run}")["step"])


def stored(dashboard: Dashboard, run: str) -> int:
    """Steps with a loss that are in the database."""
    return int(dashboard.get(f"/runs/{run}/series", metric="loss", width=16)["series"]["loss"]["total"])


def live_run(dashboard: Dashboard) -> str:
    return next((str(run["id"]) for run in dashboard.get("/runs")["runs"]), "")


def behind(dashboard: Dashboard, run: str, job: Job) -> float:
    """Seconds that the server is behind the job."""
    return (len(job.entries()) - reached(dashboard, run)) / STEPS_PER_S


def silent_after(dashboard: Dashboard, run: str, most: float) -> float | None:
    """The seconds until the server shows the run as silent, None if it does not within ``most``."""
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < most:
        if dashboard.get(f"/runs/{run}")["state"] == "silent":
            return passed
        time.sleep(0.2)
    return None


class Troubles(NamedTuple):
    """How long the line is slow, how often it is reset and how long apart, how long the cable is pulled."""

    slow_s: float
    resets: int
    every_s: float
    pulled_s: float


@pytest.mark.parametrize(
    "troubles",
    [
        pytest.param(Troubles(3.0, 6, 0.3, 2.0), id="short"),
        pytest.param(Troubles(60.0, 60, 1.0, 30.0), id="long", marks=LONG),
        pytest.param(Troubles(0.0, 1, 1.0, 300.0), id="five minutes", marks=LONG),
    ],
)
def test_every_step_arrives_over_a_bad_line(dashboard: Dashboard, tmp_path: Path, troubles: Troubles) -> None:
    slow_s, resets, every_s, pulled_s = troubles
    with Cable(dashboard.port) as cable:
        token = (dashboard.folder / "agent.token").read_text().strip()
        dashboard.environment |= {
            "RHEOSTAT_SERVER": f"http://127.0.0.1:{cable.port}",
            "RHEOSTAT_TOKEN": token,
        }
        with Job(dashboard, tmp_path / "record.jsonl", "--rate", str(STEPS_PER_S), *LENGTH) as job:
            run = wait_for("a run on the server", lambda: live_run(dashboard))
            # 300 ms each way, a packet in twenty lost, 1 Mbit/s.
            cable.delay, cable.loss, cable.rate = 0.3, 0.05, 125_000
            slowest = 0.0
            until = time.monotonic() + slow_s
            while time.monotonic() < until:
                time.sleep(0.2)
                slowest = max(slowest, behind(dashboard, run, job))
            cable.delay, cable.loss, cable.rate = 0.0, 0.0, 0
            for _ in range(resets):
                cable.cut()
                time.sleep(every_s)
            came_back = cable.connections
            before = reached(dashboard, run)
            wait_for("steps after the resets", lambda: reached(dashboard, run) > before)
            cable.pulled = True
            since = time.monotonic()
            noticed = silent_after(dashboard, run, pulled_s)
            time.sleep(max(0.0, since + pulled_s - time.monotonic()))
            here = len(job.entries())
            cable.pulled = False
            since = time.monotonic()
            wait_for("the steps of the pulled cable", lambda: stored(dashboard, run) >= here)
            back = time.monotonic() - since
            record = job.stop()
        finished = wait_for("the end", partial(lambda: dashboard.get(f"/runs/{run}")["state"] == "finished"))
    assert finished
    losses = dashboard.get(f"/runs/{run}/export", format="json")["series"]["loss"]
    assert losses["x"] == [entry["step"] for entry in record]
    assert losses["y"] == pytest.approx([entry["loss"] for entry in record], rel=1e-7)
    assert all(entry["used"] == entry["plan"] for entry in record)
    assert came_back > 1, "no connection was reset"
    assert (noticed is not None) == (pulled_s > 20), "a pull is noticed, and a short one is none"
    print(f"slow line: at most {slowest:.1f} s behind; {came_back} connections")
    silent = "never" if noticed is None else f"after {noticed:.1f} s"
    print(
        f"pulled for {pulled_s:.0f} s: silent {silent}; all {here:,} steps there {back:.1f} s after the end"
    )
