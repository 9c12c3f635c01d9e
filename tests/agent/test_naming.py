from __future__ import annotations

import pytest
import torch
from torch import nn

from rheostat import ScheduleLR, attach
from rheostat.agent.naming import shared_paths


@pytest.mark.parametrize(
    ("groups", "names"),
    [
        (
            [["body.0.weight", "body.0.bias"], ["body.1.weight"], ["head.weight"]],
            ("body.0", "body.1", "head"),
        ),
        ([["module.body.0.weight", "module.body.1.weight"], ["module.head.bias"]], ("body", "head")),
        ([["body.weight"], ["body.bias"]], ("", "")),
        ([["body.weight", "head.weight"], ["scale"]], ("", "scale")),
        ([["0.weight"], ["1.weight"]], ("", "")),
        ([["body.weight", "body.bias"]], ("",)),
        ([[], ["head.bias"]], ("", "head")),
        ([], ()),
    ],
)
def test_groups_are_called_by_what_their_parameters_share(
    groups: list[list[str]], names: tuple[str, ...]
) -> None:
    assert shared_paths(groups) == names


def test_a_job_that_gives_named_parameters_sees_their_names_everywhere() -> None:
    model = nn.ModuleDict({"body": nn.Linear(2, 2), "head": nn.Linear(2, 1)})
    groups = [{"params": [p for p in model.named_parameters() if p[0].startswith(part)]} for part in model]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    scheduler = ScheduleLR(optimizer, "hold\ngroup body base 0.2\ngroup head = hold 0.5x")
    with attach(optimizer, scheduler, server=False) as agent:
        assert agent.planned_lr == {"body": 0.2, "head": 0.05}
        assert agent.plan.base == {"body": 0.1, "head": 0.1}
