"""Whole curves of the real libraries, past their ends: within 1e-11 of the peak and 1e-9 of the value."""

from __future__ import annotations

from collections import Counter

import numpy as np
from torch.optim import lr_scheduler as lrs
from transformers import get_scheduler

from rheostat.schedule import from_torch
from rheostat.schedule.convert.functions import exempt
from tests.schedule.convert.families import (
    OPTAX,
    TORCH,
    TRANSFORMERS,
    all_cases,
    optimizer,
    stepped,
    timm_cases,
)


def test_curves_are_those_of_the_libraries() -> None:
    counted: Counter[str] = Counter()
    wrong = []
    for case in all_cases():
        counted[case.family] += 1
        errors = case.errors
        if (errors > case.allowed).any():
            step = int((errors - case.allowed).argmax())
            wrong.append(f"{case.family} at {step}: {errors[step]:.3g}\n{case.text}")
    assert wrong == []
    assert sum(counted.values()) >= 300
    known = [f"torch {n}" for n in TORCH] + [f"transformers {n}" for n in TRANSFORMERS]
    known += [f"optax {n}" for n in OPTAX]
    assert set(known) < set(counted)
    assert {name.split()[0] for name in counted} == {"torch", "transformers", "optax", "timm"}


def test_transformers_restarts_late_where_we_say_so() -> None:
    """cosine_with_restarts: (cycles * progress) % 1 comes out below 1 by rounding at some restarts."""
    late = 0
    for cycles in range(2, 30):
        made = optimizer(0.1)
        specific = {"num_cycles": cycles}
        scheduler = get_scheduler("cosine_with_restarts", made, 10, 10 + 20 * cycles, specific)
        schedule, said = from_torch(scheduler), exempt(scheduler)
        steps = 30 + 20 * cycles
        wanted = stepped(made, scheduler, steps)
        missed = np.flatnonzero(np.abs(schedule.bind()(np.arange(steps)) - wanted) > 1e-6)
        assert set(missed.tolist()) == said
        assert (wanted[missed] < 1e-6).all()
        late += len(said)
    assert late > 0


def test_timm_starts_cycles_late_where_we_say_so() -> None:
    late = 0
    for case in timm_cases():
        plan = case.schedule.bind()
        missed = np.flatnonzero(np.abs(plan(np.arange(len(case.wanted))) - case.wanted) > 1e-9)
        assert set(missed.tolist()) == case.exempt
        late += len(case.exempt)
    assert late > 0


def test_one_cycle_goes_on_for_one_row_and_fails() -> None:
    """torch draws the last line on, below 0; a plan holds its end."""
    made = optimizer(0.1)
    scheduler = lrs.OneCycleLR(made, 0.1, total_steps=50, anneal_strategy="linear")
    plan = from_torch(scheduler).bind()
    lrs_of_torch = stepped(made, scheduler, 50)
    assert made.param_groups[0]["lr"] < 0 < plan(50) == plan(49)
    assert np.abs(plan(np.arange(50)) - lrs_of_torch).max() <= 1e-12
