"""Every export is executed in the library it is for, and compared with our own curve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import get_scheduler

from rheostat.schedule import ConversionError, parse
from rheostat.schedule.convert import to_megatron, to_optax, to_timm, to_torch_classes, to_transformers
from tests.schedule.convert.families import Array, optimizer, stepped, taken

TOTAL = 600
BASE = 0.01
RECORDED = json.loads((Path(__file__).parents[1] / "fixtures" / "exports.json").read_text())

NATIVE = [
    "1x",
    "0.5x for 100; 1x",
    "linear 0.1x -> 1x for 50; hold",
    "linear 0.1x -> 1x for 50; cosine -> 0",
    "linear 0.1x -> 1x for 50; hold for 100; cosine -> 1e-4 for 300",
    "linear 0.1x -> 1x for 50; poly(2) -> 0 for 300",
    "drop 0.1x every 30",
    "drop 0.3x at 30, 80, 200",
    "decay 0.95x every 7",
    "linear -> 0.2x for 100; linear -> 0.1x",
    "repeat 3 { cosine 1x -> 0 for 100 }",
]
OPTAX = [
    *NATIVE,
    "linear 0 -> 1x for 60; cosine -> 0.1x",
    "expo 1e-7 -> 1 for 100",
    "linear 0 -> 1x for 60; hold for 100.5; poly(1.5) -> 1e-5 for 200",
    "repeat 4 stretch 2 shrink 0.5x { linear 0 -> 1x for 10; linear -> 0 for 20 }",
]
TRANSFORMERS = [
    "1x",
    "linear 0 -> 1x for 50; hold",
    "linear 0 -> 1x for 50; linear -> 0",
    "linear 0 -> 1x for 50; cosine -> 0",
    "linear 0 -> 1x for 50; cosine -> 0.1x",
    "cosine -> 0",
    "linear 0 -> 1x for 50; poly(2) -> 1e-4",
    "linear 0 -> 1x for 50; rsqrt(200)",
    "linear 0 -> 1x for 50; hold; sqrt -> 0 for 100",
    "linear 0.1x -> 1x for 50; hold; linear -> 0.1x for 100",
    "linear 0 -> 1x for 50; sqrt -> 0",
]
TIMM = [
    "1x",
    "linear 0 -> 1x for 20; cosine -> 1e-5 for 100",
    "linear 1e-6 -> 1x for 20; poly(0.9) -> 0 for 100",
    "linear 1x -> 0 for 90",
    "tanh(-7, 3) -> 1e-5 for 100",
    "drop 0.1x every 30",
    "linear 0 -> 1x for 20; drop 0.1x at 30, 80",
    "linear 0 -> 1x for 20; hold for 60; sqrt -> 0 for 40",
]
MEGATRON = [
    "linear 0 -> 1x for 50; hold",
    "linear 0 -> 1x for 50; cosine -> 0.1x for 500",
    "linear 1e-6 -> 1x for 50; linear -> 0 for 400",
    "linear 0 -> 1x for 50; rsqrt(50)",
    "linear 0 -> 1x for 50; hold for 200; halving -> 0.1x for 100",
    "linear 0 -> 1x for 50; hold for 200; sqrt -> 0 for 100",
    "linear 0 -> 1x for 50; hold for 200; linear -> 0 for 100",
    "linear 0 -> 1x for 50; hold for 200; cosine -> 1e-5 for 100",
]


def planned(text: str) -> Array:
    return parse(text).bind(base=BASE, total=TOTAL)(np.arange(TOTAL))


def module(code: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    exec(compile(code, "schedule", "exec"), found)
    return found


def agree(got: Array, wanted: Array) -> bool:
    return bool(np.abs(got - wanted).max() <= 1e-11 * wanted.max())


@pytest.mark.parametrize("text", NATIVE)
def test_torch_classes_run_the_plan(text: str) -> None:
    code = to_torch_classes(text, base=BASE, total=TOTAL)
    made = optimizer(BASE)
    assert "LambdaLR" not in code
    assert agree(stepped(made, module(code)["make_scheduler"](made), TOTAL), planned(text))
    with pytest.raises(ValueError, match="expected an optimizer with lr"):
        module(code)["make_scheduler"](optimizer(0.5))


@pytest.mark.parametrize(
    "text",
    [
        "plateau(val_loss, factor=0.1x, patience=10, min=1e-6)",
        "plateau(val_loss, factor=0.5x, patience=2, cooldown=3, threshold=1e-2, threshold_mode=abs)",
        "plateau(acc, mode=max, factor=0.3x, patience=1, eps=1e-6)",
    ],
)
def test_a_lone_plateau_is_torchs_own_class(text: str) -> None:
    code = to_torch_classes(text, base=BASE, total=TOTAL)
    assert "LambdaLR" not in code
    made = optimizer(BASE)
    scheduler = module(code)["make_scheduler"](made)
    trace = np.cumsum(np.random.default_rng(7).normal(size=200)) ** 2
    seen = []
    for value in trace.tolist():
        scheduler.step(value)
        seen.append(made.param_groups[0]["lr"])
    metric = text[len("plateau(") :].split(",", maxsplit=1)[0]
    plan = parse(text).bind(base=BASE, total=TOTAL)
    assert agree(np.array(seen), plan.simulate({metric: trace}))
    assert seen[-1] < BASE


@pytest.mark.parametrize("text", OPTAX)
def test_optax_runs_the_plan(text: str) -> None:
    code = to_optax(text, base=BASE, total=TOTAL)
    assert agree(taken(module(code)["make_schedule"](), TOTAL), planned(text))


@pytest.mark.parametrize("text", TRANSFORMERS)
def test_transformers_runs_the_plan(text: str) -> None:
    found = to_transformers(text, base=BASE, total=TOTAL)
    made = optimizer(found.lr)
    # The polynomial reads the lr of the optimizer's defaults.
    assert made.defaults["lr"] == BASE
    steps = {"num_warmup_steps": found.num_warmup_steps, "num_training_steps": found.num_training_steps}
    scheduler = get_scheduler(found.name, made, scheduler_specific_kwargs=found.kwargs, **steps)
    assert agree(stepped(made, scheduler, TOTAL), planned(text))


@pytest.mark.parametrize("text", TIMM)
def test_timm_ran_the_plan_when_it_was_recorded(text: str) -> None:
    recorded = RECORDED["timm"][text]
    assert to_timm(text, base=BASE, total=TOTAL) == recorded["code"]
    assert agree(np.array(recorded["lrs"]), planned(text)[: len(recorded["lrs"])])


@pytest.mark.parametrize("text", MEGATRON)
def test_megatron_ran_the_plan_when_it_was_recorded(text: str) -> None:
    recorded = RECORDED["megatron"][text]
    assert to_megatron(text, base=BASE, total=TOTAL) == recorded["flags"]
    assert agree(np.array(recorded["lrs"]), planned(text))


@pytest.mark.parametrize(
    ("export", "text", "why"),
    [
        (to_torch_classes, "linear 0 -> 1x for 50; hold", "no class for linear from 0"),
        (to_torch_classes, "cosine -> 0 for 50.5; hold", "whole steps"),
        (to_torch_classes, "tanh(-7, 3) -> 0", "no class for tanh"),
        (to_torch_classes, "plateau(loss, rule=keras)", "not keras's"),
        (to_torch_classes, "plateau(loss, min=0.1x)", "a number for min_lr"),
        (to_torch_classes, "drop 0.5x every 10 * linear 0 -> 1x for 50", "no plain shape"),
        (to_torch_classes, "repeat 900 { linear 0 -> 1x }", "too long to write out"),
        (to_optax, "cosine 0 -> 1x for 50", "no cosine from 0"),
        (to_optax, "sqrt -> 0", "no sqrt"),
        (to_transformers, "linear 0.1x -> 1x for 50; cosine -> 0", "warms up from 0"),
        (to_transformers, "drop 0.1x every 30", "no drop every"),
        (to_transformers, "cosine -> 0 for 50; cosine -> 1x for 50", "does more"),
        (to_timm, "rsqrt(50)", "no rsqrt"),
        (to_megatron, "drop 0.1x every 30", "no drop every"),
        (to_megatron, "linear 0 -> 1x for 50; rsqrt(70)", "time scale"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(export: Any, text: str, why: str) -> None:
    with pytest.raises(ConversionError, match=why):
        export(text, base=BASE, total=TOTAL)


def test_a_repeat_for_ever_needs_a_total() -> None:
    with pytest.raises(ConversionError, match="total or a count"):
        to_optax("repeat forever { cosine 1e-3 -> 0 for 10 }")
    assert torch.__version__.startswith("2.")
