from __future__ import annotations

import copy
import math
import subprocess
import sys
from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as lrs
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.optimizer import Optimizer
from torch.optim.swa_utils import SWALR
from transformers import get_scheduler

from rheostat.schedule import ConversionError, from_torch, parse

Make = Callable[[Optimizer], LRScheduler]

SCHEDULERS: dict[str, Make] = {
    "step": lambda o: lrs.StepLR(o, 30, 0.1),
    "step up": lambda o: lrs.StepLR(o, 100, 1.5),
    "multistep": lambda o: lrs.MultiStepLR(o, [30, 80, 80, 300], 0.3),
    "multistep from 0": lambda o: lrs.MultiStepLR(o, [0, 50], 0.5),
    "no milestones": lambda o: lrs.MultiStepLR(o, []),
    "constant": lambda o: lrs.ConstantLR(o, 1 / 3, 50),
    "constant for ever": lambda o: lrs.ConstantLR(o, 0.5, 0),
    "linear": lambda o: lrs.LinearLR(o, 1 / 3, 1.0, 77),
    "linear down": lambda o: lrs.LinearLR(o, 1.0, 0.0, 200),
    "exponential": lambda o: lrs.ExponentialLR(o, 0.99),
    "polynomial": lambda o: lrs.PolynomialLR(o, 300, 2.0),
    "polynomial root": lambda o: lrs.PolynomialLR(o, 300, 0.7),
    "cosine": lambda o: lrs.CosineAnnealingLR(o, 700),
    "cosine with a floor": lambda o: lrs.CosineAnnealingLR(o, 700, 1e-3),
    "cosine that climbs": lambda o: lrs.CosineAnnealingLR(o, 150, 1e-3),
    "restarts": lambda o: lrs.CosineAnnealingWarmRestarts(o, 50, 1, 1e-4),
    "restarts, doubled": lambda o: lrs.CosineAnnealingWarmRestarts(o, 10, 2),
    "restarts, tripled": lambda o: lrs.CosineAnnealingWarmRestarts(o, 2, 3, 1e-4),
    "warm-up and cosine": lambda o: lrs.SequentialLR(
        o, [lrs.LinearLR(o, 0.01, 1.0, 100), lrs.CosineAnnealingLR(o, 600)], [100]
    ),
    "warm-up cut short": lambda o: lrs.SequentialLR(
        o, [lrs.LinearLR(o, 0.01, 1.0, 100), lrs.StepLR(o, 100, 0.5), lrs.ExponentialLR(o, 0.99)], [50, 400]
    ),
    "warm-up, rest, steps": lambda o: lrs.SequentialLR(
        o, [lrs.LinearLR(o, 0.1, 1.0, 50), lrs.MultiStepLR(o, [100, 200])], [80]
    ),
    "constant, restarts": lambda o: lrs.SequentialLR(
        o, [lrs.ConstantLR(o, 0.1, 20), lrs.CosineAnnealingWarmRestarts(o, 50, 2)], [20]
    ),
    "constant, poly": lambda o: lrs.SequentialLR(
        o, [lrs.ConstantLR(o, 0.1, 20), lrs.PolynomialLR(o, 100)], [40]
    ),
    "a milestone at 0": lambda o: lrs.SequentialLR(o, [lrs.StepLR(o, 5), lrs.ExponentialLR(o, 0.9)], [0]),
    "triangles": lambda o: lrs.CyclicLR(o, 1e-4, 1e-2, 70, 30),
    "triangles, each half": lambda o: lrs.CyclicLR(o, 1e-4, 1e-2, 50, mode="triangular2"),
    "triangles that decay": lambda o: lrs.CyclicLR(o, 1e-4, 1e-2, 50, 21, mode="exp_range", gamma=0.997),
    "triangles downwards": lambda o: lrs.CyclicLR(o, 1e-2, 1e-4, 50, mode="exp_range", gamma=0.99),
    "triangles from 0": lambda o: lrs.CyclicLR(o, 0.0, 1e-2, 50, mode="exp_range", gamma=0.99),
    "one cycle": lambda o: lrs.OneCycleLR(o, 0.2, total_steps=999),
    "one cycle, three phases": lambda o: lrs.OneCycleLR(
        o, 0.2, total_steps=901, pct_start=0.33, three_phase=True, anneal_strategy="linear"
    ),
    "averaged": lambda o: SWALR(o, 0.05, 123),
    "averaged, straight": lambda o: SWALR(o, 0.05, 90, anneal_strategy="linear"),
    "averaged at once": lambda o: SWALR(o, 0.05, 0),
    "multiplied": lambda o: lrs.MultiplicativeLR(o, lambda t: 1 - 1e-2),
    "warm-up and triangles": lambda o: lrs.SequentialLR(
        o, [lrs.ConstantLR(o, 1.0, 0), lrs.CyclicLR(o, 1e-3, 1e-1, 40)], [100]
    ),
    "warm-up and average": lambda o: lrs.SequentialLR(
        o, [lrs.LinearLR(o, 0.1, 0.5, 80), SWALR(o, 0.01, 100)], [90]
    ),
    "a function": lambda o: lrs.LambdaLR(o, lambda t: 0.99**t / (1 + t // 30)),
    "a named function": lambda o: lrs.LambdaLR(o, noam),
    "a function each": lambda o: lrs.LambdaLR(o, [halved if i else noam for i in range(len(o.param_groups))]),
    "a function of transformers each": lambda o: lrs.LambdaLR(o, one_of_transformers()),
    "chained": lambda o: lrs.ChainedScheduler(
        [lrs.LinearLR(o, 0.1, 1.0, 50), lrs.ExponentialLR(o, 0.99), lrs.MultiStepLR(o, [100, 200])]
    ),
    "chains in a chain": lambda o: lrs.ChainedScheduler(
        [
            lrs.ChainedScheduler(
                [lrs.LinearLR(o, 0.1, 1.0, 50), lrs.ChainedScheduler([lrs.StepLR(o, 90, 0.5)])]
            ),
            lrs.ExponentialLR(o, 0.99),
        ]
    ),
    "chained, the last sets": lambda o: lrs.ChainedScheduler(
        [lrs.CosineAnnealingWarmRestarts(o, 50), lrs.CosineAnnealingWarmRestarts(o, 70, 2, 1e-3)]
    ),
}


WARMUP = 40.0


def noam(step: int) -> float:
    """Rise and fall; the name of a module-level number is looked up."""
    return min((step + 1) / WARMUP, math.sqrt(WARMUP / (step + 1)))


def halved(step: int) -> float:
    return 0.5 * pow(0.5, math.floor(step / 100))


def one_of_transformers() -> Callable[[int], float]:
    scheduler = get_scheduler("cosine", optimizer(), 30, 400)
    assert isinstance(scheduler, lrs.LambdaLR)
    function: Callable[[int], float] = scheduler.lr_lambdas[0]
    return function


def optimizer(groups: int = 1, *, names: bool = False, tensor: bool = False) -> Optimizer:
    made = []
    for i in range(groups):
        lr = 0.1 / (i + 1)
        group = {"params": [torch.nn.Parameter(torch.zeros(1))], "lr": torch.tensor(lr) if tensor else lr}
        made.append(group | ({"name": f"layer.{i} a"} if names else {}))
    return torch.optim.SGD(made)


def advance(made: Optimizer, scheduler: LRScheduler, steps: int) -> list[list[float]]:
    """Step a scheduler as a job does, and return the lrs each optimizer step was taken with."""
    rows = []
    for _ in range(steps):
        rows.append([float(group["lr"]) for group in made.param_groups])
        made.step()
        scheduler.step()
    return rows


@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize(("groups", "stepped"), [(1, 0), (3, 0), (2, 37)])
def test_the_curve_is_what_torch_does(name: str, groups: int, stepped: int) -> None:
    made = optimizer(groups)
    scheduler = SCHEDULERS[name](made)
    advance(made, scheduler, stepped)
    schedule = from_torch(scheduler)
    rows = np.array(advance(made, scheduler, 700))
    for i in range(groups):
        plan = schedule.bind(group=str(i))
        drawn = plan(np.arange(stepped, stepped + 700))
        assert np.abs(drawn - rows[:, i]).max() <= 1e-11 * rows[:, i].max()


@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_text_reads_back_and_needs_nothing(name: str) -> None:
    schedule = from_torch(SCHEDULERS[name](optimizer(2)))
    assert parse(str(schedule)) == schedule
    assert schedule.groups == ("0", "1")
    assert schedule.bind(group="0")(0) <= 0.15


def test_texts_are_plain() -> None:
    def text(name: str, total: int | None = None) -> str:
        return str(from_torch(SCHEDULERS[name](optimizer()), total=total))

    assert text("step") == "base 0.1\ndrop 0.1x every 30"
    assert text("warm-up and cosine", 700) == "base 0.1\nlinear 0.01x -> 1x for 100; cosine 1x -> 0 for 600"
    assert text("cosine with a floor", 700) == "base 0.1\ncosine 1x -> 0.001 for 700"
    assert text("constant, restarts") == (
        "base 0.1\nhold 0.1x for 20; repeat forever stretch 2 { cosine 1x -> 0 for 50 }"
    )
    assert text("warm-up, rest, steps") == (
        "base 0.1\nlinear 0.1x -> 1x for 50; hold for 30; drop 0.1x at 100, 200"
    )


def test_groups_have_their_names() -> None:
    schedule = from_torch(SCHEDULERS["step"](optimizer(2, names=True)))
    assert schedule.groups == ("layer.0 a", "layer.1 a")
    assert schedule.bind(group="layer.1 a")(0) == 0.05
    assert from_torch(SCHEDULERS["step"](optimizer(2)), names=["body", "head"]).groups == ("body", "head")
    with pytest.raises(ConversionError):
        from_torch(SCHEDULERS["step"](optimizer(2)), names=["one"])


def test_lrs_in_tensors_are_read() -> None:
    made = optimizer(2, tensor=True)
    scheduler = lrs.CosineAnnealingLR(made, 700)
    schedule = from_torch(scheduler)
    rows = np.array(advance(made, scheduler, 300))
    assert np.abs(schedule.bind(group="1")(np.arange(300)) - rows[:, 1]).max() < 1e-5 * 0.05


@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize("tensor", [False, True])
def test_nothing_of_the_job_is_touched(name: str, tensor: bool) -> None:
    """Two equal jobs, one of them read twice: bitwise the same states and lrs afterwards."""

    def job(read: bool) -> tuple[object, ...]:
        made = optimizer(2, tensor=tensor)
        scheduler = SCHEDULERS[name](made)
        rows = advance(made, scheduler, 20)
        before = copy.deepcopy(state(scheduler))
        if read:
            from_torch(scheduler)
            assert state(scheduler) == before
        rows += advance(made, scheduler, 100)
        if read:
            from_torch(scheduler)
        return rows, state(scheduler), made.state_dict()["param_groups"]

    assert job(read=True) == job(read=False)


def state(scheduler: LRScheduler) -> dict[str, object]:
    return dict(scheduler.state_dict())


def branching(step: int) -> float:
    if step < 10:
        return step / 10
    return 1.0


@pytest.mark.filterwarnings("ignore:Detected call of:UserWarning")
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_sequence_first_in_a_sequence_runs_a_step_ahead(depth: int) -> None:
    """torch's own quirk, and warning: the inner sequence is stepped once while each outer one is built."""
    made = optimizer()
    scheduler: LRScheduler = lrs.SequentialLR(
        made, [lrs.LinearLR(made, 0.1, 1.0, 50), lrs.StepLR(made, 40, 0.5)], [50]
    )
    for milestone in (200, 300, 400)[:depth]:
        scheduler = lrs.SequentialLR(made, [scheduler, lrs.ExponentialLR(made, 0.99)], [milestone])
    schedule = from_torch(scheduler)
    rows = np.array(advance(made, scheduler, 600))[:, 0]
    assert np.abs(schedule.bind()(np.arange(600)) - rows).max() < 1e-11 * rows.max()
    assert f"linear 0.1x -> 1x for 50 }} for {50 - depth}" in str(schedule)


@pytest.mark.filterwarnings("ignore:Detected call of:UserWarning")
def test_a_chain_first_in_a_sequence() -> None:
    made = optimizer()
    chain = lrs.ChainedScheduler([lrs.StepLR(made, 30, 0.5), lrs.LinearLR(made, 0.1, 1.0, 20)])
    scheduler = lrs.SequentialLR(made, [chain, lrs.ExponentialLR(made, 0.99)], [50])
    plan = from_torch(scheduler).bind()
    rows = np.array(advance(made, scheduler, 300))[:, 0]
    assert np.abs(plan(np.arange(300)) - rows).max() < 1e-11 * rows.max()


@pytest.mark.parametrize("seed", range(12))
def test_a_plateau_follows_a_metric_as_torch_does(seed: int) -> None:
    r = np.random.default_rng(seed)
    made = optimizer(2)
    mode: Literal["min", "max"] = "max" if seed % 2 else "min"
    rule: Literal["rel", "abs"] = "abs" if seed // 2 % 2 else "rel"
    floors = [1e-3, 1e-5] if seed % 3 else 0.0
    scheduler = lrs.ReduceLROnPlateau(
        made, mode=mode, factor=0.3, patience=int(r.integers(0, 6)), threshold=0.02, threshold_mode=rule,
        cooldown=int(r.integers(0, 4)), min_lr=floors,
    )  # fmt: skip
    schedule = from_torch(scheduler, metric="loss")
    trace = np.abs(r.normal(size=300).cumsum()) + 1
    rows = []
    for value in trace.tolist():
        made.step()
        scheduler.step(value)
        rows.append([group["lr"] for group in made.param_groups])
    for i in range(2):
        simulated = schedule.bind(group=str(i)).simulate({"loss": trace})
        assert np.abs(simulated - np.array(rows)[:, i]).max() <= 1e-11 * 0.1


def test_what_cannot_be_read_is_sampled_when_asked() -> None:
    for groups in (1, 2):
        made = optimizer(groups)
        scheduler = lrs.LambdaLR(made, branching)
        schedule = from_torch(scheduler, total=300, sample=True)
        assert "sampled at 300 steps; worst error" in str(schedule)
        rows = np.array(advance(made, scheduler, 300))
        for i in range(groups):
            drawn = schedule.bind(group=str(i))(np.arange(300))
            assert np.abs(drawn - rows[:, i]).max() <= 1e-3 * rows[:, i].max()
    with pytest.raises(ConversionError, match="not been stepped"):
        from_torch(scheduler, total=300, sample=True)
    with pytest.raises(ConversionError, match="needs a total"):
        from_torch(lrs.LambdaLR(optimizer(), branching), sample=True)


def test_a_lr_changed_by_hand_is_noticed() -> None:
    made = optimizer()
    scheduler = lrs.StepLR(made, 30)
    advance(made, scheduler, 10)
    made.param_groups[0]["lr"] *= 0.5
    with pytest.raises(ConversionError, match="changed by hand"):
        from_torch(scheduler)


def test_importing_the_language_loads_no_torch() -> None:
    code = "import sys, rheostat.schedule; print('torch' in sys.modules)"
    path = [p for p in sys.path if p]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
