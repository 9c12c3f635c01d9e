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


def reached(dashboard: Dashboard, run: str) -> int:
    return int(dashboard.get(f"/runs/{run}")["step"])


def live_run(dashboard: Dashboard) -> str:
    return next((str(run["id"]) for run in dashboard.get("/runs")["runs"]), "")


def behind(dashboard: Dashboard, run: str, job: Job) -> float:
    """Seconds that the server is behind the job."""
    return (len(job.entries()) - reached(dashboard, run)) / STEPS_PER_S


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
        with Job(dashboard, tmp_path / "record.jsonl", "--rate", str(STEPS_PER_S)) as job:
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
            time.sleep(pulled_s)
            noticed = dashboard.get(f"/runs/{run}")["state"]
            here = len(job.entries())
            cable.pulled = False
            wait_for("the steps of the pulled cable", lambda: reached(dashboard, run) >= here)
            record = job.stop()
        finished = wait_for("the end", partial(lambda: dashboard.get(f"/runs/{run}")["state"] == "finished"))
    assert finished
    losses = dashboard.get(f"/runs/{run}/export", format="json")["series"]["loss"]
    assert losses["x"] == [entry["step"] for entry in record]
    assert losses["y"] == pytest.approx([entry["loss"] for entry in record], rel=1e-7)
    assert all(entry["used"] == entry["plan"] for entry in record)
    assert came_back > 1, "no connection was reset"
    if pulled_s > 20:
        assert noticed == "silent"
    print(f"slow line: at most {slowest:.1f} s behind; {came_back} connections; after the pull: {noticed}")
