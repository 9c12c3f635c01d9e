"""A step that raises never reaches the post-hook: nobody sees the override all the same."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import StepLR

from .steered import Offline, Raising, backward, lrs, watch


def test_after_a_raising_step_checkpoints_show_the_plan_and_steps_go_on(
    model: nn.Linear, offline: Offline
) -> None:
    optimizer = Raising(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    agent.scale(0.5)
    optimizer.fails = True
    with pytest.raises(RuntimeError, match="in the step"):
        optimizer.step()
    assert optimizer.state_dict()["param_groups"][0]["lr"] == 0.1
    optimizer.fails = False
    seen = watch(optimizer)
    backward(model)
    optimizer.step()
    assert {tuple(s) for s in seen} == {(0.05,)}
    assert agent.step == 1
    assert lrs(optimizer) == [0.1]


def test_a_raising_step_never_lets_a_scheduler_see_the_override(model: nn.Linear, offline: Offline) -> None:
    optimizer = Raising(model.parameters(), lr=0.1)
    scheduler = StepLR(optimizer, 1, 0.5)
    agent = offline(optimizer, scheduler=scheduler)
    agent.scale(0.5)
    optimizer.fails = True
    with pytest.raises(RuntimeError, match="in the step"):
        optimizer.step()
    scheduler.step()
    assert lrs(optimizer) == [0.05]


def test_no_trace_is_left_on_the_optimizer_after_release(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    before = dict(vars(optimizer))
    agent.scale(0.5, for_steps=1)
    assert "step" in vars(optimizer)
    for _ in range(3):
        backward(model)
        optimizer.step()
    assert vars(optimizer) == before
