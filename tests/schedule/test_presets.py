"""Every preset is a real schedule, and its numbers are those of its paper."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import rheostat
from rheostat.schedule import Schedule, check, parse
from rheostat.schedule.presets import Preset, preset, presets

NAMES = [one.name for one in presets()]
each = pytest.mark.parametrize("one", presets(), ids=NAMES)


def groups(one: Preset) -> tuple[str | None, ...]:
    return one.schedule().groups or (None,)


@each
def test_it_reads_round_trips_and_says_where_it_is_from(one: Preset) -> None:
    schedule = one.schedule()
    assert [found for found in check(one.text) if found.severity == "error"] == []
    assert parse(str(schedule)) == schedule
    assert Schedule.from_json(schedule.to_json()) == schedule
    assert "arXiv" in one.origin


@each
def test_it_binds_without_doubts_and_evaluates(one: Preset) -> None:
    for group in groups(one):
        plan = one.bind(group)
        steps = np.arange(0, one.total, max(1, one.total // 1000))
        values = plan(steps)
        assert np.isfinite(values).all()
        assert 0 < values.max() <= one.base * (1 + 1e-12)
        assert plan.analyse().lints == ()


@each
def test_the_exported_code_runs_the_same_curve(one: Preset) -> None:
    code = rheostat.to_torch(one.schedule(), base=one.base, total=one.total, epoch=one.epoch)
    space: dict[str, Any] = {}
    exec(compile(code, one.name, "exec"), space)
    names = groups(one)
    optimizer = torch.optim.SGD([{"params": [torch.zeros(1)], "lr": one.base} for _ in names])
    scheduler = space["make_scheduler"](optimizer)
    for group, base, factor in zip(names, scheduler.base_lrs, scheduler.lr_lambdas, strict=True):
        plan = one.bind(group)
        for step in (*range(50), *range(0, one.total, max(1, one.total // 500)), one.total - 1):
            assert base * factor(step) == pytest.approx(plan(step), rel=1e-9, abs=1e-11 * one.base)


@pytest.mark.parametrize(
    ("name", "step", "lr"),
    [
        ("BERT", 10_000, 1e-4),
        ("BERT", 505_000, 0.5e-4),
        ("T5 pre-training", 0, 0.01),
        ("T5 pre-training", 40_000, 0.005),
        ("T5 fine-tuning", 200_000, 1e-3),
        ("GPT-3 175B", 118, 6e-5),  # 375 M tokens are 117.2 steps
        ("GPT-3 175B", 81_250, 6e-6),  # 260 B tokens
        ("GPT-3 175B", 93_749, 6e-6),
        ("Chinchilla 70B", 0, 1e-4),
        ("Chinchilla 70B", 466_667, 1e-5),
        ("LLaMA 7B", 2000, 3e-4),
        ("LLaMA 7B", 250_000, 3e-5),
        ("Llama 2 70B", 2000, 1.5e-4),
        ("Llama 2 70B", 500_000, 1.5e-5),
        ("Llama 3 405B", 8000, 8e-5),
        ("Llama 3 405B", 1_208_000, 8e-7),
        ("Llama 3 405B", 1_208_003, 0.0),
        ("DeepSeek LLM 67B", 2000, 3.2e-4),
        ("DeepSeek LLM 67B", 84_772, 3.2e-4 * 0.316),
        ("DeepSeek LLM 67B", 105_963, 3.2e-4 * 0.316**2),
        ("DeepSeek-V2-Lite", 2000, 4.2e-4),
        ("DeepSeek-V2-Lite", 241_700, 4.2e-4 * 0.316),
        ("DeepSeek-V2-Lite", 302_001, 4.2e-4 * 0.316**2),
        ("DeepSeek-V3", 2000, 2.2e-4),
        ("DeepSeek-V3", 158_945, 2.2e-4),  # just before 10 T tokens
        ("DeepSeek-V3", 227_294, 2.2e-5),  # just after 14.3 T
        ("DeepSeek-V3", 235_239, 7.3e-6),
        ("MiniCPM (WSD)", 247_500, 0.01),
        ("MiniCPM (WSD)", 252_500, 0.005),  # T = 5000 steps later
        ("Constant with cooldown", 40_000, 1e-3),
        ("Constant with cooldown", 42_500, 0.5e-3),  # u = 1/4
        ("Infinite", 31_000, 1.5e-4),
        ("Infinite", 100_000, 3e-5),
        ("D2Z", 50_000, 0.0),
        ("Schedule-free", 0, 2.5e-3 / 2000),
        ("Schedule-free", 1999, 2.5e-3),
        ("ULMFiT slanted triangle", 0, 0.01 / 32),
        ("ULMFiT slanted triangle", 1000, 0.01),
        ("ULMFiT slanted triangle", 10_000, 0.01 / 32),
        ("ImageNet in one hour", 0, 0.1),
        ("ImageNet in one hour", 5 * 156, 3.2),
        ("ImageNet in one hour", 89 * 156, 3.2e-3),
        ("Warm restarts (SGDR)", 10 * 391, 0.05),
        ("Warm restarts (SGDR)", 20 * 391, 0.025),
        ("Warm restarts (SGDR)", 70 * 391, 0.05),
        ("WSD-S", 11_000, 6e-4),
        ("Super-convergence", 4500, 3.0),
    ],
)
def test_numbers_of_the_papers(name: str, step: int, lr: float) -> None:
    one = preset(name)
    plan = one.schedule().bind(base=one.base, total=one.total, epoch=one.epoch)
    assert plan(step) == pytest.approx(lr, rel=1e-4 if "GPT" in name or "V3" in name else 1e-9, abs=1e-18)


def test_the_recipes_that_people_ask_for_are_there() -> None:
    """By the words they are known by."""
    for word in (
        "Noam", "T5 pre", "T5 fine", "ULMFiT", "Layer-wise decay", "GPT-3", "Chinchilla", "LLaMA 7B",
        "Llama 2", "Llama 3", "DeepSeek LLM", "DeepSeek-V2-Lite", "DeepSeek-V3", "MiniCPM", "WSD-S",
        "Constant with cooldown", "Infinite", "Power", "D2Z", "Schedule-free", "Super-convergence",
    ):  # fmt: skip
        assert any(word in name for name in NAMES), word


def test_noam_is_the_formula() -> None:
    k = np.arange(1, 100_001, dtype=np.float64)
    formula = 512**-0.5 * np.minimum(k**-0.5, k * 4000**-1.5)
    plan = preset("Transformer (Noam)").bind()
    assert np.allclose(plan(np.arange(100_000)), formula, rtol=1e-12, atol=0)


def test_names_are_found_in_any_case_and_suggested() -> None:
    assert preset(" bert").name == "BERT"
    assert len(set(NAMES)) == len(NAMES)
    with pytest.raises(KeyError, match="did you mean 'LLaMA 7B'"):
        preset("llama 7")
    with pytest.raises(KeyError, match=r"rheostat\.presets\(\)"):
        preset("zzz")


def test_layers_are_so_many_times_slower_than_the_next() -> None:
    for name, ratio in (("ULMFiT, four layers", 2.6), ("Layer-wise decay, twelve layers", 1 / 0.9)):
        one = preset(name)
        names = one.schedule().groups
        peaks = [one.bind(group)(1000) for group in names]
        assert peaks[-1] == one.base
        assert np.allclose(np.array(peaks[1:]) / peaks[:-1], ratio, rtol=1e-12)


def test_power_is_its_formula_between_warm_up_and_end() -> None:
    one = preset("Power")
    steps = np.arange(2000, 214_000, 1000)
    formula = np.minimum(0.02, 4096 * (steps * 4_194_304.0) ** -0.51)
    assert np.allclose(one.bind()(steps), formula, rtol=1e-9)
    assert one.bind()(one.total) == pytest.approx(2e-5)
