"""A run that a job recorded without a server: it lies on disk, to be brought to one by `rheostat sync`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from tests.server.running import hello

from rheostat.agent.keeper import Keeper
from rheostat.agent.sync import sync
from rheostat.wire import Bye, Flush

__all__ = ["bring", "leave_on_disk"]


def leave_on_disk(flushes: Sequence[Flush], folder: Path) -> None:
    """Write the run as a job does that finds no server, and end it."""
    keeper = Keeper(hello(groups=hello().groups[:1]), folder)
    steps = sum(flush.count for flush in flushes)
    for flush in flushes:
        keeper.keep(flush)
    keeper.leave(Bye(state="finished", step=steps, last_seq=len(flushes)))


def bring(folder: Path, server: str, token: str) -> float:
    """Seconds until the agent has brought all of it and the server has acknowledged it as committed."""
    begun = time.perf_counter()
    (brought,) = sync(folder, server, token)
    seconds = time.perf_counter() - begun
    assert not brought.failure, brought.failure
    return seconds
