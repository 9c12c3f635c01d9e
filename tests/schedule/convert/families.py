"""Randomised schedules of the real libraries, stepped, beside what we make of them.

Used by the exactness test and by bench/exactness.py. The generators draw round and crooked parameters alike;
every curve is taken past its nominal end.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
import numpy.typing as npt
import optax
import torch
from torch.optim import lr_scheduler as lrs
from torch.optim.optimizer import Optimizer
from torch.optim.swa_utils import SWALR
from transformers import get_scheduler

from rheostat.schedule import Schedule, from_torch, parse
from rheostat.schedule.convert import from_optax, timm
from rheostat.schedule.convert.functions import exempt

Array = npt.NDArray[np.float64]
Draw = random.Random
RECORDED = Path(__file__).parents[1] / "fixtures" / "timm.json"


@dataclass(frozen=True, slots=True)
class Case:
    """One schedule: what the library did at each step, and our schedule. ``exempt``: documented misses."""

    family: str
    text: str
    wanted: Array
    schedule: Schedule
    exempt: frozenset[int] = frozenset()

    @property
    def errors(self) -> Array:
        """Differences at each step as shares of the peak; 0 at exempt steps."""
        plan = self.schedule.bind()
        found: Array = np.abs(plan(np.arange(len(self.wanted))) - self.wanted) / np.abs(self.wanted).max()
        found[[step for step in self.exempt if step < len(found)]] = 0.0
        return found

    @property
    def allowed(self) -> Array:
        """The limit at each step: 1e-11 of the peak and 1e-9 of the value."""
        limit: Array = 1e-11 + 1e-9 * np.abs(self.wanted) / np.abs(self.wanted).max()
        return limit


def optimizer(lr: float) -> Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def stepped(made: Optimizer, scheduler: Any, steps: int) -> Array:
    rows = []
    for _ in range(steps):
        rows.append(float(made.param_groups[0]["lr"]))
        made.step()
        scheduler.step()
    return np.array(rows)


def _lr(r: Draw) -> float:
    return r.choice([0.1, 3e-4, r.uniform(1e-5, 1.0)])


def _small(r: Draw) -> float:
    return r.choice([0.0, 1e-6, r.uniform(0, 1e-5)])


def _length(r: Draw, low: int = 2, high: int = 400) -> int:
    return r.choice([r.randint(low, high), r.randint(low, high), max(10 * r.randint(1, high // 10), low)])


def _factor(r: Draw) -> float:
    return r.choice([0.1, 0.5, r.uniform(0.05, 1.0)])


def _multiplicative(made: Optimizer, gamma: float) -> Any:
    return lrs.MultiplicativeLR(made, lambda t: gamma)


def _lambda(r: Draw, made: Optimizer) -> Any:
    a, b = r.uniform(0.98, 1.0), float(_length(r))
    kind = r.randint(0, 3)
    if kind == 0:
        return lrs.LambdaLR(made, lambda t: a**t)
    if kind == 1:
        return lrs.LambdaLR(made, lambda t: 1 / (1 + t / b))
    if kind == 2:
        return lrs.LambdaLR(made, lambda t: min((t + 1) / b, 1.0) * a ** (t // 30))
    return lrs.LambdaLR(made, lambda step: 512**-0.5 * min((step + 1) ** -0.5, (step + 1) * b**-1.5))


def _sequential(r: Draw, made: Optimizer) -> Any:
    first = r.choice([lrs.LinearLR(made, _factor(r), 1.0, _length(r)), lrs.ConstantLR(made, 0.1, _length(r))])
    made.param_groups[0]["lr"] = made.param_groups[0]["initial_lr"]
    names = ("StepLR", "CosineAnnealingLR", "ExponentialLR", "PolynomialLR", "CosineAnnealingWarmRestarts")
    later = [TORCH[r.choice(names)](r, made) for _ in range(r.randint(1, 2))]
    return lrs.SequentialLR(made, [first, *later], sorted(_length(r) for _ in later))


TORCH: dict[str, Callable[[Draw, Optimizer], Any]] = {
    "StepLR": lambda r, o: lrs.StepLR(o, _length(r, 5), _factor(r)),
    "MultiStepLR": lambda r, o: lrs.MultiStepLR(o, [_length(r) for _ in range(r.randint(0, 5))], _factor(r)),
    "ConstantLR": lambda r, o: lrs.ConstantLR(o, _factor(r), _length(r)),
    "LinearLR": lambda r, o: lrs.LinearLR(o, _factor(r), r.choice([1.0, 0.0, r.random()]), _length(r)),
    "ExponentialLR": lambda r, o: lrs.ExponentialLR(o, r.uniform(0.98, 1.001)),
    "PolynomialLR": lambda r, o: lrs.PolynomialLR(o, _length(r), r.choice([1.0, 2.0, r.uniform(0.3, 4)])),
    "CosineAnnealingLR": lambda r, o: lrs.CosineAnnealingLR(o, _length(r, 5), _small(r)),
    "CosineAnnealingWarmRestarts": lambda r, o: lrs.CosineAnnealingWarmRestarts(
        o, _length(r, 1, 90), r.randint(1, 3), _small(r)
    ),
    "CyclicLR triangular": lambda r, o: lrs.CyclicLR(o, _small(r), _lr(r), _length(r), _length(r)),
    "CyclicLR triangular2": lambda r, o: lrs.CyclicLR(
        o, _small(r), _lr(r), _length(r, 2, 60), _length(r, 2, 60), mode="triangular2"
    ),
    "CyclicLR exp_range": lambda r, o: lrs.CyclicLR(
        o, _small(r), _lr(r), _length(r), _length(r), mode="exp_range", gamma=r.uniform(0.98, 1.0)
    ),
    "OneCycleLR": lambda r, o: lrs.OneCycleLR(
        o, _lr(r), total_steps=600, pct_start=r.uniform(0.05, 0.9),
        anneal_strategy=r.choice(["cos", "linear"]),
    ),
    "OneCycleLR three_phase": lambda r, o: lrs.OneCycleLR(
        o, _lr(r), total_steps=600, pct_start=r.uniform(0.05, 0.45), three_phase=True,
        div_factor=r.uniform(2, 50), final_div_factor=10 ** r.uniform(1, 5),
    ),
    "MultiplicativeLR": lambda r, o: _multiplicative(o, r.uniform(0.98, 1.001)),
    "LambdaLR": _lambda,
    "SWALR": lambda r, o: SWALR(o, _lr(r), _length(r), anneal_strategy=r.choice(["cos", "linear"])),
    "SequentialLR": _sequential,
    "ChainedScheduler": lambda r, o: lrs.ChainedScheduler(
        [lrs.LinearLR(o, _factor(r), 1.0, _length(r)), lrs.StepLR(o, _length(r, 20), 0.5),
         lrs.ExponentialLR(o, r.uniform(0.99, 1.0))]
    ),
}  # fmt: skip


def _warm(r: Draw) -> dict[str, int]:
    warmup = r.choice([0, 1, _length(r, 2, 200)])
    return {"num_warmup_steps": warmup, "num_training_steps": warmup + _length(r, 50, 300)}


TRANSFORMERS: dict[str, Callable[[Draw], dict[str, Any]]] = {
    "constant": lambda r: {},
    "constant_with_warmup": lambda r: {},
    "linear": lambda r: {},
    "cosine": lambda r: {"num_cycles": r.choice([0.5, 1, r.uniform(0.2, 4)])},
    "cosine_with_restarts": lambda r: {"num_cycles": r.choice([1, 2, 3, 5, 7])},
    "polynomial": lambda r: {"lr_end": 1e-7, "power": r.choice([1.0, 2.0, r.uniform(0.4, 3)])},
    "inverse_sqrt": lambda r: {"timescale": r.choice([None, _length(r)])},
    "cosine_with_min_lr": lambda r: {"min_lr_rate": r.random()},
    "cosine_warmup_with_min_lr": lambda r: {
        "min_lr_rate": r.random(), "warmup_lr_rate": r.choice([None, r.random()])
    },
    "warmup_stable_decay": lambda r: {
        "num_decay_steps": r.randint(5, 49), "min_lr_ratio": r.choice([0, r.random()]),
        "warmup_type": r.choice(["linear", "cosine", "1-sqrt"]),
        "decay_type": r.choice(["linear", "cosine", "1-sqrt"]),
    },
}  # fmt: skip


def _lr_end(r: Draw) -> float:
    return r.choice([0.0, r.uniform(0, 1e-4)])


OPTAX: dict[str, Callable[[Draw], dict[str, Any]]] = {
    "constant_schedule": lambda r: {"value": _lr(r)},
    "linear_schedule": lambda r: {
        "init_value": _lr(r), "end_value": _lr_end(r), "transition_steps": _length(r),
        "transition_begin": r.choice([0, 30]),
    },
    "polynomial_schedule": lambda r: {
        "init_value": _lr(r), "end_value": _lr_end(r), "power": r.choice([2, 0.5, r.uniform(0.3, 4)]),
        "transition_steps": _length(r), "transition_begin": r.choice([0, 30]),
    },
    "exponential_decay": lambda r: {
        "init_value": _lr(r), "transition_steps": _length(r, 5, 60), "decay_rate": r.uniform(0.5, 1.02),
        "transition_begin": r.choice([0, 17]), "staircase": r.random() < 0.5,
        "end_value": r.choice([None, None, 2e-4]),
    },
    "cosine_decay_schedule": lambda r: {
        "init_value": _lr(r), "decay_steps": _length(r), "alpha": r.choice([0.0, r.random()]),
        "exponent": r.choice([1.0, r.uniform(0.5, 3)]),
    },
    "piecewise_constant_schedule": lambda r: {
        "init_value": _lr(r), "boundaries_and_scales": {_length(r): _factor(r) for _ in range(4)}
    },
    "piecewise_interpolate_schedule": lambda r: {
        "interpolate_type": r.choice(["linear", "cosine"]), "init_value": _lr(r),
        "boundaries_and_scales": {_length(r): _factor(r) for _ in range(4)},
    },
    "linear_onecycle_schedule": lambda r: {"transition_steps": _length(r, 50), "peak_value": _lr(r)},
    "cosine_onecycle_schedule": lambda r: {
        "transition_steps": _length(r, 50), "peak_value": _lr(r), "pct_start": r.uniform(0.1, 0.9)
    },
    "warmup_constant_schedule": lambda r: {
        "init_value": 0.0, "peak_value": _lr(r), "warmup_steps": _length(r)
    },
    "warmup_cosine_decay_schedule": lambda r: {
        "init_value": _lr_end(r), "peak_value": _lr(r), "warmup_steps": _length(r, 2, 100),
        "decay_steps": _length(r, 110), "end_value": _lr_end(r), "exponent": r.choice([1.0, 1.0, 2.0]),
    },
    "warmup_exponential_decay_schedule": lambda r: {
        "init_value": 0.0, "peak_value": _lr(r), "warmup_steps": _length(r), "transition_steps": 25,
        "decay_rate": r.uniform(0.6, 0.99), "staircase": r.random() < 0.5,
        "end_value": r.choice([None, 1e-4]),
    },
}  # fmt: skip


def torch_cases(r: Draw, each: int) -> Iterator[Case]:
    for family, make in TORCH.items():
        for _ in range(each):
            made = optimizer(_lr(r))
            scheduler = make(r, made)
            schedule = from_torch(scheduler)
            # torch's OneCycleLR extrapolates one row and then raises.
            steps = 600 if family.startswith("OneCycle") else 900
            yield Case(f"torch {family}", str(schedule), stepped(made, scheduler, steps), schedule)


def transformers_cases(r: Draw, each: int) -> Iterator[Case]:
    for name, make in TRANSFORMERS.items():
        for _ in range(each):
            made = optimizer(_lr(r))
            given = _warm(r)
            scheduler = get_scheduler(name, made, scheduler_specific_kwargs=make(r), **given)
            schedule = from_torch(scheduler)
            missed = exempt(scheduler)
            yield Case(f"transformers {name}", str(schedule), stepped(made, scheduler, 700), schedule, missed)


def optax_cases(r: Draw, each: int) -> Iterator[Case]:
    for name, make in OPTAX.items():
        for _ in range(each):
            params = make(r)
            yield Case(
                f"optax {name}",
                repr(params),
                taken(getattr(optax, name)(**params)),
                from_optax(name, **params),
            )
    for _ in range(each):
        parts = [(name, OPTAX[name](r)) for name in r.sample(sorted(OPTAX), 3)]
        ends = sorted(r.sample(range(20, 500), 2))
        real = optax.join_schedules([getattr(optax, name)(**params) for name, params in parts], ends)
        yield Case(
            "optax join_schedules", repr(parts), taken(real), from_optax("join_schedules", parts, ends)
        )
        cycles = [
            {"init_value": 0.0, "peak_value": _lr(r), "warmup_steps": 10, "decay_steps": _length(r, 20, 200)}
            for _ in range(3)
        ]
        schedule = from_optax("sgdr_schedule", cycles)
        yield Case("optax sgdr_schedule", repr(cycles), taken(optax.sgdr_schedule(cycles)), schedule)


def taken(schedule: Callable[[Any], Any], steps: int = 700) -> Array:
    """Evaluate an optax schedule at each step, in float64."""
    with jax.enable_x64(True):
        found = jax.vmap(schedule)(np.arange(steps))
        return np.array(np.broadcast_to(found, steps), dtype=np.float64)


def timm_cases() -> Iterator[Case]:
    """What record_timm.py has recorded of timm."""
    for one in json.loads(RECORDED.read_text()):
        schedule = parse(timm.read(one["class"], one["attributes"], one["base"], one["scale"]))
        wanted = np.array(one["lrs"])
        missed = timm.misplaced(one["attributes"], len(wanted))
        yield Case(f"timm {one['class']}", str(schedule), wanted, schedule, frozenset(missed))


def all_cases(seed: int = 20260722, each: int = 8) -> Iterator[Case]:
    """Every family of every library."""
    r = random.Random(seed)
    yield from torch_cases(r, each)
    yield from transformers_cases(r, each)
    yield from optax_cases(r, max(each - 3, 1))
    yield from timm_cases()
