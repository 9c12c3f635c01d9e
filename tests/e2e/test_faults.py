"""What happens when processes die, with real ones."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import Dashboard, Job, wait_for
from tests.e2e.tight import TightJob
from tests.forks import forks

pytestmark = pytest.mark.process


def _has(job: Job, steps: int) -> bool:
    return len(job.entries()) > steps


def _finished(dashboard: Dashboard) -> list[dict[str, Any]]:
    return [run for run in dashboard.get("/runs")["runs"] if run["state"] == "finished"]


KILLS = int(os.environ.get("RHEOSTAT_KILLS", "6"))
"""How often a job is killed; `make faults` asks for 20."""
ENDS = max(2, KILLS if "RHEOSTAT_KILLS" in os.environ else 2)
"""How often the server is ended, in turn with kill -9 and in order."""


@pytest.mark.timeout(120 + 20 * ENDS)
def test_ends_of_the_server_lose_and_double_nothing(dashboard: Dashboard, tmp_path: Path) -> None:
    """In turn with kill -9 and in order, as for an upgrade; the job trains on and comes back by itself."""
    longest = 0.0
    with Job(dashboard, tmp_path / "record.jsonl", "--rate", "250") as job:
        (run,) = wait_for("a run on the server", lambda: dashboard.get("/runs")["runs"])
        for number in range(ENDS):
            wait_for("more steps", partial(_has, job, len(job.entries()) + 200))
            (dashboard.kill if number % 2 == 0 else dashboard.end)()
            before = len(job.entries())
            wait_for("steps without the server", partial(_has, job, before + 20))
            dashboard.start()
            here, since = len(job.entries()), time.monotonic()
            wait_for("the job on the new server", partial(_at, dashboard, run["id"], here))
            longest = max(longest, time.monotonic() - since)
        record = job.stop()

    (run,) = wait_for("the end of the run", partial(_finished, dashboard))
    stored = dashboard.get(f"/runs/{run['id']}/export", format="json")["series"]
    for name in ("loss", "lr:head", "plan:head", "lr:backbone"):
        assert stored[name]["x"] == [entry["step"] for entry in record], name
    assert stored["loss"]["y"] == pytest.approx([entry["loss"] for entry in record], rel=1e-7)
    assert stored["lr:head"]["y"] == [entry["used"][1] for entry in record]
    assert stored["plan:head"]["y"] == [entry["plan"][1] for entry in record]
    assert stored["lr:backbone"]["y"] == [entry["used"][0] for entry in record]
    assert run["step"] == len(record)
    with sqlite3.connect(dashboard.folder / "rheostat.sqlite3") as store:
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    print(f"{ENDS} ends of the server; every step of the meantime was there after {longest:.1f} s at most")


def _at(dashboard: Dashboard, run: str, step: int) -> bool:
    return int(dashboard.get(f"/runs/{run}")["step"]) >= step


def _sync(dashboard: Dashboard) -> None:
    """`rheostat sync`, as a user would."""
    words = [sys.executable, "-m", "rheostat_server", "sync"]
    subprocess.run(words, env=dashboard.environment, check=True, capture_output=True, timeout=60)


def _losses(dashboard: Dashboard, run: str) -> dict[str, Any]:
    """Every loss of a run, in full."""
    exported = dashboard.get(f"/runs/{run}/export", format="json")
    return dict(exported["series"]["loss"])


def test_kill_9_of_jobs_loses_no_step_that_was_logged(dashboard: Dashboard) -> None:
    """Half of them connected, half of them while the server is away."""
    jobs, rng = forks(), random.Random(1)
    done: dict[str, int] = {}
    for number in range(KILLS):
        if number == KILLS // 2:
            dashboard.kill()
        job = TightJob(jobs, dashboard.folder, f"killed-{number}")
        wait_for("its first step", partial(lambda job: job.done > 0, job))
        time.sleep(rng.uniform(0.0, 0.6))
        job.kill()
        done[f"killed-{number}"] = job.done
        assert job.wrong == 0
    dashboard.start()
    _sync(dashboard)
    for run, least in done.items():
        losses = _losses(dashboard, run)
        assert least <= len(losses["x"]) <= least + 1, run
        assert losses["x"] == list(range(len(losses["x"]))), run
        assert losses["y"] == [float(step) for step in losses["x"]], run
    left = dashboard.folder / "spool"
    assert list(left.iterdir()) == []


def test_a_server_away_for_as_many_steps_as_ten_minutes_hold(dashboard: Dashboard) -> None:
    """Ten minutes of 200 steps a second are 120,000 steps: taken here as fast as they come."""
    away = 120_000
    job = TightJob(forks(), dashboard.folder, "away", away)
    try:
        wait_for("a run on the server", lambda: dashboard.get("/runs")["runs"])
        dashboard.kill()
        wait_for("the steps of ten minutes", lambda: job.done > away)
        dashboard.start()
        seen = job.done
        wait_for("a step taken since", lambda: dashboard.get("/runs/away")["step"] > seen)
    finally:
        job.wait()
    assert job.wrong == 0
    wait_for("the end of the run", partial(_finished, dashboard))
    losses = _losses(dashboard, "away")
    assert losses["x"] == list(range(job.done))
    assert losses["y"] == [float(step) for step in losses["x"]]
