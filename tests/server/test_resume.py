"""A job that resumes under another plan, through a real server, and each of the choices it then has."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import torch

import rheostat
from rheostat.agent import Agent
from rheostat.control.command import Limits
from rheostat.wire import Plan
from rheostat_server.resume import resume_of, whole_text
from tests.server.running import Server, hello, wait_for

OLD = "linear 0 -> 1x for 10%; cosine -> 0"
NEW = "linear 0 -> 1x for 50%; hold"
STEP = 40


def optimizer() -> torch.optim.SGD:
    groups: list[dict[str, Any]] = [
        {"params": [torch.nn.Parameter(torch.ones(1))], "name": "body"},
        {"params": [torch.nn.Parameter(torch.ones(1))], "name": "head", "lr": 0.4},
    ]
    return torch.optim.SGD(groups, lr=0.1)


def rates(text: str, step: int, total: int) -> dict[str, float]:
    schedule = rheostat.parse(text)
    return {
        name: float(schedule.bind(base=base, total=total, group=name)(step))
        for name, base in (("body", 0.1), ("head", 0.4))
    }


def checkpoint() -> dict[str, object]:
    """The state of a job that took some steps under the old plan, as torch reads it from a file."""
    before = optimizer()
    file = io.BytesIO()
    with rheostat.attach(before, plan=OLD, total=200, server=False) as agent:
        for _ in range(STEP):
            before.step()
        torch.save(agent.state_dict(), file)
    file.seek(0)
    return dict(torch.load(file, weights_only=True))


@pytest.fixture
def resumed(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("RHEOSTAT_DATA_DIR", str(tmp_path / "job"))
    now = optimizer()
    with rheostat.attach(
        now,
        plan=NEW,
        total=400,
        run="resumed",
        server=server.url,
        token=server.token("agent"),
        limits=Limits(kinds=("swap", "ramp", "release"), max_change=1e9),
    ) as agent:
        agent.load_state_dict(checkpoint())
        yield now, agent, server


def detail(server: Server) -> dict[str, Any]:
    with server.client() as client:
        answer = client.get("/api/runs/resumed")
        return dict(answer.json()) if answer.status_code == 200 else {}


def told(server: Server) -> dict[str, Any]:
    """What the run says of its resume, once it does."""
    found: dict[str, Any] = wait_for(lambda: detail(server).get("resume") or {})
    return found


def apply(server: Server, job: torch.optim.SGD, agent: Agent, name: str) -> int:
    """Ask for a choice's command just as it stands; the step at which it was applied."""
    found = told(server)
    (choice,) = (c for c in found["choices"] if c["name"] == name)
    assert choice["why"] == ""
    with server.client() as client:
        asked = client.post("/api/runs/resumed/commands", json=choice["command"])
        assert asked.status_code == 201, asked.text

        def applied() -> Any:
            job.step()
            (record,) = client.get("/api/runs/resumed/commands").json()["commands"]
            return next((e for e in record["events"] if e["state"] in ("applied", "rejected")), None)

        event = wait_for(applied)
    assert event["state"] == "applied", event
    return int(event["step"])


def test_both_plans_are_shown_at_the_step_of_the_checkpoint(resumed: Any) -> None:
    _, agent, server = resumed
    found = told(server)
    assert found["step"] == agent.step == STEP
    assert (found["old"]["text"], found["old"]["total"]) == (OLD, 200)
    assert (found["new"]["text"], found["new"]["total"]) == (NEW, 400)
    assert found["old_lr"] == rates(OLD, STEP, 200)
    assert found["new_lr"] == rates(NEW, STEP, 400)
    assert [c["name"] for c in found["choices"]] == ["keep", "follow", "rewarm"]
    assert found["choices"][1]["command"] is None


def test_keep_is_a_swap_that_follows_the_old_plan_to_the_bit(resumed: Any) -> None:
    job, agent, server = resumed
    step = apply(server, job, agent, "keep")
    assert step >= STEP
    assert agent.effective_lr == rates(OLD, agent.step, 200)
    assert agent.planned_lr == rates(NEW, agent.step, 400)


def test_rewarm_goes_from_the_old_lr_to_the_new_plan_and_ends_there(resumed: Any) -> None:
    job, agent, server = resumed
    step = apply(server, job, agent, "rewarm")
    while agent.step <= step + 18:
        job.step()
    assert agent.effective_lr == agent.planned_lr == rates(NEW, agent.step, 400)


def test_the_same_plan_is_no_news(tmp_path: Path) -> None:
    with rheostat.attach(optimizer(), plan=OLD, total=200, server=False) as agent:
        agent.load_state_dict(checkpoint())
        assert agent.resumed is None
        assert agent.step == STEP


def test_a_checkpoint_of_an_earlier_version_has_no_plan() -> None:
    state = checkpoint()
    del state["plan"], state["planned"]
    with rheostat.attach(optimizer(), plan=NEW, total=400, server=False) as agent:
        agent.load_state_dict(state)
        assert (agent.step, agent.resumed, agent.errors) == (STEP, None, 0)


def test_a_whole_text_needs_nothing_to_be_bound() -> None:
    plan = Plan(origin="rheostat", text=OLD, total=200, base={"body": 0.1, "head": 0.4})
    text = whole_text(plan)
    assert text.splitlines() == [
        "base 0.1", "total 200", OLD, "group body base 0.1", "group head base 0.4",
    ]  # fmt: skip
    bound = rheostat.parse(text)
    assert {g: bound.bind(group=g)(STEP) for g in ("body", "head")} == rates(OLD, STEP, 200)
    assert whole_text(Plan(origin="imported", text=text, total=300)) == text


def test_a_choice_says_why_the_job_would_refuse_it() -> None:
    assert resume_of(hello()) is None
    with rheostat.attach(optimizer(), plan=NEW, total=400, server=False) as agent:
        agent.load_state_dict(checkpoint())
        found = resume_of(hello(resumed=agent.resumed, control=True))
    assert found is not None
    keep = found.choices[0]
    assert keep.command is not None
    assert "does not allow swap" in keep.why
