"""Real trainers and a real server: live, steerable from the dashboard, and ended cleanly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.processes import Dashboard, wait_for
from tests.ranks.launch import ROOT, torchrun

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
        """Give a command and wait until it is applied; returns the step."""
        address = f"{self._api}{self.path}/commands"
        made = httpx.post(address, json=request, headers=self._headers).raise_for_status().json()

        def applied() -> dict[str, Any] | None:
            (record,) = [c for c in self.look("/commands")["commands"] if c["id"] == made["id"]]
            return next((e for e in record["events"] if e["state"] == "applied"), None)

        event = wait_for(f"{request} to be applied", applied)
        assert event is not None
        return int(event["step"])

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


def test_each_trainer_is_steered_on_all_ranks_under_torchrun(dashboard: Dashboard, tmp_path: Path) -> None:
    kinds = ("plain", "accelerate", "huggingface", "lightning")
    with torchrun(2, *JOB, str(tmp_path), *kinds, RHEOSTAT_DATA_DIR=str(dashboard.folder)) as job:
        runs = {kind: check(Operator(dashboard, kind), tmp_path, kind, ranks=2) for kind in kinds}
        said, _ = job.communicate(timeout=60)
    assert job.returncode == 0, said.decode()
    assert "Accelerate steps the scheduler 2 times an update" in " ".join(runs["accelerate"]["report"])
    assert runs["accelerate"]["plan"]["origin"] == "none"
    assert runs["plain"]["plan"]["origin"] == "imported"
    assert [len(run["attempts"]) for run in runs.values()] == [1] * len(kinds)
