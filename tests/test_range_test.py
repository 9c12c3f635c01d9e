from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import schedulefree  # type: ignore[import-untyped]
import torch
from torch import nn

import rheostat
from rheostat.range_test import suggest

from .agent.stand_in import TOKEN, StandIn


class Job:
    """A small net with dropout and batch norm, trained for a while."""

    def __init__(self, make: Any, **options: Any) -> None:
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.1), nn.Linear(8, 1))
        self.optimizer = make(
            [{"params": self.model[0].parameters()}, {"params": self.model[1:].parameters(), "lr": 2e-3}],
            **options,
        )
        for _ in range(3):
            self.step()
            self.optimizer.step()

    def step(self) -> torch.Tensor:
        x = torch.randn(16, 4)
        self.optimizer.zero_grad()
        loss = nn.functional.mse_loss(self.model(x), 10.0 * x.sum(1, keepdim=True))
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    def snapshot(self) -> list[Any]:
        grads = [p.grad for p in self.model.parameters()]
        state = list(self.optimizer.state.values())
        parts = [self.model.state_dict(), grads, state, [g["lr"] for g in self.optimizer.param_groups]]
        return copy.deepcopy([*parts, torch.get_rng_state()])


def same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


MAKERS: list[Any] = [
    (torch.optim.SGD, {"lr": 1e-3, "momentum": 0.9}),
    (torch.optim.AdamW, {"lr": 1e-3}),
    (torch.optim.Adam, {"lr": torch.tensor(1e-3), "foreach": False}),
]


@pytest.mark.parametrize(("make", "options"), MAKERS, ids=["sgd", "adamw", "tensor"])
def test_everything_is_put_back_bit_for_bit(make: Any, options: dict[str, Any]) -> None:
    job = Job(make, **options)
    before = job.snapshot()
    found = rheostat.lr_find(job.step, job.optimizer, model=job.model, steps=60, server=False)
    assert len(found.lrs) > 20
    assert same(job.snapshot(), before)


def test_what_an_optimizer_counts_in_its_groups_and_a_scheduler_are_left_alone() -> None:
    job = Job(torch.optim.SGD, lr=1e-3)
    parameters = list(job.model.parameters())
    optimizer = job.optimizer = schedulefree.AdamWScheduleFree(parameters, lr=1e-3, warmup_steps=5)
    optimizer.train()
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    for _ in range(3):
        job.step()
        optimizer.step()
        scheduler.step()
    before = job.snapshot()
    groups = copy.deepcopy([{k: v for k, v in g.items() if k != "params"} for g in optimizer.param_groups])
    schedule = copy.deepcopy(scheduler.state_dict())
    rheostat.lr_find(job.step, optimizer, model=job.model, steps=40, server=False)
    assert same(job.snapshot(), before)
    assert [{k: v for k, v in g.items() if k != "params"} for g in optimizer.param_groups] == groups
    assert scheduler.state_dict() == schedule


def test_a_step_that_raises_leaves_everything_as_it_was() -> None:
    job = Job(torch.optim.AdamW, lr=1e-3)
    before = job.snapshot()
    calls = iter(range(5))

    def fail() -> torch.Tensor:
        if next(calls, None) is None:
            raise RuntimeError("no more data")
        return job.step()

    with pytest.raises(RuntimeError, match="no more data"):
        rheostat.lr_find(fail, job.optimizer, model=job.model, server=False)
    assert same(job.snapshot(), before)


def test_it_stops_where_the_loss_diverges_and_suggests_below() -> None:
    job = Job(torch.optim.SGD, lr=1e-3)
    found = rheostat.lr_find(job.step, job.optimizer, model=job.model, steps=200, end=1e6, server=False)
    assert found.diverged
    assert len(found.lrs) == len(found.losses) == len(found.smoothed) < 200
    for lr in (found.steepest, found.valley, found.minimum_10):
        assert lr is not None
        assert 1e-7 < lr < found.lrs[-1]
    assert str(found).startswith("lr_find: steepest ")


def test_suggestions_on_a_known_curve() -> None:
    lrs = np.logspace(-6, 0, 61)
    losses = 1.0 / (1.0 + np.exp(4.0 * (np.log10(lrs) + 3.0))) + np.maximum(np.log10(lrs) + 1.0, 0.0)
    steepest, valley, minimum = suggest(lrs, losses)
    assert steepest == pytest.approx(1e-3)
    assert minimum == pytest.approx(1e-2, rel=0.3)
    assert valley == pytest.approx(10**-3.5, rel=0.3)
    assert suggest(lrs, lrs) == (None, None, None)
    assert suggest(lrs, np.where(lrs > 1e-2, np.nan, losses))[0] == pytest.approx(1e-3)


@pytest.fixture
def server() -> Iterator[StandIn]:
    stand_in = StandIn()
    stand_in.start()
    yield stand_in
    stand_in.stop()


def test_it_is_shown_live_with_the_lrs_it_used(server: StandIn) -> None:
    job = Job(torch.optim.SGD, lr=1e-3)
    found = rheostat.lr_find(job.step, job.optimizer, steps=30, end=1e-2, server=server.url, token=TOKEN)
    assert list(server.series("effective", "0").values()) == found.lrs.tolist()
    assert list(server.series("effective", "1").values()) == pytest.approx((2.0 * found.lrs).tolist())
    assert list(server.series("metrics", "loss").values()) == found.losses.tolist()
    assert (server.hellos[0].run, server.hellos[0].control) == ("lr-find", False)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"start": 0.0}, "above 0"),
        ({"end": 1e-9}, "above start"),
        ({"steps": 2}, "3 or more"),
        ({"smoothing": 1.0}, "not, 1"),
    ],
)
def test_wrong_arguments_are_told(wrong: dict[str, Any], expected: str) -> None:
    job = Job(torch.optim.SGD, lr=1e-3)
    with pytest.raises(ValueError, match=expected):
        rheostat.lr_find(job.step, job.optimizer, server=False, **wrong)
