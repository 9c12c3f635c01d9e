"""Closures run on the plan, the step around them on the overrides."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import ExponentialLR

from .steered import Offline, backward, lrs, watch


@pytest.mark.parametrize("as_keyword", [False, True])
def test_a_closure_runs_on_the_plan(model: nn.Linear, offline: Offline, as_keyword: bool) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = ExponentialLR(optimizer, 0.5)
    agent = offline(optimizer)
    agent.scale(0.5)
    inside: list[float] = []
    before = model.weight.detach().clone()

    def closure() -> float:
        inside.append(lrs(optimizer)[0])
        loss = backward(model)
        scheduler.step()
        inside.append(optimizer.state_dict()["param_groups"][0]["lr"])
        return float(loss.detach())

    if as_keyword:
        optimizer.step(closure=closure)
    else:
        optimizer.step(closure)
    assert inside == [0.1, 0.05]
    assert model.weight.grad is not None
    assert torch.equal(model.weight, before.add(model.weight.grad, alpha=-0.025))
    assert lrs(optimizer) == [0.05]


def test_lbfgs_with_its_many_closures(model: nn.Linear, offline: Offline) -> None:
    def train(lr: float, factor: float | None) -> torch.Tensor:
        torch.manual_seed(0)
        net = nn.Linear(3, 2)
        optimizer = torch.optim.LBFGS(net.parameters(), lr=lr)
        if factor is not None:
            offline(optimizer).scale(factor)
        for _ in range(3):
            optimizer.step(lambda: float(backward(net).detach()))  # type: ignore[no-untyped-call]
        assert lrs(optimizer) == [lr]
        return net.weight.detach()

    assert torch.equal(train(1.0, 0.5), train(0.5, None))


def test_a_raising_closure_leaves_the_plan(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    seen = watch(optimizer)
    agent.scale(0.5)

    def closure() -> float:
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        optimizer.step(closure)
    assert lrs(optimizer) == [0.1]
    backward(model)
    optimizer.step()
    assert seen == [[0.05], [0.05]]
    assert agent.step == 1
