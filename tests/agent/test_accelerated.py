"""Accelerate's own wrapper around schedulers, as it is with several processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from accelerate.state import PartialState
from torch import nn
from torch.optim import lr_scheduler

from rheostat import ScheduleLR, attach, parse
from rheostat.agent import Agent, RheostatWarning

UPDATES = 60


@pytest.fixture(params=[2, 3])
def processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Accelerate believes that there are so many processes; only its count of steps asks."""
    Accelerator(cpu=True)
    monkeypatch.setitem(PartialState._shared_state, "num_processes", request.param)
    return int(request.param)


def train(make: Callable[[Any], Any], accumulate: int = 1, **options: Any) -> tuple[Agent, list[float]]:
    """Train; returns the agent and the lr that each update used."""
    optimizer = torch.optim.SGD(nn.Linear(2, 1).parameters(), lr=0.1)
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=accumulate)
    optimizer, scheduler = accelerator.prepare(optimizer, make(optimizer))
    for name, value in options.items():
        setattr(scheduler, name, value)
    used: list[float] = []
    model = nn.Linear(1, 1)
    with attach(optimizer, scheduler, server=False, total=UPDATES) as agent:
        optimizer.optimizer.register_step_pre_hook(lambda o, a, k: used.append(o.param_groups[0]["lr"]))
        while agent.step < UPDATES:
            with accelerator.accumulate(model):
                optimizer.step()
                scheduler.step()
    return agent, used


def _stepped(make: Callable[[Any], Any], times: int) -> list[float]:
    """The lrs of a scheduler stepped so many times an update, by hand."""
    optimizer = torch.optim.SGD(nn.Linear(2, 1).parameters(), lr=0.1)
    scheduler = make(optimizer)
    found = []
    for _ in range(UPDATES):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        for _ in range(times):
            scheduler.step()
    return found


@pytest.mark.parametrize(
    "make",
    [
        lambda o: lr_scheduler.StepLR(o, 31, 0.5),
        lambda o: lr_scheduler.MultiStepLR(o, [10, 21, 90], 0.5),
        lambda o: lr_scheduler.CosineAnnealingLR(o, 100),
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 7, 2),
        lambda o: lr_scheduler.ExponentialLR(o, 0.97),
        lambda o: lr_scheduler.LinearLR(o, 0.1, 1.0, 35),
        lambda o: lr_scheduler.OneCycleLR(o, 0.1, total_steps=200),
    ],
)
def test_the_plan_counts_updates(make: Callable[[Any], Any], processes: int) -> None:
    agent, used = train(make, accumulate=2)
    assert used == _stepped(make, processes)
    assert (agent.plan.origin, agent.plan.total) == ("imported", UPDATES)
    drawn = parse(agent.plan.text).bind(total=UPDATES)(np.arange(UPDATES))
    assert used == pytest.approx(drawn.tolist(), rel=1e-9, abs=1e-12)


def test_a_schedule_of_ours_is_warned_of_and_drawn_as_it_runs(processes: int) -> None:
    with pytest.warns(RheostatWarning, match=f"{processes} times as fast.*split_batches = True"):
        agent, used = train(lambda o: ScheduleLR(o, "linear 0 -> 1x for 30; cosine -> 0", total=180))
    drawn = parse(agent.plan.text).bind(base=0.1, total=agent.plan.total)(np.arange(UPDATES))
    assert agent.plan.origin == "imported"
    assert used[1] == pytest.approx(0.1 * processes / 30)
    assert used == pytest.approx(drawn.tolist(), rel=1e-9, abs=1e-12)


def test_the_line_that_mends_it(processes: int) -> None:
    text = "linear 0 -> 1x for 30; cosine -> 0"
    agent, used = train(lambda o: ScheduleLR(o, text, total=UPDATES), split_batches=True)
    drawn = parse(text).bind(base=0.1, total=UPDATES)(np.arange(UPDATES))
    assert (agent.plan.origin, used) == ("rheostat", drawn.tolist())
