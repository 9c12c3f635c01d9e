"""Jobs to be killed, in processes that a prepared one forks: torch is loaded once."""

from __future__ import annotations

import os
import signal
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import Synchronized
from typing import Any

import torch

import rheostat
from rheostat.control.command import Limits
from tests.forks import forks

__all__ = ["Logging", "killed_by_itself"]

Options = dict[str, Any]


class Logging:
    """A job that logs a value ahead of each step, one after it, now and then one of a new name, until killed.

    ``done`` is how many steps have been logged for sure: it outlives the kill.
    """

    def __init__(self, options: Options) -> None:
        jobs = forks()
        self._done = jobs.Value("q", 0, lock=False)
        words = (os.environ["RHEOSTAT_DATA_DIR"], options, self._done)
        self._process: BaseProcess = jobs.Process(target=_log, args=words)
        self._process.start()

    @property
    def done(self) -> int:
        """How many steps have been logged."""
        return int(self._done.value)

    @property
    def lives(self) -> bool:
        """Whether it still runs."""
        return self._process.is_alive()

    def kill(self) -> None:
        """Kill -9, and see it gone."""
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join(10.0)
        self._process.close()


def killed_by_itself(options: Options, *, steers: bool) -> BaseProcess:
    """A job that kills itself at the first step off its plan; with ``steers`` it asks for that itself."""
    process = forks().Process(target=_steered, args=(os.environ["RHEOSTAT_DATA_DIR"], options, steers))
    process.start()
    return process


def _log(folder: str, options: Options, done: Synchronized[int]) -> None:
    os.environ["RHEOSTAT_DATA_DIR"] = folder
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    agent = rheostat.attach(optimizer, run="killed", **options)
    step = 0
    while True:
        agent.log(ahead=float(step))
        optimizer.step()
        agent.log(loss=float(step))
        if step % 700 == 3:
            agent.log(**{f"m{step}": 1.0})  # type: ignore[arg-type]
        step += 1
        done.value = step


def _steered(folder: str, options: Options, steers: bool) -> None:
    os.environ["RHEOSTAT_DATA_DIR"] = folder
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    agent = rheostat.attach(optimizer, run="killed", limits=Limits(min_interval_s=0.0), **options)

    def look(*_: object) -> None:
        if optimizer.param_groups[0]["lr"] != 0.1:
            os.kill(os.getpid(), signal.SIGKILL)

    optimizer.register_step_pre_hook(look)
    if steers:
        agent.hold(0.05, for_steps=10)
    while True:
        optimizer.step()
        agent.log(loss=1.0)
