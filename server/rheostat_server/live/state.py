"""In which state a run is. Pure."""

from __future__ import annotations

from typing import cast

from rheostat_server.models import RunState

__all__ = ["attempt_state"]


def attempt_state(
    *,
    ended: str | None,
    connected: bool,
    heard_ago: float,
    silent_after: float,
    crash_after: float,
) -> RunState:
    """The state of an attempt.

    ``ended`` is what its `Bye` said, which settles it. Else it is live while heard of within
    ``silent_after`` seconds, then silent; without a connection it counts as crashed from ``crash_after``
    seconds on. All durations in seconds, ``heard_ago`` counted from the server's start at the earliest.
    """
    if ended is not None:
        return cast("RunState", ended)
    if heard_ago <= silent_after:
        return "live"
    if not connected and heard_ago > crash_after:
        return "crashed"
    return "silent"
