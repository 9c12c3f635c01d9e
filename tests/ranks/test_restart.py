"""kill -9 of a rank under torchrun: the launcher starts all ranks again, and the run goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.e2e.processes import Dashboard
from tests.ranks.launch import results, torchrun

ENDED = ("ended", "run_ended")
pytestmark = pytest.mark.process


@pytest.fixture
def dashboard(tmp_path: Path) -> Iterator[Dashboard]:
    with Dashboard(tmp_path / "server") as running:
        yield running


def test_a_restart_keeps_what_the_checkpoint_holds_and_drops_what_came_later(
    dashboard: Dashboard, tmp_path: Path
) -> None:
    command = ("-m", "tests.ranks.job", "elastic", str(tmp_path))
    with torchrun(2, *command, restarts=1, RHEOSTAT_DATA_DIR=str(dashboard.folder)) as job:
        said, _ = job.communicate(timeout=100)
    assert job.returncode == 0, said.decode()

    before = [json.loads((tmp_path / f"first-{rank}.json").read_text()) for rank in range(2)]
    assert before[0] == before[1]
    assert runs(before[0]) == [0.1, 0.05, 0.0125]
    one, two = results(2, tmp_path)
    assert one == two
    assert (one["first"], one["restart"]) == (60, 1)
    assert runs(one["used"]) == [0.05, pytest.approx(0.04)]

    (run,) = dashboard.get("/runs")["runs"]
    detail = dashboard.get(f"/runs/{run['id']}")
    assert (run["name"], run["state"], run["step"]) == ("elastic", "finished", 200)
    assert sorted(each["restart"] for each in detail["attempts"]) == [0, 1]
    log = dashboard.get(f"/runs/{run['id']}/commands")["commands"]
    lives = {each["request"]["factor"]: [(e["state"], e["code"]) for e in each["events"]] for each in log}
    # The server learns of it by the hello or, if the checkpoint is loaded after that, by a report.
    assert lives[0.5][-2] in (("applied", "resumed"), ("applied", "in_force"))
    assert lives[0.5][-1] == ENDED
    assert lives[0.25][-1] in (ENDED, ("lost", "job_gone"))
    assert ("applied", "") not in lives[0.1]
    assert lives[0.1][-1][0] == "lost"
    assert lives[0.8][-2:] == [("applied", ""), ENDED]


def runs(values: list[float]) -> list[float]:
    """The values, each run of equal ones once."""
    return values[:1] + [b for a, b in pairwise(values) if a != b]
