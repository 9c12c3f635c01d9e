"""Optimizers that are stepped a few groups at a time, shaped as DeepSpeed's ZeRO is in its source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn

from rheostat.agent import Agent, AttachError, attach
from rheostat.agent.transport import Transport


class ZeroOptimizer:
    """As ``DeepSpeedZeroOptimizer`` of stages 1, 2: for each group, ``param_groups = [group]``, a step."""

    __module__ = "deepspeed.runtime.zero.stage_1_and_2"

    def __init__(self, init_optimizer: torch.optim.Optimizer) -> None:
        self.optimizer = init_optimizer

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        return self.optimizer.param_groups

    def step(self) -> None:
        for number in range(len(self.optimizer.param_groups)):
            self._optimizer_step(number)

    def _optimizer_step(self, number: int) -> None:
        original = self.optimizer.param_groups
        self.optimizer.param_groups = [original[number]]
        self.optimizer.step()
        self.optimizer.param_groups = original


class ThirdStage(ZeroOptimizer):
    """As ``DeepSpeedZeroOptimizer_Stage3``: each sub-group in turn, in a list that stays whole."""

    __module__ = "deepspeed.runtime.zero.stage3"

    def step(self) -> None:
        groups = self.optimizer.param_groups
        held = [group["params"] for group in groups]
        for group in groups:
            group["params"] = []
        for group, parameters in zip(groups, held, strict=True):
            for parameter in parameters:
                group["params"] = [parameter]
                self.optimizer.step()
                group["params"] = []
        for group, parameters in zip(groups, held, strict=True):
            group["params"] = parameters


class Engine(nn.Module):
    """As ``DeepSpeedEngine``: counts its updates after each."""

    __module__ = "deepspeed.runtime.engine"

    def __init__(self, optimizer: ZeroOptimizer) -> None:
        super().__init__()
        self.optimizer = optimizer
        self.global_steps = 0

    def step(self) -> None:
        self.optimizer.step()
        self.global_steps += 1


def inner(count: int = 3, kind: type[torch.optim.Optimizer] = torch.optim.SGD) -> torch.optim.Optimizer:
    groups = [
        {"params": [nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1))], "lr": 0.1 * 2**i}
        for i in range(count)
    ]
    optimizer = kind(groups, lr=0.1)  # type: ignore[call-arg]
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = torch.ones(1)
    return optimizer


def watch(optimizer: torch.optim.Optimizer) -> list[list[float]]:
    seen: list[list[float]] = []
    optimizer.register_step_pre_hook(
        lambda o, a, k: seen.append([g["lr"] for g in o.param_groups if g["params"]])
    )
    return seen


@pytest.fixture
def agents() -> Iterator[list[Agent]]:
    made: list[Agent] = []
    yield made
    for agent in made:
        agent.close()
        assert agent.errors == 0


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize("recorded", [False, True])
def test_an_update_group_by_group_is_one_step(
    count: int, recorded: bool, agents: list[Agent], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("RHEOSTAT_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(Transport, "start", lambda self: None)
    wrapper = ZeroOptimizer(inner(count))
    agent = attach(wrapper, server=None if recorded else False, run="zero")
    agents.append(agent)
    seen = watch(wrapper.optimizer)
    plan = [0.1 * 2**i for i in range(count)]
    for update in range(6):
        if update == 2:
            agent.scale(0.5, for_steps=2)
        assert agent.step == update
        wrapper.step()
        assert [g["lr"] for g in wrapper.param_groups] == plan
    halved = [lr * 0.5 for lr in plan]
    assert [lr for (lr,) in seen] == plan * 2 + halved * 2 + plan * 2
    if recorded:
        rows = list(agent.collect(final=True))
        assert sum(f.count for f in rows) == 6
        used = [v for f in rows for v in f.effective[str(count - 1)].array().tolist()]
        assert used == [plan[-1]] * 2 + [halved[-1]] * 2 + [plan[-1]] * 2


def test_a_command_that_comes_between_two_groups_waits_for_the_next_update(agents: list[Agent]) -> None:
    wrapper = ZeroOptimizer(inner(2))
    agent = attach(wrapper, server=False)
    agents.append(agent)
    seen = watch(wrapper.optimizer)
    agent.scale(0.5)
    wrapper._optimizer_step(0)
    agent.scale(0.1)
    wrapper._optimizer_step(1)
    wrapper.step()
    assert [lr for (lr,) in seen] == pytest.approx([0.05, 0.1, 0.005, 0.01], rel=1e-15)
    assert agent.step == 2


def test_groups_are_found_again_after_a_checkpoint_was_loaded(agents: list[Agent]) -> None:
    wrapper = ZeroOptimizer(inner(2))
    agent = attach(wrapper, server=False)
    agents.append(agent)
    wrapper.step()
    wrapper.optimizer.load_state_dict(wrapper.optimizer.state_dict())
    for group in wrapper.optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = torch.ones(1)
    wrapper.step()
    assert agent.step == 2
    assert len(agent.planned_lr) == 2


def test_a_list_that_is_shorter_for_good_is_the_whole_from_its_second_step_on(agents: list[Agent]) -> None:
    optimizer = inner(3)
    agent = attach(optimizer, server=False)
    agents.append(agent)
    optimizer.param_groups = optimizer.param_groups[1:]
    for _ in range(5):
        optimizer.step()
    assert agent.step == 5
    assert agent.planned_lr == {"0": 0.2, "1": 0.4}


@pytest.mark.parametrize("how", ["engine", "step_of"])
def test_the_third_stage_counts_what_the_engine_counts(how: str, agents: list[Agent]) -> None:
    engine = Engine(ThirdStage(inner(2)))
    if how == "engine":
        agent = attach(engine, server=False)
    else:
        agent = attach(engine.optimizer, server=False, step_of=lambda: engine.global_steps)
    agents.append(agent)
    seen = watch(engine.optimizer.optimizer)
    for update in range(4):
        if update == 1:
            agent.scale(0.5, for_steps=1)
        engine.step()
        assert agent.step == engine.global_steps
    assert [lr for (lr,) in seen] == [0.1, 0.1, 0.2, 0.2, 0.05, 0.05, 0.1, 0.1, *[0.1, 0.1, 0.2, 0.2] * 2]


def test_the_report_tells_of_deepspeed_and_what_it_needs() -> None:
    engine = Engine(ThirdStage(inner(2)))
    with attach(engine.optimizer, server=False) as agent:
        assert agent.report[0] == "Found SGD inside ThirdStage with 2 param groups."
        assert any("step_of=lambda: engine.global_steps" in line for line in agent.report)
    with attach(engine, server=False) as agent:
        assert any("the engine tells where one begins" in line for line in agent.report)


def test_step_of_must_be_a_function() -> None:
    with pytest.raises(AttachError, match="step_of is a int; expected a function or None"):
        attach(inner(), server=False, step_of=3)  # type: ignore[arg-type]
