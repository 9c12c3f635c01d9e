from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from rheostat.schedule import BindError, ConversionError, Schedule, examples, parse, to_torch
from rheostat.schedule.tree.nodes import Seq
from tests.schedule.strategies import BASE, EPOCH, TOKENS, TOTAL, bind, programs


def module(code: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    exec(compile(code, "schedule", "exec"), found)
    return found


def optimizer(groups: int, lr: float = 0.3) -> torch.optim.Optimizer:
    return torch.optim.SGD(
        [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr * (i + 1)} for i in range(groups)]
    )


WRITTEN = [
    "curve(512^-0.5 * min((t + 1)^-0.5, (t + 1) * 40^-1.5))",
    "linear 0 -> 1x for 50; curve((1 + cos(pi * u^1.7)) / 2)x for 300; hold",
    "curve(1e-3 * exp(0 - t / 100) + 1e-5 * floor(t / 30) - 1e-6 * abs(tanh(u) - log(t)))",
    "curve(sqrt(1 - t / 300) / (t - 10))x",
    "curve(max(u, 0.1)^-0.5 * N / T / (2 * base))x for 40%",
    "{ decay 0.9x every 10 * linear 0 -> 1x for 50 } clip 1e-5..5e-4",
    "keys { 0: 0; 5%: 1x; 80%: 1x; 100%: 0.1x cosine }",
    "step 1ktok for 100ktok, 4ktok; curve(1 / (1 + n / 1e5))x",
]
EVENTS = ["plateau(val_loss, factor=0.5x)", "hold until @decay; linear -> 0 for 100"]


@pytest.mark.parametrize("text", EVENTS)
def test_what_answers_to_events_has_no_code(text: str) -> None:
    with pytest.raises(ConversionError, match="Run it with ScheduleLR"):
        to_torch(text, base=1e-3, total=600)


@pytest.mark.parametrize("text", [*(e.text for e in examples() if "plateau" not in e.text), *WRITTEN])
def test_the_code_runs_the_plan_in_torch(text: str) -> None:
    schedule = parse(text)
    code = to_torch(schedule, base=1e-3, total=600, epoch=20)
    names = schedule.groups or (None,)
    made = optimizer(len(names))
    scheduler = module(code)["make_scheduler"](made)
    plans = [schedule.bind(base=1e-3, total=600, epoch=20, group=name) for name in names]
    for step in range(600):
        for plan, group in zip(plans, made.param_groups, strict=True):
            assert group["lr"] == pytest.approx(plan(step), rel=1e-12, abs=1e-16)
        made.step()
        scheduler.step()


@given(programs())
@settings(deadline=None, max_examples=80)
def test_the_code_follows_any_plan(program: Seq) -> None:
    schedule = Schedule.of(program)
    try:
        plan = bind(schedule)
    except BindError:
        return
    code = to_torch(schedule, base=BASE, total=TOTAL, epoch=EPOCH, step_tokens=TOKENS)
    found = module(code)
    top = found["make_scheduler"](optimizer(1, 1.0)).lr_lambdas[0]
    steps = [0, 1, 2, 37, 500, 501, 999, 1000, 5000]
    wanted = plan(np.array(steps))
    scale = float(wanted.max())
    for step, value in zip(steps, wanted.tolist(), strict=True):
        assert top(step) == pytest.approx(value, rel=1e-9, abs=1e-12 * scale + 1e-300)


def test_one_curve_drives_all_groups() -> None:
    made = optimizer(3)
    module(to_torch("linear 0 -> 1e-3 for 10"))["make_scheduler"](made)
    assert [group["lr"] for group in made.param_groups] == [0, 0, 0]


def test_the_code_needs_torch_alone_and_shows_its_text() -> None:
    code = to_torch('base 0.1; linear -> 0 for 10  # say """ and \\')
    assert "linear -> 0 for 10" in code
    imported = {
        name
        for node in ast.walk(ast.parse(code))
        for name in (
            [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported == {"math", "bisect", "torch.optim.lr_scheduler"}
    module(code)


def test_what_is_missing_or_does_not_fit_is_said() -> None:
    with pytest.raises(BindError):
        to_torch("cosine -> 0")
    made = module(to_torch("group a = 1e-3; group b = 1e-4"))
    with pytest.raises(ValueError, match="expected 2 param groups, got 3"):
        made["make_scheduler"](optimizer(3))
    with pytest.raises(ValueError, match="lr 0"):
        made["make_scheduler"](optimizer(2, 0.0))
