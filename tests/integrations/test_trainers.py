"""Real trainers and a real server: live, steerable from the dashboard, and ended cleanly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from rheostat import parse
from tests.e2e.processes import Dashboard, wait_for
from tests.integrations.trainers import DECAY, RATE
from tests.ranks.launch import ROOT, accelerate_launch, torchrun

pytestmark = pytest.mark.process
ENDS = ("finished", "crashed", "stopped")
JOB = ("-m", "tests.integrations.trainers")


@pytest.fixture
def dashboard(tmp_path: Path) -> Iterator[Dashboard]:
    with Dashboard(tmp_path / "server") as running:
        yield running


class Operator:
    """Someone who looks at the dashboard of a run and turns its dial."""

    def __init__(self, dashboard: Dashboard, run: str) -> None:
        token = (dashboard.folder / "admin.token").read_text().strip()
        self._api, self._headers = f"{dashboard.url}/api/runs", {"Authorization": f"Bearer {token}"}
        self.path = ""
        self.path = wait_for(f"run {run}", lambda: self._find(run))

    def _find(self, name: str) -> str:
        return next((f"/{run['id']}" for run in self.look()["runs"] if run["name"] == name), "")

    def look(self, more: str = "") -> dict[str, Any]:
        """What the server says of the run."""
        answer = httpx.get(self._api + self.path + more, headers=self._headers, timeout=10.0)
        return dict(answer.raise_for_status().json())

    def reach(self, step: int) -> None:
        """Wait until the run has taken so many steps, as far as the server knows."""
        wait_for(f"step {step} of {self.path}", lambda: self.look()["step"] >= step)

    def command(self, **request: Any) -> int:
        """Give a command, again until all ranks are there; returns the step at which it was applied."""
        address = f"{self._api}{self.path}/commands"

        def answer() -> dict[str, Any] | None:
            (record,) = [c for c in self.look("/commands")["commands"] if c["id"] == made["id"]]
            return next((e for e in record["events"] if e["state"] in ("applied", "rejected")), None)

        while True:
            made = httpx.post(address, json=request, headers=self._headers).raise_for_status().json()
            event = wait_for(f"an answer to {request}", answer)
            assert event is not None
            if event["state"] == "applied":
                return int(event["step"])
            assert event["code"] == "ranks_missing", event["message"]
            time.sleep(0.1)

    def steer(self) -> tuple[int, dict[str, Any]]:
        """Watch it live, halve its lr, watch on, stop it; returns from where it was halved, and its end."""
        self.reach(20)
        halved = self.command(kind="scale", factor=0.5, reason="a test")
        self.reach(halved + 20)
        self.command(kind="stop")
        wait_for(f"the end of {self.path}", lambda: self.look()["state"] in ENDS)
        return halved, self.look()


def check(operator: Operator, folder: Path, kind: str, ranks: int = 1) -> dict[str, Any]:
    """Steer a run to its end; every rank used the plan, and half of it from one step on. Returns the run."""
    halved, run = operator.steer()
    everyone = [seen(folder / f"{kind}-{rank}.json") for rank in range(ranks)]
    for each in everyone:
        assert each == everyone[0]
        assert each["used"] == [p * 0.5 if s >= halved else p for s, p in enumerate(each["planned"])]
    operator.reach(len(everyone[0]["used"]))
    assert (run["state"], operator.look()["step"]) == ("finished", len(everyone[0]["used"]))
    group = run["groups"][0]["name"]
    series = operator.look(f"/series?metric=lr:{group}&metric=plan:{group}&metric=loss&width=8000")["series"]
    assert series[f"lr:{group}"]["y"] == everyone[0]["used"]
    assert series[f"plan:{group}"]["y"] == everyone[0]["planned"]
    assert len(series["loss"]["x"]) >= len(everyone[0]["used"]) - 1
    return run


def seen(path: Path) -> dict[str, Any]:
    """What a rank wrote at the end of a run, a moment after the agent's goodbye."""
    wait_for(path.name, path.exists)
    return dict(json.loads(path.read_text()))


def test_each_trainer_is_live_steerable_and_ends_cleanly(dashboard: Dashboard, tmp_path: Path) -> None:
    kinds = ("huggingface", "lightning", "accelerate")
    environment = {**os.environ, "RHEOSTAT_DATA_DIR": str(dashboard.folder)}
    with ExitStack() as stack:
        jobs = {
            kind: stack.enter_context(
                subprocess.Popen(
                    [sys.executable, *JOB, str(tmp_path), kind],
                    cwd=ROOT,
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                )
            )
            for kind in kinds
        }
        for job in jobs.values():
            stack.callback(job.kill)
        for kind, job in jobs.items():
            check(Operator(dashboard, kind), tmp_path, kind)
            said, _ = job.communicate(timeout=60)
            assert job.returncode == 0, said.decode()
            assert "rheostat" not in said.decode()


def test_each_trainer_is_steered_on_all_ranks_under_torchrun_and_with_the_server_away(
    dashboard: Dashboard, tmp_path: Path
) -> None:
    kinds = ("huggingface", "lightning", "plain")
    with torchrun(2, *JOB, str(tmp_path), *kinds, RHEOSTAT_DATA_DIR=str(dashboard.folder)) as job:
        runs = {kind: check(Operator(dashboard, kind), tmp_path, kind, ranks=2) for kind in kinds[:2]}
        operator = Operator(dashboard, "plain")
        operator.reach(20)
        dashboard.kill()
        time.sleep(1.0)
        dashboard.start()
        operator.reach(operator.look()["step"] + 50)
        runs["plain"] = check(operator, tmp_path, "plain", ranks=2)
        said, _ = job.communicate(timeout=60)
    assert job.returncode == 0, said.decode()
    assert [len(run["attempts"]) for run in runs.values()] == [1] * len(kinds)
    assert runs["plain"]["plan"]["origin"] == "imported"


def test_accelerates_own_launcher_and_the_plan_of_a_scheduler_stepped_twice_an_update(
    dashboard: Dashboard, tmp_path: Path
) -> None:
    kinds = ("accelerate", "scheduled")
    with accelerate_launch(2, *JOB, str(tmp_path), *kinds, RHEOSTAT_DATA_DIR=str(dashboard.folder)) as job:
        runs = {kind: check(Operator(dashboard, kind), tmp_path, kind, ranks=2) for kind in kinds}
        said, _ = job.communicate(timeout=60)
    assert job.returncode == 0, said.decode()
    assert "rheostat" not in said.decode()
    for kind, origin in (("accelerate", "imported"), ("scheduled", "rheostat")):
        planned = seen(tmp_path / f"{kind}-0.json")["planned"]
        plan = runs[kind]["plan"]
        drawn = parse(plan["text"]).bind(base=RATE, total=plan["total"])
        assert plan["origin"] == origin
        assert drawn(np.arange(len(planned))) == pytest.approx(planned, rel=1e-9)
    twice, once = (seen(tmp_path / f"{kind}-0.json")["planned"] for kind in kinds)
    assert twice[1] == pytest.approx(RATE * DECAY**2)
    assert once[:2] == pytest.approx([0.0, RATE / 33])
