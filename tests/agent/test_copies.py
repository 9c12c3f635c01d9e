"""Copies, pickles and state dicts of an optimizer show the plan and carry nothing of ours."""

from __future__ import annotations

import copy
import pickle

import torch
from torch import nn

from .steered import Offline, backward, watch


def test_a_pickled_optimizer_is_attached_anew_and_goes_on(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    agent.scale(0.5)
    optimizer.step()
    again = pickle.loads(pickle.dumps(optimizer))
    assert "step" not in vars(again)
    kept = offline(again)
    kept.load_state_dict(agent.state_dict())
    seen = watch(again)
    again.step()
    assert seen == [[0.05]]
    assert (kept.step, agent.step) == (2, 1)


def test_copies_pickles_and_state_dicts_carry_nothing_of_ours(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    plain = pickle.dumps(optimizer)
    agent = offline(optimizer)
    agent.scale(0.5)
    assert pickle.dumps(optimizer) == plain
    assert b"rheostat" not in plain
    copied = copy.deepcopy(optimizer)
    seen = watch(copied)
    copied.step()
    assert seen == [[0.1]]
    assert agent.step == 0


def test_inside_a_step_every_copy_of_the_state_shows_the_plan(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    offline(optimizer).scale(0.5)
    found: list[float] = []
    optimizer.register_step_post_hook(lambda o, a, k: found.append(o.state_dict()["param_groups"][0]["lr"]))
    backward(model)
    optimizer.step()
    assert found == [0.1]
