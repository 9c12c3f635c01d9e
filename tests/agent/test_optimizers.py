"""Every optimizer of torch, in every mode: an overridden run is bitwise the run whose lr was set by hand."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import pytest
import torch
from torch import nn

from rheostat.agent import attach

STEPS, FIRST, LAST = 9, 3, 7
KINDS: dict[str, type[torch.optim.Optimizer]] = {
    name: kind
    for name, kind in vars(torch.optim).items()
    if inspect.isclass(kind) and issubclass(kind, torch.optim.Optimizer) and kind is not torch.optim.Optimizer
}
# A mode is one that the constructor takes; what torch then refuses on a CPU is listed, and must be refused.
MODES: dict[str, dict[str, Any]] = {
    "default": {},
    "for-loop": {"foreach": False},
    "foreach": {"foreach": True},
    "fused": {"fused": True},
    "capturable": {"capturable": True},
}
OPTIONS: dict[str, dict[str, Any]] = {
    "SGD": {"momentum": 0.9, "nesterov": True},
    "LBFGS": {"max_iter": 3},
    "Adam": {"amsgrad": True},
    "RMSprop": {"momentum": 0.5, "centered": True},
}


def cases() -> list[tuple[str, str, str, bool]]:
    """Name, mode, kind of lr, and whether there is a closure."""
    found = []
    for (name, kind), mode, lr, closure in product(KINDS.items(), MODES, ("float", "tensor"), (False, True)):
        parameters = inspect.signature(kind).parameters
        takes = MODES[mode].keys() <= parameters.keys()
        takes_lr = lr == "float" or "Tensor" in str(parameters["lr"].annotation)
        if takes and takes_lr and (closure or name != "LBFGS"):
            found.append((name, mode, lr, closure))
    return found


def refused(name: str, mode: str, lr: str) -> bool:
    """What torch 2.13 does not do on a CPU."""
    return mode == "capturable" or (mode == "foreach" and lr == "tensor" and name in {"Adam", "AdamW"})


def train(case: tuple[str, str, str, bool], steer: Callable[[torch.optim.Optimizer, int], None]) -> list[Any]:
    """Train a little, ``steer`` before each step; the parameters afterwards."""
    name, mode, lr, closure = case
    torch.manual_seed(0)
    weight = nn.Parameter(torch.randn(4, 3))
    rate: Any = 0.01 if lr == "float" else torch.tensor(0.01)
    optimizer = KINDS[name]([weight], lr=rate, **OPTIONS.get(name, {}), **MODES[mode])  # type: ignore[call-arg]
    inputs = torch.randn(STEPS, 3)

    def compute(step: int) -> float:
        optimizer.zero_grad()
        loss = (weight @ inputs[step] - 1.0).square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        if name == "SparseAdam":
            assert weight.grad is not None
            weight.grad = weight.grad.to_sparse()
        return float(loss.detach())

    for step in range(STEPS):
        steer(optimizer, step)
        if closure:
            optimizer.step(partial(compute, step))
        else:
            compute(step)
            optimizer.step()
    return [weight.detach().clone(), float(optimizer.param_groups[0]["lr"])]


def by_hand(optimizer: torch.optim.Optimizer, step: int) -> None:
    value = 0.004 if FIRST <= step < LAST else 0.01
    lr = optimizer.param_groups[0]["lr"]
    if isinstance(lr, torch.Tensor):
        lr.fill_(value)
    else:
        optimizer.param_groups[0]["lr"] = value


def named(case: tuple[str, str, str, bool]) -> str:
    return "-".join((*case[:3], "closure" if case[3] else "step"))


@pytest.mark.parametrize("case", cases(), ids=named)
def test_an_overridden_run_is_bitwise_the_run_with_the_lr_set_by_hand(
    case: tuple[str, str, str, bool],
) -> None:
    if refused(*case[:3]):
        with pytest.raises((RuntimeError, ValueError, AssertionError)):
            train(case, by_hand)
        return
    agents = []

    def by_agent(optimizer: torch.optim.Optimizer, step: int) -> None:
        if step == 0:
            agents.append(attach(optimizer, server=False))
        if step == FIRST:
            report = agents[0].hold(0.004, for_steps=LAST - FIRST)
            assert report.state == ("rejected" if case[0] == "Rprop" else "accepted"), report

    steered, lr = train(case, by_agent)
    assert agents[0].errors == 0
    agents[0].close()
    by_own_hand, _ = train(case, by_hand)
    plain, _ = train(case, lambda o, s: None)
    assert lr == float(torch.tensor(0.01)) if case[2] == "tensor" else lr == 0.01
    if case[0] == "Rprop":
        assert torch.equal(steered, plain)
    else:
        assert torch.equal(steered, by_own_hand)
        assert not torch.equal(steered, plain)
