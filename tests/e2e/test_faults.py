"""What happens when processes die, with real ones."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import Dashboard, Job, wait_for

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
            time.sleep(0.6)
            assert len(job.entries()) > before + 20, "training stopped with the server"
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
