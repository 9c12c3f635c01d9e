"""Steps that torch does not know of: what `Agent.stepping` does around a replay, here a stand-in."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from rheostat.agent import Agent, attach, hooks
from rheostat.agent import agent as agents


class Far(torch.Tensor):
    """A tensor that says it is on a device, and counts how often it is waited for."""

    waits = 0

    @property
    def is_cpu(self) -> bool:  # type: ignore[override]
        return False

    def item(self) -> Any:
        Far.waits += 1
        return super().item()


class Graph:
    """Replays one step that was captured: it reads the lr where it stood then, and calls no hooks."""

    def __init__(self, parameter: nn.Parameter, lr: torch.Tensor) -> None:
        self.parameter, self.lr = parameter, lr
        self.used: list[float] = []

    def replay(self) -> None:
        lr = self.lr.as_subclass(torch.Tensor)
        with torch.no_grad():
            self.parameter.sub_(lr)
        self.used.append(float(lr))


def captured() -> tuple[torch.optim.Optimizer, Graph, Agent]:
    parameter = nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([parameter], lr=0.5)
    lr = torch.tensor(0.5).as_subclass(Far)
    optimizer.param_groups[0]["lr"] = lr
    return optimizer, Graph(parameter, lr), attach(optimizer, server=False)


def test_a_replay_gets_the_effective_lr_in_place_and_the_plan_comes_back() -> None:
    optimizer, graph, agent = captured()
    for step in range(6):
        if step == 2:
            agent.scale(0.5, for_steps=2)
        with agent.stepping(optimizer):
            graph.replay()
        assert optimizer.param_groups[0]["lr"] is graph.lr
        assert float(graph.lr.as_subclass(torch.Tensor)) == 0.5
    agent.close()
    assert graph.used == [0.5, 0.5, 0.25, 0.25, 0.5, 0.5]
    assert (agent.step, agent.errors) == (6, 0)


def test_without_an_override_the_device_is_not_waited_for() -> None:
    _, graph, agent = captured()
    before = Far.waits
    for _ in range(5):
        with agent.stepping():
            graph.replay()
    assert Far.waits == before
    agent.hold(0.1, for_steps=1)
    with agent.stepping():
        graph.replay()
    assert Far.waits == before + 1
    agent.close()
    assert graph.used[-1] == float(torch.tensor(0.1))


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step")  # replays are no steps to torch
def test_a_scheduler_between_replays_moves_the_plan_in_place() -> None:
    optimizer, graph, agent = captured()
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    agent.scale(0.5)
    for _ in range(3):
        with agent.stepping():
            graph.replay()
        scheduler.step()
    agent.close()
    assert graph.used == [0.25, 0.125, 0.0625]
    assert agent.errors == 0


def test_a_replay_that_raises_leaves_the_plan() -> None:
    _, graph, agent = captured()
    agent.scale(0.5)
    with pytest.raises(RuntimeError, match="lost"), agent.stepping():
        raise RuntimeError("the device was lost")
    assert float(graph.lr.as_subclass(torch.Tensor)) == 0.5
    with agent.stepping():
        graph.replay()
    agent.close()
    assert (graph.used, agent.step, agent.errors) == ([0.25], 1, 0)


def test_while_a_graph_is_captured_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    _, graph, agent = captured()
    agent.scale(0.5)
    for module in (agents, hooks):
        monkeypatch.setattr(module, "capturing", lambda: True)
    with (
        pytest.warns(UserWarning, match="does nothing while a CUDA graph is being captured"),
        agent.stepping(),
    ):
        graph.replay()
    assert (graph.used, agent.step) == ([0.5], 0)
    agent.close()


def test_after_the_end_and_for_a_stranger_it_does_nothing() -> None:
    _, graph, agent = captured()
    with agent.stepping(torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1)):
        graph.replay()
    agent.close()
    with agent.stepping():
        graph.replay()
    assert (graph.used, agent.step) == ([0.5, 0.5], 0)
