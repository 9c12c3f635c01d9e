"""What the agent costs the training thread: hooks and log() against a bare deque append.

Everything is recorded as in a real job whose server is away; the hooks are called as torch calls them, since
torch's own cost of a step is ten times theirs and would drown them.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence

import torch

import rheostat
from bench.rounds import Times, compare, report
from rheostat.agent import Agent

CALLS = 20_000
DEQUE = "deque.append((time, loss))"
LOG = "agent.log(loss=...)"
HOOKS = "both hooks"
BOTH = "both hooks + log(loss=...)"
BUDGETS = {LOG: 4, BOTH: 8}


class Nothing(torch.optim.Optimizer):
    """An optimizer whose step does nothing."""

    def __init__(self, groups: int) -> None:
        super().__init__([{"params": [torch.zeros(1)]} for _ in range(groups)], {"lr": 0.1})

    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Do nothing."""


def main() -> None:
    """Tight loops for 1, 4 and 64 param groups, then the p99 of single calls."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RHEOSTAT_DATA_DIR"] = folder
        for groups in (1, 4, 64):
            measure(groups)


def measure(groups: int) -> None:
    """One table; budgets hold for one group."""
    optimizer = Nothing(groups)
    agent = rheostat.attach(optimizer)
    optimizer.step()
    times = compare(contenders(optimizer, agent), DEQUE, rounds=9, calls=CALLS)
    report(f"tight loop, {groups} param groups, {CALLS} calls a round", times)
    if groups == 1:
        judge(times)
        print(f"single calls of {BOTH}: {percentiles(contenders(optimizer, agent)[BOTH])}")
    agent.close()
    assert agent.errors == 0


def contenders(optimizer: Nothing, agent: Agent) -> Mapping[str, Callable[[], object]]:
    """What is compared; the yardstick keeps a time and a loss."""
    kept: deque[tuple[float, float]] = deque(maxlen=65_536)
    (before,) = optimizer._optimizer_step_pre_hooks.values()
    (after,) = optimizer._optimizer_step_post_hooks.values()
    nothing: tuple[object, ...] = ()
    none: dict[str, object] = {}

    def log_only() -> None:
        agent.log(loss=0.5)

    def hooks_only() -> None:
        before(optimizer, nothing, none)
        after(optimizer, nothing, none)

    def both() -> None:
        before(optimizer, nothing, none)
        after(optimizer, nothing, none)
        agent.log(loss=0.5)

    return {
        DEQUE: lambda: kept.append((time.time(), 0.5)),
        LOG: log_only,
        HOOKS: hooks_only,
        BOTH: both,
    }


def judge(times: Mapping[str, Times]) -> None:
    """Print each budget beside what was measured."""
    for name, budget in BUDGETS.items():
        ratio = sorted(times[name].ratios)[len(times[name].ratios) // 2]
        print(f"{name}: {ratio:.2f} x the deque (budget {budget}: {'kept' if ratio <= budget else 'MISSED'})")


def percentiles(call: Callable[[], object]) -> str:
    """Median and p99 of single calls, the timer's own cost included."""
    clock = time.perf_counter_ns
    taken: list[int] = []
    for _ in range(CALLS):
        begun = clock()
        call()
        taken.append(clock() - begun)
    return f"median {_at(taken, 0.5):.2f} us, p99 {_at(taken, 0.99):.2f} us"


def _at(values: Sequence[int], share: float) -> float:
    return sorted(values)[int(share * len(values))] / 1e3


if __name__ == "__main__":
    main()
