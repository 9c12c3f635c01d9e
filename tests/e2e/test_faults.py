"""What happens when processes die, with real ones."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import Dashboard, Job, wait_for
from tests.e2e.tight import TightJob, forks

pytestmark = pytest.mark.process


def _has(job: Job, steps: int) -> bool:
    return len(job.entries()) > steps


def _finished(dashboard: Dashboard) -> list[dict[str, Any]]:
    return [run for run in dashboard.get("/runs")["runs"] if run["state"] == "finished"]


def test_kill_9_of_the_server_loses_and_doubles_nothing(dashboard: Dashboard, tmp_path: Path) -> None:
    words = ("--steps", "1500", "--total", "1500", "--rate", "250")
    with Job(dashboard, tmp_path / "record.jsonl", *words) as job:
        wait_for("a run on the server", lambda: dashboard.get("/runs")["runs"])
        for enough in (350, 700):
            wait_for("more steps", partial(_has, job, enough))
            dashboard.kill()
            before = len(job.entries())
            wait_for("steps without the server", partial(_has, job, before + 20))
            dashboard.start()
        record = job.wait()

    (run,) = wait_for("the end of the run", partial(_finished, dashboard))
    names = ["loss", "lr:head", "plan:head", "lr:backbone"]
    answer = dashboard.get(f"/runs/{run['id']}/series", metric=names, width=8000)
    stored = answer["series"]
    for name in names:
        assert stored[name]["x"] == [entry["step"] for entry in record], name
    assert stored["loss"]["y"] == pytest.approx([entry["loss"] for entry in record], rel=1e-7)
    assert stored["lr:head"]["y"] == [entry["used"][1] for entry in record]
    assert stored["plan:head"]["y"] == [entry["plan"][1] for entry in record]
    assert stored["lr:backbone"]["y"] == [entry["used"][0] for entry in record]
    assert run["step"] == len(record) == 1500


KILLS = int(os.environ.get("RHEOSTAT_KILLS", "6"))
"""How often a job is killed; `make faults` asks for 20."""


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
