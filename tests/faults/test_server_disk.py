"""The server's disk is full for a while: training goes on, reading goes on, nothing acknowledged is lost."""

from __future__ import annotations

import resource
import time
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import dashboard
from tests.e2e.processes import Dashboard, Job, wait_for

__all__ = ["dashboard"]

pytestmark = pytest.mark.process
FULL = 1 << 12
"""No file may grow beyond this: what the kernel says then is what a full disk says."""


@pytest.mark.parametrize(
    "full_s", [2.0, pytest.param(30.0, marks=[pytest.mark.faults, pytest.mark.timeout(200)])]
)
def test_a_full_disk(dashboard: Dashboard, tmp_path: Path, full_s: float) -> None:
    def step() -> int:
        return max((int(run["step"]) for run in dashboard.get("/runs")["runs"]), default=0)

    def health() -> int:
        return httpx.get(f"{dashboard.url}/healthz", timeout=10).status_code

    with Job(dashboard, tmp_path / "record.jsonl") as job:
        wait_for("steps on the server", lambda: step() > 50)
        before = resource.prlimit(dashboard.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(dashboard.pid, resource.RLIMIT_FSIZE, (FULL, before[1]))
        wait_for("the server to say so", lambda: health() == 503)
        stuck, taken = step(), len(job.entries())
        time.sleep(full_s)
        assert stuck <= step() <= stuck + 50, "reading goes on, and shows what is stored"
        assert len(job.entries()) > taken + 20, "training goes on"
        resource.prlimit(dashboard.pid, resource.RLIMIT_FSIZE, before)
        here = len(job.entries())
        wait_for("the steps of the meantime", lambda: step() >= here)
        assert health() == 200
        record = job.stop()
    (run,) = wait_for("the end", partial(_finished, dashboard))
    losses = dashboard.get(f"/runs/{run['id']}/export", format="json")["series"]["loss"]
    assert losses["x"] == [entry["step"] for entry in record]
    assert all(entry["used"] == entry["plan"] for entry in record)


def _finished(dashboard: Dashboard) -> list[dict[str, object]]:
    return [run for run in dashboard.get("/runs")["runs"] if run["state"] == "finished"]
