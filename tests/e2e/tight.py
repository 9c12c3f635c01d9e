"""Jobs that train as fast as they can, in processes that a prepared one forks: torch is loaded once."""

from __future__ import annotations

import os
import signal
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

__all__ = ["TightJob"]


class TightJob:
    """A job of ``steps`` steps (0: until killed), each with a loss equal to its number.

    ``done`` is how many `log` calls have returned for sure: it is in shared memory and outlives a kill.
    ``wrong`` counts the steps that did not use the planned lr, and what went wrong in the agent.
    """

    def __init__(self, context: ForkServerContext, folder: Path, run: str, steps: int = 0) -> None:
        self.counts = context.Array("q", 2, lock=False)
        self.go_on = context.Event()
        self._process: BaseProcess = context.Process(
            target=_train, args=(str(folder), run, steps, self.counts, self.go_on)
        )
        self._process.start()

    @property
    def done(self) -> int:
        """How many steps have been logged."""
        return int(self.counts[0])

    @property
    def wrong(self) -> int:
        """How many steps used another lr than the planned one."""
        return int(self.counts[1])

    def kill(self) -> None:
        """Kill -9, and see it gone."""
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join(10.0)
        self._process.close()

    def wait(self, seconds: float = 60.0) -> None:
        """Let it end by itself."""
        self.go_on.set()
        self._process.join(seconds)
        assert self._process.exitcode == 0
        self._process.close()


def _train(folder: str, run: str, steps: int, counts: Synchronized[int], go_on: object) -> None:
    os.environ["RHEOSTAT_DATA_DIR"] = folder
    import torch

    import rheostat

    torch.set_num_threads(1)
    used: list[float] = []
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(steps, 1000))
    agent = rheostat.attach(optimizer, scheduler, run=run)
    optimizer.register_step_pre_hook(lambda o, a, k: used.append(o.param_groups[0]["lr"]))
    step = 0
    while not (steps and step >= steps and go_on.is_set()):  # type: ignore[attr-defined]
        planned = optimizer.param_groups[0]["lr"]
        optimizer.step()
        scheduler.step()
        agent.log(loss=float(step))
        step += 1
        counts[1] += used.pop() != planned  # type: ignore[index]
        counts[0] = step  # type: ignore[index]
    agent.close()
    counts[1] += agent.errors  # type: ignore[index]
