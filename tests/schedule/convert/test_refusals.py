"""What no text can say is refused, and the reason is said; what a library adds is read or refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import optax
import pytest
from torch.optim import lr_scheduler as lrs
from torch.optim.optimizer import Optimizer
from torch.optim.swa_utils import SWALR
from transformers import SchedulerType, get_scheduler

from rheostat.schedule import ConversionError, from_torch
from rheostat.schedule.convert import from_optax, timm
from rheostat.schedule.convert.composites import ALL
from rheostat.schedule.convert.optax import WRITERS
from tests.schedule.convert.families import OPTAX, RECORDED, TRANSFORMERS, optimizer


def plateau_on_the_way(made: Optimizer) -> object:
    scheduler = lrs.ReduceLROnPlateau(made)
    scheduler.step(1.0)
    scheduler.step(2.0)
    return scheduler


def refused(make: Callable[[Optimizer], object]) -> str:
    with pytest.raises(ConversionError) as caught:
        from_torch(make(optimizer(0.1)))
    return str(caught.value)


def warm_then_steps(made: Optimizer) -> lrs.SequentialLR:
    return lrs.SequentialLR(made, [lrs.LinearLR(made, 0.1, 1.0, 20), lrs.StepLR(made, 30, 0.5)], [20])


class OwnStep(lrs.StepLR):
    """A subclass may do anything."""


class OwnCurve:
    """So may an object that can be called."""

    def __call__(self, step: float) -> float:
        return 1.0


def branching(step: int) -> float:
    if step < 10:
        return step / 10
    return 1.0


def test_torch() -> None:
    assert "no plain function" in refused(lambda o: lrs.LambdaLR(o, OwnCurve()))
    assert "more than one statement" in refused(lambda o: lrs.LambdaLR(o, branching))
    assert "in the middle of counting" in refused(plateau_on_the_way)
    assert "OwnStep is not one of torch.optim.lr_scheduler" in refused(lambda o: OwnStep(o, 5))
    assert "object is not one of" in refused(lambda o: object())
    assert "divides by zero at step 5" in refused(lambda o: lrs.ConstantLR(o, 0.0, 5))
    assert "a scale_fn of its own" in refused(lambda o: lrs.CyclicLR(o, 0.1, 1.0, 10, scale_fn=OwnCurve()))
    assert "divides by zero" in refused(lambda o: lrs.OneCycleLR(o, 1.0, total_steps=10, pct_start=1.0))
    assert "only a constant factor" in refused(lambda o: lrs.MultiplicativeLR(o, lambda t: 1 / (t + 1)))
    assert "lasts for one step" in refused(
        lambda o: lrs.ChainedScheduler([lrs.CosineAnnealingWarmRestarts(o, 50), lrs.LinearLR(o, 0.5)])
    )
    assert "is no factor of the others" in refused(
        lambda o: lrs.ChainedScheduler([lrs.CosineAnnealingLR(o, 50, 1e-3), lrs.StepLR(o, 30)])
    )
    assert "give total=51" in refused(
        lambda o: lrs.ChainedScheduler([lrs.CosineAnnealingLR(o, 50), lrs.StepLR(o, 30)])
    )
    sets_anew = "up to its next milestone and sets the lr anew there"
    assert sets_anew in refused(
        lambda o: lrs.ChainedScheduler([warm_then_steps(o), lrs.ExponentialLR(o, 0.99)])
    )
    assert sets_anew in refused(
        lambda o: lrs.ChainedScheduler([lrs.ExponentialLR(o, 0.99), warm_then_steps(o)])
    )
    assert "torch fails at its milestone" in refused(
        lambda o: lrs.SequentialLR(
            o, [lrs.StepLR(o, 5), lrs.ChainedScheduler([lrs.StepLR(o, 5), lrs.LinearLR(o)])], [5]
        )
    )
    assert "after a part that moves" in refused(
        lambda o: lrs.SequentialLR(o, [lrs.StepLR(o, 5), SWALR(o, 0.01)], [50])
    )
    assert "keeps whatever lr" in refused(
        lambda o: lrs.SequentialLR(o, [lrs.StepLR(o, 5), lrs.MultiplicativeLR(o, lambda t: 0.5)], [50])
    )
    # torch's own quirk: ConstantLR without length never starts when it is a later part.
    assert "does not follow its own formula" in refused(
        lambda o: lrs.SequentialLR(o, [lrs.StepLR(o, 9), lrs.ConstantLR(o, 0.5, 0)], [20])
    )


def test_every_class_of_torch_is_read_or_refused_by_name() -> None:
    """A class that torch adds fails here until it is read, or its refusal is written down."""
    found = {
        name
        for name, kind in vars(lrs).items()
        if isinstance(kind, type) and issubclass(kind, lrs.LRScheduler) and kind is not lrs.LRScheduler
        if not name.startswith("_")
    }
    assert found | {"SWALR"} == {*ALL, "ReduceLROnPlateau"}


def test_transformers() -> None:
    def why(name: str, warmup: int = 10, total: int = 100, **specific: Any) -> str:
        return refused(lambda o: get_scheduler(name, o, warmup, total, specific))

    assert "GreedyLR of transformers has no words: it raises the lr as well" in why("greedy")
    assert "divides by zero where the warm-up is the whole run" in why("polynomial", warmup=100)
    assert "timescale 0 divides by zero" in why("inverse_sqrt", timescale=0)
    assert "expected 0 or more" in why("cosine", num_cycles=-1)


def test_every_type_of_transformers_is_read_or_refused() -> None:
    """A type that transformers adds fails here until it is read, or its refusal is written down."""
    plateaus, wordless = {"reduce_lr_on_plateau"}, {"greedy"}
    assert {one.value for one in SchedulerType} == {*TRANSFORMERS} | plateaus | wordless
    assert "plateau(val_loss" in str(from_torch(get_scheduler("reduce_lr_on_plateau", optimizer(0.1))))


@pytest.mark.parametrize(
    ("name", "params", "why"),
    [
        ("cosine_schedule", {}, "did you mean 'cosine_decay_schedule'"),
        ("zzz", {}, "known are constant_schedule"),
        ("constant_schedule", {}, "missing a required argument: 'value'"),
        ("constant_schedule", {"value": -1e-3}, "optax value is -0.001: expected 0 or more"),
        ("constant_schedule", {"value": "fast"}, "optax value is 'fast': expected a number"),
        (
            "cosine_decay_schedule",
            {"init_value": 1.0, "decay_steps": 0},
            "decay_steps is 0: expected more than 0",
        ),
        (
            "piecewise_interpolate_schedule",
            {"interpolate_type": "cubic", "init_value": 1.0},
            "'cubic': expected 'linear' or 'cosine'",
        ),
        ("join_schedules", {"schedules": [], "boundaries": [3]}, "one fewer than schedules"),
        (
            "join_schedules",
            {"schedules": [("constant_schedule", {"value": 1.0})] * 3, "boundaries": [9, 3]},
            "ascending boundaries",
        ),
    ],
)
def test_optax(name: str, params: dict[str, Any], why: str) -> None:
    with pytest.raises(ConversionError) as caught:
        from_optax(name, **params)
    assert why in str(caught.value)


def test_every_schedule_of_optax_is_read_or_refused() -> None:
    """A function that optax adds fails here until it is read, or its refusal is written down."""
    no_schedules = {"inject_hyperparams", "inject_stateful_hyperparams"}
    found = {
        name
        for name, made in vars(optax.schedules).items()
        if callable(made) and not isinstance(made, type) and not name.startswith("_")
    }
    assert found - no_schedules - {"Schedule"} == set(WRITERS)
    assert set(WRITERS) == {*OPTAX, "join_schedules", "sgdr_schedule"}


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("CosineLRScheduler", {"noise_range_t": [1, 5]}, "adds noise to the lr"),
        ("CosineLRScheduler", {"cycle_mul": 0.5}, "below 1 timm fails after a few cycles"),
        ("PlateauLRScheduler", {}, "PlateauLRScheduler is not read; CosineLRScheduler"),
        ("WSDLRScheduler", {"lr_min": 10.0}, "lr_min is above the base lr"),
        ("WSDLRScheduler", {"decay_fn": max}, "a function of your own"),
    ],
)
def test_timm(name: str, given: dict[str, Any], why: str) -> None:
    recorded = [one for one in json.loads(RECORDED.read_text()) if one["class"] == name]
    attributes = recorded[0]["attributes"] if recorded else {}
    with pytest.raises(ConversionError) as caught:
        timm.read(name, attributes | given, 0.1, 1.0)
    assert why in str(caught.value)
