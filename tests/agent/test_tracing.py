"""Compiled steps: no more graphs than without the agent, and every lr is followed."""

from __future__ import annotations

import shutil

import pytest
import torch
from torch import nn

from .steered import Offline, backward, lrs


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
def test_torch_compile_makes_no_more_graphs_and_still_calls_the_hooks(
    model: nn.Linear, offline: Offline
) -> None:
    from torch._dynamo.testing import CompileCounter

    def graphs(with_agent: bool) -> tuple[int, int]:
        torch._dynamo.reset()
        optimizer = torch.optim.Adam(model.parameters(), lr=torch.tensor(0.01))
        agent = offline(optimizer) if with_agent else None
        counter = CompileCounter()
        step = torch.compile(optimizer.step, backend=counter)
        for index in range(6):
            backward(model)
            if agent is not None and index == 3:
                agent.scale(0.5)
            step()
        return counter.frame_count, agent.step if agent is not None else 6

    assert graphs(True) == graphs(False)


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
@pytest.mark.skipif(
    shutil.which("c++") is None and shutil.which("g++") is None, reason="needs a C++ compiler"
)
def test_a_step_compiled_by_inductor_follows_each_lr(model: nn.Linear, offline: Offline) -> None:
    def train(steered: bool) -> torch.Tensor:
        torch._dynamo.reset()
        parameter = nn.Parameter(torch.ones(4))
        parameter.grad = torch.full((4,), 0.5)
        lr = torch.tensor(0.5)
        optimizer = torch.optim.SGD([parameter], lr=lr)
        held = optimizer.param_groups[0]["lr"]
        agent = offline(optimizer) if steered else None
        step = torch.compile(optimizer.step)
        for index in range(6):
            if agent is None:
                held.fill_(0.125 if 2 <= index < 4 else 0.5)
            elif index == 2:
                agent.scale(0.25, for_steps=2)
            step()
            if agent is not None:
                assert lrs(optimizer) == [0.5]
        assert agent is None or agent.step == 6
        return parameter.detach()

    assert torch.equal(train(True), train(False))
