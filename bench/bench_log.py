"""What the agent costs the training thread: hooks and log() against a bare deque append, no server."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import torch

import rheostat
from bench.rounds import compare, report

CALLS = 20_000


class Nothing(torch.optim.Optimizer):
    """An optimizer whose step does nothing, so that only the hooks are timed."""

    def __init__(self) -> None:
        super().__init__([torch.zeros(1)], {"lr": 0.1})

    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Do nothing."""


def main() -> None:
    """Tight loop: the yardstick, log() alone, an optimizer's step without and with the agent."""
    kept: deque[tuple[float, float]] = deque(maxlen=65_536)
    bare, hooked = Nothing(), Nothing()
    agent = rheostat.attach(hooked, server=False)

    def log_only() -> None:
        agent.log(loss=0.5)

    def both() -> None:
        agent.log(loss=0.5)
        hooked.step()

    contenders = {
        "deque.append((time, loss))": lambda: kept.append((time.time(), 0.5)),
        "agent.log(loss=...)": log_only,
        "empty optimizer.step()": bare.step,
        "empty optimizer.step() + hooks + log()": both,
    }
    times = compare(contenders, "deque.append((time, loss))", rounds=9, calls=CALLS)
    report(f"tight loop, {CALLS} calls a round", times)
    step = times["empty optimizer.step()"].ratios
    whole = times["empty optimizer.step() + hooks + log()"].ratios
    added = sorted(b - a for a, b in zip(step, whole, strict=True))
    print(f"hooks + log() alone: {added[len(added) // 2]:.2f} x the deque (budget 8)")
    agent.close()


if __name__ == "__main__":
    main()
