"""Param groups: each rule on how their lrs are read and written has a test here, against real torch."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from .steered import Offline, backward, halves, lrs, watch


def test_replaced_group_dicts_are_followed(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    seen = watch(optimizer)
    agent.scale(0.5)
    saved = copy.deepcopy(optimizer.state_dict())
    saved["param_groups"][0]["lr"] = 0.3
    backward(model)
    optimizer.step()
    optimizer.load_state_dict(saved)
    optimizer.step()
    assert seen == [[0.05], [0.15]]
    assert lrs(optimizer) == [0.3]


def test_a_group_added_later_is_recorded_and_named(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD([model.weight], lr=0.1)
    agent = offline(optimizer)
    backward(model)
    optimizer.step()
    optimizer.add_param_group({"params": [model.bias], "lr": 0.2, "name": "bias"})
    optimizer.step()
    assert agent.planned_lr == {"0": 0.1, "bias": 0.2}
    agent.scale(0.5, groups="bias")
    seen = watch(optimizer)
    optimizer.step()
    assert seen == [[0.1, 0.1]]


def test_one_tensor_shared_by_groups_is_scaled_once_and_put_back_once(
    model: nn.Linear, offline: Offline
) -> None:
    lr = torch.tensor(0.25)
    optimizer = torch.optim.SGD(halves(model), lr=lr)
    agent = offline(optimizer)
    shared = optimizer.param_groups[0]["lr"]
    assert optimizer.param_groups[1]["lr"] is shared
    seen = watch(optimizer)
    agent.scale(0.5)
    backward(model)
    optimizer.step()
    assert seen == [[0.125, 0.125]]
    assert lrs(optimizer) == [0.25, 0.25]
    assert agent.scale(0.5, groups="1").code == "shared_lr"


def test_a_tensor_lr_is_written_in_place_and_put_back_bitwise(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=torch.tensor(0.1))
    held = optimizer.param_groups[0]["lr"]
    before = held.clone()
    seen: list[tuple[int, float]] = []
    agent = offline(optimizer)
    optimizer.register_step_pre_hook(
        lambda o, a, k: seen.append((id(o.param_groups[0]["lr"]), float(o.param_groups[0]["lr"])))
    )
    agent.hold(0.05)
    backward(model)
    optimizer.step()
    assert seen == [(id(held), float(torch.tensor(0.05)))]
    assert optimizer.param_groups[0]["lr"] is held
    assert torch.equal(held, before)


def test_a_group_without_lr_is_left_alone(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(halves(model), lr=0.1)
    optimizer.param_groups[1]["lr"] = None
    optimizer.param_groups[1]["params"] = []
    agent = offline(optimizer)
    assert agent.planned_lr == {"0": 0.1}
    assert agent.scale(0.5, groups="1").code == "unknown_group"
    agent.scale(0.5)
    backward(model)
    optimizer.step()
    assert optimizer.param_groups[1]["lr"] is None
    assert agent.step == 1


@pytest.mark.filterwarnings("ignore:rheostat refused")
def test_an_optimizer_without_any_lr_refuses_commands(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    optimizer.param_groups[0]["lr"] = None
    assert offline(optimizer).scale(0.5).code == "no_lr"


def test_the_lr_is_computed_in_float64_and_written_as_such(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    seen = watch(optimizer)
    agent.scale(1 / 3)
    backward(model)
    optimizer.step()
    assert seen == [[0.1 * (1 / 3)]]
