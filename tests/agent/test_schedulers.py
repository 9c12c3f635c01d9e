"""Whatever scheduler drives: the step gets plan x override, and the plan is bitwise that of a plain run."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler as ls
from transformers import get_scheduler
from transformers.trainer_utils import SchedulerType

from rheostat.agent import attach

STEPS = 30
FIRST, LAST = 8, 20
Make = Callable[[torch.optim.Optimizer], Any]

SCHEDULERS: dict[str, Make] = {
    "lambda": lambda o: ls.LambdaLR(o, lambda s: 0.95**s),
    "multiplicative": lambda o: ls.MultiplicativeLR(o, lambda s: 0.95),
    "step": lambda o: ls.StepLR(o, 7, 0.5),
    "multistep": lambda o: ls.MultiStepLR(o, [5, 15, 22], 0.3),
    "constant": lambda o: ls.ConstantLR(o, 0.3, 15),
    "linear": lambda o: ls.LinearLR(o, 0.1, 1.0, 20),
    "exponential": lambda o: ls.ExponentialLR(o, 0.93),
    "polynomial": lambda o: ls.PolynomialLR(o, STEPS, 2.0),
    "cosine": lambda o: ls.CosineAnnealingLR(o, 15),
    "restarts": lambda o: ls.CosineAnnealingWarmRestarts(o, 9, 2),
    "cyclic": lambda o: ls.CyclicLR(o, 0.01, 0.1, 6, cycle_momentum=False),
    "cyclic2": lambda o: ls.CyclicLR(o, 0.01, 0.1, 6, mode="triangular2"),
    "cyclic_exp": lambda o: ls.CyclicLR(o, 0.01, 0.1, 6, mode="exp_range", gamma=0.99),
    "onecycle": lambda o: ls.OneCycleLR(o, 0.2, STEPS + 2),
    "onecycle_three": lambda o: ls.OneCycleLR(o, 0.2, STEPS + 2, three_phase=True, anneal_strategy="linear"),
    "plateau": lambda o: ls.ReduceLROnPlateau(o, factor=0.5, patience=2),
    "sequential": lambda o: ls.SequentialLR(o, [ls.LinearLR(o, 0.1), ls.ExponentialLR(o, 0.9)], [15]),
    "chained": lambda o: ls.ChainedScheduler([ls.ConstantLR(o, 0.5, 12), ls.ExponentialLR(o, 0.97)]),
    "swa": lambda o: torch.optim.swa_utils.SWALR(o, swa_lr=0.02, anneal_epochs=12),
    "swa_linear": lambda o: torch.optim.swa_utils.SWALR(o, 0.02, 12, anneal_strategy="linear"),
    "lambdas": lambda o: ls.LambdaLR(o, [lambda s: 0.95**s for _ in o.param_groups]),
    "cosine_min": lambda o: ls.CosineAnnealingLR(o, 15, eta_min=0.01),
    "restarts_min": lambda o: ls.CosineAnnealingWarmRestarts(o, 9, eta_min=0.005),
    "plateau_abs": lambda o: ls.ReduceLROnPlateau(
        o, "max", 0.5, 1, threshold_mode="abs", cooldown=2, min_lr=0.01
    ),
    "cyclic_iterations": lambda o: ls.CyclicLR(
        o, 0.01, 0.1, 6, scale_fn=lambda x: 0.9**x, scale_mode="iterations"
    ),
}
HUGGING_FACE: dict[str, dict[str, Any]] = {
    "reduce_lr_on_plateau": {"patience": 2, "factor": 0.5},
    "greedy": {"factor": 0.9},
    "cosine_with_min_lr": {"min_lr": 0.01},
    "cosine_warmup_with_min_lr": {"min_lr": 0.01},
    "warmup_stable_decay": {"num_decay_steps": 10},
}


def _from_transformers(kind: SchedulerType) -> Make:
    extra = HUGGING_FACE.get(kind.value, {})
    return lambda o: get_scheduler(kind, o, 5, STEPS, dict(extra))


SCHEDULERS |= {f"hf_{kind.value}": _from_transformers(kind) for kind in SchedulerType}
OVERRIDES: dict[str, Callable[[Any], object] | None] = {
    "nothing": None,
    "hold": lambda a: a.hold(0.03, for_steps=LAST - FIRST),
    "scale": lambda a: a.scale(0.5, for_steps=LAST - FIRST),
    "zero": lambda a: a.scale(0.0, for_steps=LAST - FIRST),
    "ramp": lambda a: a.ramp(0.02, over=8, for_steps=LAST - FIRST),
    "release": lambda a: (a.scale(0.5), a.release(at_step=LAST)),
}
LRS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "float": lambda: (0.1, 0.05),
    "tensor": lambda: (torch.tensor(0.1), torch.tensor(0.05)),
    "shared": lambda: (torch.tensor(0.1),) * 2,
}


@pytest.fixture(autouse=True)
def _no_torch_advice() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Please also save or load the state of the optimizer")
        warnings.filterwarnings("ignore", message="The epoch parameter")
        warnings.filterwarnings("ignore", message="To get the last learning rate")
        yield


def run(
    name: str, override: str | None, lr: str, cut: int | None = None
) -> tuple[list[list[float]], list[list[float]], dict[str, Any], Any]:
    """Train; returns the lrs inside and between steps, the scheduler's state, and the parameters."""
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    rates = LRS[lr]()
    optimizer = torch.optim.SGD(
        [{"params": [model.weight], "lr": rates[0]}, {"params": [model.bias], "lr": rates[1]}],
        lr=0.1,
        momentum=0.9,
    )
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)  # which gradient does not matter here, only the lr
    scheduler = SCHEDULERS[name](optimizer)
    agent = None if override is None else attach(optimizer, server=False)
    inside: list[list[float]] = []
    between: list[list[float]] = []
    optimizer.register_step_pre_hook(lambda o, a, k: inside.append([float(g["lr"]) for g in o.param_groups]))
    for step in range(STEPS):
        act = OVERRIDES[override] if override is not None else None
        if agent is not None and act is not None and step == FIRST:
            act(agent)
        if step == cut:
            optimizer.load_state_dict(optimizer.state_dict())
            scheduler.load_state_dict(scheduler.state_dict())
        optimizer.step()
        between.append([float(g["lr"]) for g in optimizer.param_groups])
        if "metrics" in inspect.signature(scheduler.step).parameters:
            scheduler.step(1.0)
        else:
            scheduler.step()
    if agent is not None:
        agent.close()
        assert agent.errors == 0
        assert agent.step == STEPS
    return inside, between, scheduler.state_dict(), model.weight.detach().clone()


def same(one: object, other: object) -> bool:
    """Equal, looking into what torch keeps in a scheduler's state; functions are not compared."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and torch.equal(one, other)
    if hasattr(one, "state_dict"):
        return same(one.state_dict(), other.state_dict())  # type: ignore[attr-defined]
    return callable(one) or one == other


@lru_cache
def plain(name: str, lr: str, cut: int | None) -> Any:
    """The run without the agent."""
    return run(name, None, lr, cut)


def expected(override: str, plan: list[list[float]], lr: str) -> list[list[float]]:
    """The effective lrs inside the window, by the definitions, rounded as a tensor rounds them."""
    began = plan[0]
    ratios = [1.0] + [v / began[0] for v in began[1:]]
    found = []
    for age, now in enumerate(plan):
        if override in {"scale", "release"}:
            exact = [0.5 * v for v in now]
        elif override == "zero":
            exact = [0.0 for _ in now]
        elif override == "hold":
            exact = [0.03 * r for r in ratios]
        elif override == "ramp":
            targets = [0.02 * r for r in ratios]
            part = min(age / 8, 1.0)
            exact = [o + (t - o) * part if age < 8 else t for o, t in zip(began, targets, strict=True)]
        else:
            exact = now
        found.append([_written(v, plan, lr) for v, plan in zip(exact, now, strict=True)])
    return found


def _written(value: float, planned: float, lr: str) -> float:
    """A float32 tensor rounds; GreedyLR puts floats in the place of tensors, which shows in the plan."""
    still_tensor = lr != "float" and float(torch.tensor(planned)) == planned
    return float(torch.tensor(value)) if still_tensor else value


def test_every_scheduler_of_torch_has_a_case() -> None:
    made = {
        type(make(torch.optim.SGD([nn.Parameter(torch.ones(1))], 0.1, 0.9))) for make in SCHEDULERS.values()
    }
    there = {c for c in vars(ls).values() if inspect.isclass(c) and issubclass(c, ls.LRScheduler)}
    assert there - made == {ls.LRScheduler, ls._LRScheduler}


@pytest.mark.parametrize("cut", [None, FIRST + 4], ids=["through", "checkpoint"])
@pytest.mark.parametrize("lr", LRS)
@pytest.mark.parametrize("override", OVERRIDES)
@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_plan_is_bitwise_that_of_a_run_without_the_agent_and_the_lr_exact(
    name: str, override: str, lr: str, cut: int | None
) -> None:
    plain_in, plain_between, plain_state, weights = plain(name, lr, cut)
    if override in {"hold", "ramp"} and plain_in[FIRST][0] == 0.0:
        pytest.fail("the window must begin where the plan is not 0")
    seen, between, state, steered = run(name, override, lr, cut)
    assert between == plain_between
    assert same(state, plain_state)
    assert seen[:FIRST] == plain_in[:FIRST]
    assert seen[FIRST:LAST] == expected(override, plain_in[FIRST:LAST], lr)
    assert seen[LAST:] == plain_in[LAST:]
    assert torch.equal(weights, steered) is (override == "nothing")
