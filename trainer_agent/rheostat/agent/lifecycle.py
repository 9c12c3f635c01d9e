"""The life of agents in this process: told of its end, made inert in forked children, none in re-imports."""

from __future__ import annotations

import atexit
import os
import sys
import weakref
from types import FrameType

from rheostat.agent.agent import Agent

__all__ = ["earlier", "is_reimport", "register"]

_alive: weakref.WeakSet[Agent] = weakref.WeakSet()


def register(agent: Agent) -> None:
    """Look after ``agent`` from now on."""
    _alive.add(agent)


def earlier(optimizers: list[object], run: str | None) -> list[Agent]:
    """The open agents on one of these optimizers, or of the run of this name: a notebook cell run again."""
    return [a for a in _alive if not a.closed and (a.watches(optimizers) or (run and a.run == run))]


def is_reimport() -> bool:
    """Whether a spawned worker is re-running the main script: at module level of ``__mp_main__``."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "<module>" and frame.f_globals.get("__name__") == "__mp_main__":
            return True
        frame = frame.f_back
    return False


def _at_exit() -> None:
    error = None if hasattr(sys, "ps1") else getattr(sys, "last_value", None)
    for agent in list(_alive):
        if error is None:
            agent.end("finished")
        elif isinstance(error, KeyboardInterrupt):
            agent.end("stopped", "interrupted")
        else:
            agent.end("crashed", f"{type(error).__name__}: {error}"[:500])


def _after_fork() -> None:
    for agent in list(_alive):
        agent.disable()
    _alive.clear()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
