"""Whatever scheduler drives: the step gets plan x override, and the plan is bitwise that of a plain run."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler as ls

from rheostat.agent import attach

STEPS = 40
FIRST, LAST = 10, 24
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
}
OVERRIDES: dict[str, Callable[[Any], object] | None] = {
    "nothing": None,
    "hold": lambda a: a.hold(0.03, for_steps=LAST - FIRST),
    "scale": lambda a: a.scale(0.5, for_steps=LAST - FIRST),
    "zero": lambda a: a.scale(0.0, for_steps=LAST - FIRST),
    "ramp": lambda a: a.ramp(0.02, over=8, for_steps=LAST - FIRST),
}


@pytest.fixture(autouse=True)
def _no_torch_advice() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Please also save or load the state of the optimizer")
        warnings.filterwarnings("ignore", message="The epoch parameter")
        warnings.filterwarnings("ignore", message="To get the last learning rate")
        yield


def run(
    make: Make, override: str | None, tensor: bool, cut: int | None = None
) -> tuple[list[list[float]], list[list[float]], dict[str, Any], Any]:
    """Train; returns the lrs inside and between steps, the scheduler's state, and the parameters."""
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    rates: tuple[Any, Any] = (torch.tensor(0.1), torch.tensor(0.05)) if tensor else (0.1, 0.05)
    optimizer = torch.optim.SGD(
        [{"params": [model.weight], "lr": rates[0]}, {"params": [model.bias], "lr": rates[1]}],
        lr=0.1,
        momentum=0.9,
    )
    scheduler = make(optimizer)
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
        optimizer.zero_grad()
        loss = model(torch.ones(3)).pow(2).sum()
        loss.backward()
        optimizer.step()
        between.append([float(g["lr"]) for g in optimizer.param_groups])
        if isinstance(scheduler, ls.ReduceLROnPlateau):
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


@pytest.mark.parametrize("tensor", [False, True], ids=["float", "tensor"])
@pytest.mark.parametrize("override", OVERRIDES)
@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_plan_is_bitwise_that_of_a_run_without_the_agent(name: str, override: str, tensor: bool) -> None:
    plain_in, plain_between, plain_state, weights = run(SCHEDULERS[name], None, tensor)
    seen, between, state, steered = run(SCHEDULERS[name], override, tensor)
    assert between == plain_between
    assert same(state, plain_state)
    assert seen[:FIRST] == plain_in[:FIRST]
    assert seen[LAST:] == plain_in[LAST:]
    window = list(zip(plain_in[FIRST:LAST], seen[FIRST:LAST], strict=True))
    if override == "nothing":
        assert torch.equal(weights, steered)
        assert seen == plain_in
    elif override == "scale":
        assert all(now == [0.5 * v for v in plan] for plan, now in window)
    elif override == "zero":
        assert all(now == [0.0, 0.0] for _, now in window)
    elif override == "hold":
        expected = float(torch.tensor(0.03)) if tensor else 0.03
        assert all(now[0] == expected for _, now in window)
        assert all(now == window[0][1] for _, now in window)


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_checkpoint_taken_and_loaded_under_an_override_keeps_the_plan(name: str) -> None:
    cut = FIRST + 4
    plain = run(SCHEDULERS[name], None, False, cut)
    steered = run(SCHEDULERS[name], "scale", False, cut)
    assert steered[1] == plain[1]
    assert same(steered[2], plain[2])


OPTIMIZERS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9, nesterov=True),
    "sgd_foreach": lambda p: torch.optim.SGD(p, lr=0.01, foreach=True),
    "sgd_fused": lambda p: torch.optim.SGD(p, lr=0.01, fused=True),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01, amsgrad=True),
    "adam_fused": lambda p: torch.optim.Adam(p, lr=0.01, fused=True),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01),
    "nadam": lambda p: torch.optim.NAdam(p, lr=0.01),
    "radam": lambda p: torch.optim.RAdam(p, lr=0.01),
    "adamax": lambda p: torch.optim.Adamax(p, lr=0.01),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.01),
    "adadelta": lambda p: torch.optim.Adadelta(p, lr=0.01),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
    "adafactor": lambda p: torch.optim.Adafactor(p, lr=0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_overridden_run_is_bitwise_the_run_with_the_lr_set_by_hand(name: str) -> None:
    def train(steered: bool) -> list[torch.Tensor]:
        torch.manual_seed(0)
        model = nn.Linear(3, 2)
        optimizer = OPTIMIZERS[name](model.parameters())
        agent = attach(optimizer, server=False) if steered else None
        for step in range(12):
            active = 4 <= step < 9
            if agent is not None and step == 4:
                agent.hold(0.003, for_steps=5)
            if agent is None:
                optimizer.param_groups[0]["lr"] = 0.003 if active else 0.01
            optimizer.zero_grad()
            model(torch.ones(3)).pow(2).sum().backward()
            optimizer.step()
        if agent is not None:
            agent.close()
        return [p.detach().clone() for p in model.parameters()]

    assert all(map(torch.equal, train(True), train(False)))
