"""What the tests of the hooks share: a model's gradients, and what a step and everybody else see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from rheostat.agent import Agent

Offline = Callable[..., Agent]


def backward(model: nn.Module) -> torch.Tensor:
    model.zero_grad()
    loss: torch.Tensor = model(torch.ones(3)).pow(2).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    return loss


def halves(model: nn.Linear) -> list[dict[str, Any]]:
    return [{"params": [model.weight]}, {"params": [model.bias]}]


def watch(optimizer: torch.optim.Optimizer) -> list[list[float]]:
    """What the step itself sees: a hook registered after ours."""
    seen: list[list[float]] = []
    optimizer.register_step_pre_hook(lambda o, a, k: seen.append([float(g["lr"]) for g in o.param_groups]))
    return seen


def lrs(optimizer: torch.optim.Optimizer) -> list[float]:
    return [float(g["lr"]) for g in optimizer.param_groups]


class Doubled(torch.optim.SGD):
    """Calls its parent's step, so that torch runs the hooks of both."""

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        return super().step(closure)  # type: ignore[no-any-return]


class Raising(torch.optim.SGD):
    """Raises in the middle of a step when told to."""

    fails = False

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        if self.fails:
            raise RuntimeError("in the step")
        return super().step(closure)  # type: ignore[no-any-return]
