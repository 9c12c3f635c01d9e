"""The same curve from everyone: a line up over 5 % of the run, then a cosine to 0; all values of a run.

Each function takes the number of steps and returns the lr of each, shape (steps,). All start at a hundredth
of the peak but transformers, whose warm-up starts at 0.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import sys
import types
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax
import torch
from ignite.handlers.param_scheduler import CosineAnnealingScheduler, create_lr_scheduler_with_warmup
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, LRScheduler, SequentialLR
from transformers import get_cosine_schedule_with_warmup

Values = npt.NDArray[np.float64]

TEXT = "base 1e-3; linear 0.01x -> 1x for 5%; cosine -> 0"
PEAK = 1e-3


def by_formula(steps: int) -> Values:
    """As one would write it by hand."""
    warm = steps // 20
    t = np.arange(steps, dtype=np.float64)
    ramp = PEAK * (0.01 + 0.99 * t / warm)
    fall = PEAK * 0.5 * (1.0 + np.cos(math.pi * (t - warm) / (steps - warm)))
    return np.where(t < warm, ramp, fall)


def _optimizer() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.zeros(1)], lr=PEAK)


def _stepped(optimizer: torch.optim.Optimizer, scheduler: LRScheduler, steps: int) -> Values:
    seen = []
    for _ in range(steps):
        seen.append(float(optimizer.param_groups[0]["lr"]))
        scheduler.step()  # not the optimizer's: only the schedule is measured
    return np.array(seen)


def by_torch(steps: int) -> Values:
    """torch's own schedulers, stepped."""
    optimizer, warm = _optimizer(), steps // 20
    of = [LinearLR(optimizer, 0.01, total_iters=warm), CosineAnnealingLR(optimizer, steps - warm)]
    return _stepped(optimizer, SequentialLR(optimizer, of, [warm]), steps)


def by_transformers(steps: int) -> Values:
    """A transformers schedule, stepped."""
    optimizer = _optimizer()
    return _stepped(optimizer, get_cosine_schedule_with_warmup(optimizer, steps // 20, steps), steps)


def by_ignite(steps: int) -> Values:
    """ignite's own preview, `simulate_values`."""
    optimizer, warm = _optimizer(), steps // 20
    cosine = CosineAnnealingScheduler(optimizer, "lr", PEAK, 0.0, steps - warm)
    both = create_lr_scheduler_with_warmup(cosine, 0.01 * PEAK, warm + 1, PEAK)
    found = type(both).simulate_values(
        num_events=steps, schedulers=both.schedulers, durations=both.durations, param_names=["lr"]
    )
    return np.array([row[1] for row in found])


def _timm() -> Any:
    """timm.scheduler without the rest of timm, which needs torchvision; None without timm."""
    spec = importlib.util.find_spec("timm")
    if spec is None:
        return None
    package = types.ModuleType("timm")
    package.__path__ = list(spec.submodule_search_locations or ())
    sys.modules["timm"] = package
    return importlib.import_module("timm.scheduler.cosine_lr")


TIMM = _timm()


def by_timm(steps: int) -> Values:
    """timm's closed form, step by step."""
    warm = steps // 20
    scheduler = TIMM.CosineLRScheduler(
        _optimizer(),
        t_initial=steps - warm,
        warmup_t=warm,
        warmup_lr_init=0.01 * PEAK,
        warmup_prefix=True,
        t_in_epochs=False,
    )
    return np.array([scheduler._get_lr(t)[0] for t in range(steps)])


def _optax(steps: int) -> optax.Schedule:
    return optax.warmup_cosine_decay_schedule(0.01 * PEAK, PEAK, steps // 20, steps, 0.0)


def by_new_optax(steps: int) -> Values:
    """A new optax schedule, traced and compiled: what an edit costs. Single precision, as by default."""
    return np.asarray(jax.jit(_optax(steps))(jnp.arange(steps)), dtype=np.float64)


class CompiledOptax:
    """A compiled optax schedule, called again: what no edit costs."""

    def __init__(self, steps: int) -> None:
        self.steps = jnp.arange(steps)
        self.schedule = jax.jit(_optax(steps))
        self.schedule(self.steps).block_until_ready()

    def __call__(self) -> Values:
        """All values."""
        return np.asarray(self.schedule(self.steps), dtype=np.float64)


PEERS = {
    "torch, stepping": by_torch,
    "ignite simulate_values": by_ignite,
    "transformers, stepping": by_transformers,
    "optax, new schedule": by_new_optax,
}
if TIMM is not None:
    PEERS["timm, step by step"] = by_timm


def bound(steps: int) -> dict[str, partial[Values]]:
    """The peers for a run of a length."""
    return {name: partial(peer, steps) for name, peer in PEERS.items()}
