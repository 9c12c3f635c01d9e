from __future__ import annotations

import json
import math
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim.lr_scheduler import ReduceLROnPlateau

from rheostat.schedule import parse
from rheostat.schedule.analysis.plateau import Plateau

TRACES = st.lists(
    st.sampled_from((1.0, 0.9999, 0.99, 1.01, 0.5, -1.0, -0.9, 0.0, math.nan)) | st.floats(-2, 2), max_size=60
)
Mode = Literal["min", "max"]


@given(
    trace=TRACES,
    mode=st.sampled_from(("min", "max")),
    threshold_mode=st.sampled_from(("rel", "abs")),
    patience=st.integers(0, 4),
    cooldown=st.integers(0, 3),
    threshold=st.sampled_from((0.0, 1e-4, 0.1)),
    factor=st.sampled_from((0.1, 0.5, 0.9)),
    least=st.sampled_from((0.0, 1e-3, 0.2)),
    eps=st.sampled_from((1e-8, 1e-2)),
)
@settings(deadline=None, max_examples=200)
def test_it_does_what_torch_does(
    *,
    trace: list[float],
    mode: Mode,
    threshold_mode: Literal["rel", "abs"],
    patience: int,
    cooldown: int,
    threshold: float,
    factor: float,
    least: float,
    eps: float,
) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = ReduceLROnPlateau(
        optimizer, mode, factor, patience, threshold, threshold_mode, cooldown, least, eps
    )
    wanted = []
    for value in trace:
        scheduler.step(value)
        wanted.append(optimizer.param_groups[0]["lr"])
    text = (
        f"plateau(loss, factor={factor}x, patience={patience}, threshold={threshold}, mode={mode}, "
        f"threshold_mode={threshold_mode}, cooldown={cooldown}, min={least}, eps={eps})"
    )
    plan = parse(text).bind(base=0.1)
    assert plan.simulate({"loss": np.array(trace)}).tolist() == wanted


@pytest.mark.parametrize(("patience", "cooldown", "mode"), [(1, 0, "rel"), (3, 2, "rel"), (2, 1, "abs")])
def test_it_does_what_optax_does(patience: int, cooldown: int, mode: str) -> None:
    jax: Any = import_module("jax")
    optax: Any = import_module("optax")
    tolerances = {"rtol": 0.125, "atol": 0.0} if mode == "rel" else {"rtol": 0.0, "atol": 0.125}
    plateau = optax.contrib.reduce_on_plateau(factor=0.5, patience=patience, cooldown=cooldown, **tolerances)
    params = jax.numpy.zeros(1)
    state = plateau.init(params)
    update = jax.jit(lambda state, value: plateau.update(params, state, value=value)[1])
    # Whole sixteenths are exact in optax's single precision.
    rng = np.random.default_rng(patience)
    trace = np.floor(rng.random(120) * 4 + np.linspace(8, 0, 120)) / 16
    wanted = []
    for value in trace:
        state = update(state, jax.numpy.float32(value))
        wanted.append(float(state.scale))
    text = (
        f"plateau(loss, factor=0.5x, patience={patience}, threshold=0.125, threshold_mode={mode}, "
        f"cooldown={cooldown}, rule=optax)"
    )
    assert parse(text).bind(base=1.0).simulate({"loss": trace}).tolist() == wanted
    assert min(wanted) < 0.5


KERAS = json.loads((Path(__file__).parents[1] / "fixtures" / "keras_plateau.json").read_text())
NAMED = {"min_delta": "threshold", "min_lr": "min"}


@pytest.mark.parametrize("case", KERAS["cases"], ids=lambda case: str(case["given"]))
def test_it_does_what_keras_did(case: dict[str, Any]) -> None:
    """Recorded from Keras' callback on a Keras optimizer, first values that are no numbers included."""
    given = "".join(f", {NAMED.get(name, name)}={value}" for name, value in case["given"].items())
    plan = parse(f"plateau(val_loss, factor=0.5x{given}, rule=keras)").bind(base=KERAS["base"])
    assert plan.simulate({"val_loss": np.array(case["trace"])}).tolist() == case["lrs"]
    assert min(case["lrs"]) < KERAS["base"]


def drops(rule: Plateau, trace: list[float]) -> list[int]:
    detector = rule.begin()
    return [k for k, value in enumerate(trace) if detector.see(value)]


def test_the_rules_differ_in_when_patience_is_over() -> None:
    flat = [1.0] * 12
    assert drops(Plateau("torch", patience=3), flat) == [4, 8]
    assert drops(Plateau("keras", patience=3, relative=False), flat) == [3, 6, 9]
    assert drops(Plateau("optax", patience=3), flat) == [3, 6, 9]


def test_the_rules_differ_in_what_a_cooldown_skips() -> None:
    flat = [1.0] * 12
    assert drops(Plateau("torch", patience=2, cooldown=2), flat) == [3, 8]
    # Keras counts again in the call that ends the cooldown.
    assert drops(Plateau("keras", patience=2, relative=False, cooldown=2), flat) == [2, 5, 8, 11]
    assert drops(Plateau("optax", patience=2, cooldown=2), flat) == [2, 6, 10]


def test_a_value_that_is_no_number_is_no_better() -> None:
    assert drops(Plateau(patience=1), [1.0, math.nan, math.nan, 0.5]) == [2]
