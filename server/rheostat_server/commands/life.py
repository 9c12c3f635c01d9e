"""The life of a command as the server sees it: which state may follow which. Pure."""

from __future__ import annotations

from rheostat_server.models import CommandState

__all__ = ["FINAL", "RUN_ENDED", "UNTOLD", "may_follow"]

UNTOLD = "untold"
"""The code of a beginning that only a hello told of: when it was is still to be told."""

RUN_ENDED = "run_ended"
"""The code of an end that came with the end of the run, and not from the command or a person."""

_AGENT: frozenset[CommandState] = frozenset(
    ("accepted", "rejected", "scheduled", "applied", "ended", "expired", "superseded")
)

FINAL: frozenset[CommandState] = frozenset(("rejected", "ended", "expired", "superseded"))
"""States after which nothing more can happen. ``lost`` is none of them: the job may be heard again."""

_NEXT: dict[CommandState, frozenset[CommandState]] = {
    "requested": _AGENT | {"lost"},
    "accepted": (_AGENT - {"accepted"}) | {"lost"},
    "scheduled": (_AGENT - {"accepted", "scheduled", "rejected"}) | {"lost"},
    "applied": frozenset(("ended", "superseded", "lost")),
    "lost": _AGENT,
    "rejected": frozenset(),
    "ended": frozenset(),
    "expired": frozenset(),
    "superseded": frozenset(),
}


def may_follow(state: CommandState, after: CommandState, code: str = "") -> bool:
    """Whether ``after`` is news for a command in ``state``, which it has by ``code``.

    States in between may be missing, since a report can be lost with its connection; a repeated or older
    report is no news. What ended with its run is in force again if another attempt finds it in a checkpoint.
    A hello tells what is in force before the reports come that tell since when.
    """
    return after in _NEXT[state] or (after == "applied" and code in {RUN_ENDED, UNTOLD})
