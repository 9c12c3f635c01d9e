"""Orders: checkpoints, pauses and the wish to end, carried out by a real training loop."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
import torch
from torch import nn

from rheostat.agent import Agent, RheostatWarning, attach
from rheostat.control.command import Checkpoint, Command, CommandReport, Limits, Pause, Stop
from rheostat.control.rules import Rules
from rheostat.schedule import parse


@pytest.fixture
def optimizer() -> torch.optim.SGD:
    return torch.optim.SGD(nn.Linear(3, 2).parameters(), lr=0.1)


@pytest.fixture
def agent(optimizer: torch.optim.SGD) -> Iterator[Agent]:
    with attach(optimizer, total=100, server=False) as attached:
        yield attached


def take(optimizer: torch.optim.Optimizer, count: int = 1) -> list[float]:
    """Take steps; returns the lr that each used."""
    used: list[float] = []
    handle = optimizer.register_step_pre_hook(lambda o, a, k: used.append(o.param_groups[0]["lr"]))
    for _ in range(count):
        optimizer.step()
    handle.remove()
    return used


def life(agent: Agent, id: str) -> list[CommandReport]:
    return [told.report for told in agent.collect_reports() if told.report.id == id]


def when_paused(agent: Agent, act: Any) -> Thread:
    """Have another thread ``act`` as soon as the job stands still."""

    def wait() -> None:
        until = time.monotonic() + 20.0
        while agent._steering.control.pause is None and time.monotonic() < until:
            Event().wait(0.002)
        act()

    thread = Thread(target=wait)
    thread.start()
    return thread


def test_a_checkpoint_is_made_before_its_step_and_sees_the_plan(
    optimizer: torch.optim.SGD, agent: Agent
) -> None:
    seen: list[tuple[int, int, float]] = []

    def save(step: int) -> str:
        seen.append((step, agent.step, optimizer.state_dict()["param_groups"][0]["lr"]))
        return "saved to a file"

    agent.on_checkpoint = save
    agent.scale(0.5)
    take(optimizer, 3)
    report = agent.checkpoint(at_step=5)
    assert take(optimizer, 4) == [0.05] * 4
    assert seen == [(5, 5, 0.1)]
    assert [(r.state, r.step, r.message) for r in life(agent, report.id)] == [
        ("accepted", 3, ""),
        ("scheduled", 5, ""),
        ("applied", 5, ""),
        ("ended", 5, "saved to a file"),
    ]
    assert agent.errors == 0


def test_a_checkpoint_that_fails_is_reported_and_training_goes_on(optimizer: torch.optim.SGD) -> None:
    def save(step: int) -> None:
        raise OSError("disk full")

    with attach(optimizer, server=False, on_checkpoint=save) as agent:
        report = agent.checkpoint()
        with pytest.warns(RheostatWarning, match="disk full"):
            assert take(optimizer, 2) == [0.1, 0.1]
        ended = life(agent, report.id)[-1]
        assert (ended.state, ended.code, ended.message) == ("ended", "failed", "OSError: disk full")
        assert agent.errors == 0


def test_without_a_callback_a_checkpoint_is_refused(agent: Agent) -> None:
    with pytest.warns(RheostatWarning, match="no on_checkpoint"):
        assert agent.checkpoint().code == "no_callback"


def test_an_override_that_begins_with_the_checkpoint_is_in_it(
    optimizer: torch.optim.SGD, agent: Agent
) -> None:
    saved: list[dict[str, object]] = []
    agent.on_checkpoint = lambda step: saved.append(agent.state_dict())
    take(optimizer, 2)
    agent.checkpoint()
    agent.scale(0.5, for_steps=4)
    agent.scale(0.5, at_step=50)
    assert take(optimizer, 5) == [0.05] * 4 + [0.1]
    agent.collect_reports()
    agent.load_state_dict(saved[0])
    assert agent.step == 2
    told = {t.report.id: (t.report.state, t.report.code) for t in agent.collect_reports()}
    assert list(told.values()) == [("applied", "resumed"), ("ended", "not_resumed")]
    assert take(optimizer, 5) == [0.05] * 4 + [0.1]


def test_stopping_is_a_wish_the_loop_sees_after_its_step(optimizer: torch.optim.SGD, agent: Agent) -> None:
    agent.stop(at_step=3)
    steps = 0
    while not agent.should_stop:
        take(optimizer)
        steps += 1
    assert steps == 4


def test_a_pause_stands_still_after_the_step_until_resumed(optimizer: torch.optim.SGD, agent: Agent) -> None:
    report = agent.pause(at_step=2)
    steps: list[int] = []

    def look_and_resume() -> None:
        steps.append(agent.step)
        agent.resume()

    other = when_paused(agent, look_and_resume)
    assert take(optimizer, 5) == [0.1] * 5
    other.join()
    assert steps == [3]
    states = [(r.state, r.step, r.code) for r in life(agent, report.id)]
    assert states[-2:] == [("applied", 2, ""), ("ended", 2, "done")]


@pytest.mark.parametrize("how", ["stop", "close"])
def test_a_pause_also_ends_when_the_job_is_to_end(optimizer: torch.optim.SGD, agent: Agent, how: str) -> None:
    agent.pause()
    other = when_paused(agent, getattr(agent, how))
    take(optimizer, 3)
    other.join()
    assert agent.should_stop == (how == "stop")


def test_a_pause_that_nobody_ends_ends_by_itself(optimizer: torch.optim.SGD, agent: Agent) -> None:
    agent._steering.orders.longest_pause_s = 0.0
    report = agent.pause()
    take(optimizer, 2)
    assert life(agent, report.id)[-1].code == "timed_out"
    with pytest.warns(RheostatWarning, match="not paused"):
        assert agent.resume().code == "not_paused"


@pytest.mark.parametrize("action", [Pause(), Checkpoint(), Stop()])
def test_others_may_only_order_what_the_limits_allow(optimizer: torch.optim.SGD, action: Any) -> None:
    now = time.time()
    with attach(optimizer, server=False, on_checkpoint=print) as agent:
        command = Command(id="c", action=action, issued_at=now)
        assert agent.receive(command, now=now).code == "kind_not_allowed"
    limits = Limits(kinds=("pause", "checkpoint", "stop"))
    with attach(optimizer, server=False, on_checkpoint=print, limits=limits) as agent:
        assert agent.receive(command, now=now).state == "accepted"


def test_by_a_rule_the_job_takes_an_override_back_and_says_so(optimizer: torch.optim.SGD) -> None:
    with attach(optimizer, server=False, rules=Rules(within=5)) as agent:
        agent.scale(2.0)
        assert take(optimizer, 2) == [0.2, 0.2]
        agent.log(loss=torch.tensor(1.0))
        with pytest.warns(
            RheostatWarning, match="taken back: loss was nan at step 1, 1 steps after it began"
        ):
            agent.log(loss=float("nan"), other="x")
        assert take(optimizer) == [0.1]
        applied = [t.report for t in agent.collect_reports() if t.report.command is not None][-1]
        assert applied.command is not None
        assert applied.command.reason.startswith("rule: loss was nan")
        assert agent.errors == 0


def test_by_a_rule_the_job_may_scale_down_in_place_of_taking_back(optimizer: torch.optim.SGD) -> None:
    with attach(optimizer, server=False, rules=Rules(within=5, factor=0.25)) as agent:
        agent.scale(2.0)
        assert take(optimizer, 2) == [0.2, 0.2]
        with pytest.warns(RheostatWarning, match=r"the lr was multiplied by 0\.25: loss was inf at step 1"):
            agent.log(loss=float("inf"))
        assert take(optimizer, 2) == [0.05, 0.05]
        agent.log(loss=float("inf"))
        assert take(optimizer) == [0.05]
        assert agent.errors == 0


def test_the_job_ramps_by_equal_ratios(optimizer: torch.optim.SGD, agent: Agent) -> None:
    agent.ramp(0.001, over=4, shape="log")
    assert take(optimizer, 6) == pytest.approx([0.1 * 0.01 ** (i / 4) for i in range(4)] + [0.001] * 2)
    with pytest.warns(RheostatWarning, match="shape"):
        assert agent.ramp(0.1, over=4, shape="round").code == "malformed"  # type: ignore[arg-type]


def test_the_job_may_follow_another_schedule_and_come_back(optimizer: torch.optim.SGD, agent: Agent) -> None:
    text = "linear 1x -> 0.5x for 10; cosine -> 0"
    plan = parse(text).bind(base=0.1, total=100)
    take(optimizer, 5)
    agent.swap(text)
    assert take(optimizer, 20) == [plan(step) for step in range(5, 25)]
    agent.swap(parse("hold 0.2x"), from_here=True, continuous=True, for_steps=3)
    assert take(optimizer, 3) == [pytest.approx(plan(25), rel=1e-15)] * 3
    assert take(optimizer) == [plan(28)]
    agent.freeze(for_steps=2)
    assert take(optimizer, 2) == [0.0, 0.0]
    agent.release()
    assert take(optimizer) == [0.1]
    with pytest.warns(RheostatWarning, match="cosin"):
        assert agent.swap("cosin -> 0").code == "bad_schedule"
