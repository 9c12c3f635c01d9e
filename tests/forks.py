"""Processes forked from one that has torch and the agent loaded: each starts in a moment."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess

__all__ = ["fork", "forks"]


def forks() -> ForkServerContext:
    """What forks processes from one that has torch and the agent loaded, and has no agent."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["torch._dynamo", "rheostat.agent", "rheostat.schedule", "websockets.asyncio.client"]
    )
    return context


def fork(work: Callable[..., None], *words: object, environment: Mapping[str, str]) -> BaseProcess:
    """A process that does ``work`` with ``words`` under that environment alone; it ends with this one."""
    process = forks().Process(target=_under, args=(dict(environment), work, words), daemon=True)
    process.start()
    return process


def _under(environment: dict[str, str], work: Callable[..., None], words: tuple[object, ...]) -> None:
    os.environ.clear()
    os.environ |= environment
    work(*words)
