"""The compatibility report: each effect class, and that the optimizer really behaves as it says."""

from __future__ import annotations

import logging
from typing import Any

import bitsandbytes
import pytest
import schedulefree  # type: ignore[import-untyped]
import torch
from torch import nn

from rheostat.agent import attach
from rheostat.agent.compatibility import reach_of
from rheostat.control.command import Limits

EIGHT_BIT: Any = bitsandbytes.optim
pytestmark = pytest.mark.filterwarnings("ignore:rheostat refused")


def make(kind: Any, **options: Any) -> tuple[nn.Parameter, Any]:
    torch.manual_seed(0)
    parameter = nn.Parameter(torch.randn(8, 8))
    parameter.grad = torch.randn(8, 8)
    return parameter, kind([parameter], **({"lr": 0.01} | options))


def report(kind: Any, **options: Any) -> str:
    attached = options.pop("attached", {})
    with attach(make(kind, **options)[1], server=False, **attached) as agent:
        return " ".join(agent.report)


IMMEDIATE = [
    kind
    for name, kind in vars(torch.optim).items()
    if isinstance(kind, type)
    and issubclass(kind, torch.optim.Optimizer)
    and name not in {"Optimizer", "ASGD", "Rprop"}
]


@pytest.mark.parametrize("kind", [*IMMEDIATE, EIGHT_BIT.AdamW8bit, EIGHT_BIT.Lion8bit])
def test_these_act_in_the_same_step(kind: Any) -> None:
    assert reach_of(make(kind)[1]) == "immediate"
    assert "A change of lr acts in the same step." in report(kind)


def test_asgd_acts_a_step_late_and_says_so() -> None:
    def change(factor: float, steps: int) -> float:
        parameter, optimizer = make(torch.optim.ASGD)
        with attach(optimizer, server=False) as agent:
            for _ in range(3):
                optimizer.step()
            agent.scale(factor)
            before = parameter.detach().clone()
            for _ in range(steps):
                optimizer.step()
        return float((parameter - before).detach().abs().sum())

    assert change(0.1, 1) == change(1.0, 1)
    assert change(0.1, 2) < 0.7 * change(1.0, 2)
    assert "an override at step t acts from t + 1 on" in report(torch.optim.ASGD)


def test_rprop_is_refused_with_its_reason() -> None:
    _, optimizer = make(torch.optim.Rprop)
    with attach(optimizer, server=False) as agent:
        assert agent.scale(0.5).code == "no_effect"
        assert "Commands are refused: Rprop reads its lr only before the first step" in " ".join(agent.report)
        assert not any("Commands allowed" in line for line in agent.report)


SCHEDULE_FREE = [
    schedulefree.SGDScheduleFree,
    schedulefree.AdamWScheduleFree,
    schedulefree.RAdamScheduleFree,
    schedulefree.SGDScheduleFreeClosure,
]


@pytest.mark.parametrize("kind", SCHEDULE_FREE)
def test_schedule_free_may_not_be_raised_by_default(kind: Any) -> None:
    _, optimizer = make(kind)
    with attach(optimizer, server=False) as agent:
        assert "a raised lr leaves a lasting trace" in " ".join(agent.report)
        refused = agent.scale(1.5)
        assert (refused.state, refused.code) == ("rejected", "above_ceiling")
        assert agent.scale(0.5).state == "accepted"
    with attach(optimizer, server=False, limits=Limits(max_ratio=10.0)) as agent:
        assert agent.scale(1.5).state == "accepted"


def test_schedule_free_keeps_the_trace_of_a_raise() -> None:
    _, optimizer = make(schedulefree.SGDScheduleFree)
    optimizer.train()
    with attach(optimizer, server=False, limits=Limits()) as agent:
        agent.scale(5.0, for_steps=1)
        for _ in range(3):
            optimizer.step()
    assert optimizer.param_groups[0]["lr"] == 0.01
    assert optimizer.param_groups[0]["lr_max"] == 0.05


@pytest.mark.parametrize("name", ["AdamW8bit", "Adam8bit", "Lion8bit", "SGD8bit"])
def test_bitsandbytes_takes_the_lr_it_is_given(name: str) -> None:
    kind = getattr(EIGHT_BIT, name)
    options = {"momentum": 0.9} if name == "SGD8bit" else {}

    def train(lr: float, factor: float | None) -> torch.Tensor:
        parameter, optimizer = make(kind, lr=lr, **options)
        agent = attach(optimizer, server=False)
        if factor is not None:
            agent.scale(factor)
        for _ in range(3):
            optimizer.step()
        agent.close()
        assert agent.errors == 0
        assert optimizer.param_groups[0]["lr"] == lr
        return parameter.detach()

    assert torch.equal(train(0.02, 0.5), train(0.01, None))
    assert not torch.equal(train(0.02, None), train(0.01, None))


@pytest.mark.parametrize(
    ("kind", "options", "told"),
    [
        (torch.optim.AdamW, {}, "AdamW multiplies weight decay by the lr"),
        (torch.optim.SGD, {"weight_decay": 0.1}, "SGD multiplies weight decay by the lr"),
        (torch.optim.AdamW, {"fused": True}, "may include skipped updates"),
        (torch.optim.SGD, {}, "each new value of a float lr compiles it anew (SGD)"),
        (torch.optim.SGD, {"lr": torch.tensor(0.01)}, "overrides are written in place, rounded to its type"),
        (torch.optim.SGD, {}, "Commands allowed: hold, scale, ramp, release; not listed in limits.kinds"),
    ],
)
def test_what_else_is_told(kind: Any, options: dict[str, Any], told: str) -> None:
    assert told in report(kind, **options)


def test_what_does_not_hold_is_not_told() -> None:
    text = report(torch.optim.Adam)
    for absent in ("weight decay", "skipped", "compiles", "in place", "DeepSpeed", "trace", "t + 1"):
        assert absent not in text


def test_no_lr_at_all_is_refused() -> None:
    _, optimizer = make(torch.optim.SGD)
    optimizer.param_groups[0]["lr"] = None
    with attach(optimizer, server=False) as agent:
        assert "No param group has an lr" in " ".join(agent.report)
        assert agent.scale(0.5).code == "no_lr"


def test_an_optimizer_nobody_knows_is_taken_to_act_at_once() -> None:
    class Own(torch.optim.Optimizer):
        def __init__(self, parameters: Any, lr: float) -> None:
            super().__init__(parameters, {"lr": lr})

    assert "not among those we know" in report(Own)


def test_checkpoints_need_a_callback() -> None:
    limits = Limits(kinds=("checkpoint",))
    assert "checkpoint is refused until on_checkpoint is given" in report(
        torch.optim.SGD, attached={"limits": limits}
    )
    given = {"limits": limits, "on_checkpoint": lambda step: None}
    assert "until on_checkpoint" not in report(torch.optim.SGD, attached=given)


def test_one_line_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    _, optimizer = make(torch.optim.ASGD)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    with (
        caplog.at_level(logging.INFO, logger="rheostat"),
        attach(optimizer, scheduler, server=False) as agent,
    ):
        assert any("ExponentialLR goes on beneath an override" in line for line in agent.report)
    assert [r.getMessage() for r in caplog.records] == [
        "rheostat: ASGD, ExponentialLR; a changed lr acts a step late"
    ]
