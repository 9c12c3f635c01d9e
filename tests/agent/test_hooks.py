"""The hooks: the step sees the override and nobody else does, against real torch."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import ExponentialLR, StepLR

from .steered import Offline, backward, lrs, watch


def test_the_step_sees_the_override_and_nobody_else_does(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    seen = watch(optimizer)
    agent.scale(0.5, for_steps=2)
    for _ in range(3):
        backward(model)
        optimizer.step()
        assert lrs(optimizer) == [0.1]
    assert seen == [[0.05], [0.05], [0.1]]


@pytest.mark.parametrize("fused", [False, True])
def test_under_a_gradient_scaler_a_skipped_step_leaves_the_plan(
    model: nn.Linear, offline: Offline, fused: bool
) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    agent = offline(optimizer)
    agent.scale(0.5)
    seen = watch(optimizer)
    moved = []
    for step in range(4):
        optimizer.zero_grad()
        loss = model(torch.ones(3)).sum() * (math.inf if step == 1 else 1.0)
        scaler.scale(loss).backward()
        before = model.weight.detach().clone()
        scaler.step(optimizer)
        scaler.update()
        moved.append(not torch.equal(before, model.weight.detach()))
        assert lrs(optimizer) == [0.1]
    assert moved == [True, False, True, True]
    assert agent.step == len(seen) == (4 if fused else 3)
    assert seen == [[0.05]] * len(seen)


def test_the_first_of_several_optimizers_counts_the_steps(model: nn.Linear, offline: Offline) -> None:
    first = torch.optim.SGD([model.weight], lr=0.1)
    second = torch.optim.Adam([model.bias], lr=0.2)
    agent = offline({"gen": first, "disc": second})
    seen = {"gen": watch(first), "disc": watch(second)}
    agent.scale(0.5, at_step=1, for_steps=1)
    for _ in range(3):
        backward(model)
        first.step()
        second.step()
        second.step()
    assert agent.step == 3
    assert seen["gen"] == [[0.1], [0.05], [0.1]]
    assert seen["disc"] == [[0.2]] * 2 + [[0.1]] * 2 + [[0.2]] * 2
    agent.scale(0.5, groups="disc/0")
    first.step()
    second.step()
    assert (seen["gen"][-1], seen["disc"][-1]) == ([0.1], [0.1])


class Accelerated(torch.optim.Optimizer):
    """A wrapper that inherits the registering methods without the dicts behind them."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.optimizer = optimizer

    @property
    def param_groups(self) -> list[dict[str, object]]:  # type: ignore[override]
        return self.optimizer.param_groups

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        return self.optimizer.step(closure)


def test_wrappers_are_opened_to_whoever_owns_the_hooks(model: nn.Linear, offline: Offline) -> None:
    inner = torch.optim.SGD(model.parameters(), lr=0.1)
    wrapper = Accelerated(inner)
    with pytest.raises(AttributeError):
        wrapper.register_step_pre_hook(lambda o, a, k: None)
    agent = offline(wrapper)
    seen = watch(inner)
    agent.scale(0.5)
    backward(model)
    wrapper.step()
    assert seen == [[0.05]]


def test_what_someone_sets_during_a_step_is_not_undone(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)

    def set_lr(o: torch.optim.Optimizer, a: object, k: object) -> None:
        o.param_groups[0]["lr"] = 0.7

    optimizer.register_step_pre_hook(set_lr)
    agent.scale(0.5)
    backward(model)
    optimizer.step()
    assert lrs(optimizer) == [0.7]


def test_pre_hooks_before_ours_see_the_plan_and_so_do_all_post_hooks(
    model: nn.Linear, offline: Offline
) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    afterwards: list[float] = []
    for _ in range(2):
        before = watch(optimizer)
        optimizer.register_step_post_hook(lambda o, a, k: afterwards.append(lrs(o)[0]))
        agent = offline(optimizer)
    after = watch(optimizer)
    agent.scale(0.5)
    backward(model)
    optimizer.step()
    assert (before, after) == ([[0.1]], [[0.05]])
    assert afterwards == [0.1, 0.1]


def test_a_scheduler_stepped_by_an_earlier_post_hook_follows_its_plan(
    model: nn.Linear, offline: Offline
) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = ExponentialLR(optimizer, 0.5)
    optimizer.register_step_post_hook(lambda o, a, k: scheduler.step())
    agent = offline(optimizer)
    agent.scale(0.1, for_steps=2)
    for _ in range(3):
        backward(model)
        optimizer.step()
    assert lrs(optimizer) == [0.1 * 0.5 * 0.5 * 0.5]


def test_a_scheduler_made_while_an_override_stands_works_as_ever(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    seen = watch(optimizer)
    agent.scale(0.5)
    scheduler = StepLR(optimizer, 1, 0.5)
    for _ in range(2):
        backward(model)
        optimizer.step()
        scheduler.step()
    agent.release()
    backward(model)
    optimizer.step()
    scheduler.step()
    assert seen == [[0.05], [0.025], [0.025]]


def test_closing_takes_the_hooks_out(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    agent.scale(0.5)
    agent.close()
    seen = watch(optimizer)
    backward(model)
    optimizer.step()
    assert seen == [[0.1]]
    assert len(optimizer._optimizer_step_pre_hooks) == 1
    assert len(optimizer._optimizer_step_post_hooks) == 0
