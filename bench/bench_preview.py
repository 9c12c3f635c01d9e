"""Preview of a schedule: our closed form against torch stepping and a hand-written numpy formula."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

import rheostat
from bench.rounds import compare, report

TEXT = "base 1e-3; linear 0.01x -> 1x for 5%; cosine -> 0"
PIXELS = 2000


def by_formula(steps: int) -> npt.NDArray[np.float64]:
    """Warm-up and cosine as one would write them by hand, all values, shape (steps,)."""
    warm = steps // 20
    t = np.arange(steps, dtype=np.float64)
    ramp = 1e-3 * (0.01 + 0.99 * t / warm)
    fall = 1e-3 * 0.5 * (1.0 + np.cos(math.pi * (t - warm) / (steps - warm)))
    return np.where(t < warm, ramp, fall)


def by_torch(steps: int) -> list[float]:
    """The same from torch's own schedulers, stepped."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1e-3)
    warm = steps // 20
    scheduler = SequentialLR(
        optimizer,
        [LinearLR(optimizer, 0.01, total_iters=warm), CosineAnnealingLR(optimizer, steps - warm)],
        [warm],
    )
    seen = []
    for _ in range(steps):
        seen.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return seen


def main() -> None:
    """Check that all agree, then print the tables."""
    warnings.simplefilter("ignore")
    schedule = rheostat.parse(TEXT)
    worst = np.abs(schedule.bind(total=100_000)(np.arange(100_000)) - by_torch(100_000)).max() / 1e-3
    print(f"largest difference to torch over 1e5 steps: {worst:.1e} of the peak")

    for steps in (10_000, 1_000_000):
        plan = schedule.bind(total=steps)
        contenders: dict[str, Callable[[], object]] = {
            "numpy formula, all values": partial(by_formula, steps),
            "plan(all steps)": partial(plan, np.arange(steps)),
            f"plan.sample for {PIXELS} px": partial(plan.sample, 0, steps, PIXELS),
            f"parse, bind, sample for {PIXELS} px": partial(from_text, steps),
        }
        report(f"{steps:,} steps", compare(contenders, "numpy formula, all values"))
    million = schedule.bind(total=1_000_000)
    stepped: dict[str, Callable[[], object]] = {
        "plan.sample": partial(million.sample, 0, 1_000_000, PIXELS),
        "torch, stepping": partial(by_torch, 1_000_000),
    }
    report("1,000,000 steps against torch", compare(stepped, "plan.sample", rounds=2))
    lengths = {f"1e{power} steps for {PIXELS} px": partial(from_text, 10**power) for power in (4, 6, 9, 12)}
    report("any length, from text", compare(lengths, f"1e4 steps for {PIXELS} px"))


def from_text(steps: int) -> object:
    """What an edit in the browser costs: text to points."""
    return rheostat.parse(TEXT).bind(total=steps).sample(0, steps, PIXELS)


if __name__ == "__main__":
    main()
