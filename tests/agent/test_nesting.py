"""Steps that call the step of their class: one step, though torch runs the hooks of both."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rheostat.agent.nesting import nests

from .steered import Doubled, Offline, backward, lrs, watch


class Kept(torch.optim.SGD):
    """Has no step of its own."""


def test_a_nested_step_is_one_step(model: nn.Linear, offline: Offline) -> None:
    torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    optimizer = Doubled(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    seen = watch(optimizer)
    agent.scale(0.5)
    for _ in range(2):
        backward(model)
        optimizer.step()
    assert seen == [[0.05]] * 4
    assert agent.step == 2
    assert lrs(optimizer) == [0.1]


@pytest.mark.parametrize(
    ("kind", "nested"),
    [(torch.optim.SGD, False), (torch.optim.AdamW, False), (Kept, False), (Doubled, True)],
)
def test_only_a_step_that_calls_its_parents_is_taken_for_nested(
    model: nn.Linear, kind: type[torch.optim.Optimizer], nested: bool
) -> None:
    torch.optim.Adam(model.parameters())
    optimizer = kind(model.parameters(), lr=0.1)  # type: ignore[call-arg]
    assert nests(optimizer) is nested
