"""From the log of commands to the overrides in force, step by step. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rheostat.control.command import Command
from rheostat.control.effects import Ground
from rheostat.control.override import OverrideError, Stack, begin, expire
from rheostat_server.models import CommandEvent

__all__ = ["Told", "Turn", "turns_of"]

# Ends that the arithmetic of overrides does not know of by itself.
_TAKEN_OUT = ("above_ceiling", "not_resumed")


@dataclass(frozen=True, slots=True)
class Told:
    """A command and one thing that the job told of it."""

    command: Command
    event: CommandEvent


@dataclass(frozen=True, slots=True)
class Turn:
    """From ``step`` on, ``stack`` is in force."""

    step: int
    stack: Stack


def turns_of(told: Iterable[Told], ground: Ground) -> list[Turn]:
    """Replay what was told, in the order told; ``ground`` is what texts of swaps are bound to.

    Where a job went back to an earlier step, what it did from there on the first time is left out.
    """
    turns = [Turn(0, ())]
    for one in told:
        step = one.event.step
        if step is None:
            continue
        if one.event.state == "applied" and one.event.planned:
            before = _until(turns, step)
            try:
                change = begin(before, one.command, step, one.event.planned, ground)
            except OverrideError:
                continue
            turns.append(Turn(step, change.stack))
        elif one.event.state in ("ended", "superseded") and one.event.code in _TAKEN_OUT:
            before = _until(turns, step)
            turns.append(Turn(step, tuple(o for o in before if o.id != one.command.id)))
    _expired(turns, None)
    return _last_of_each(turns)


def _until(turns: list[Turn], step: int) -> Stack:
    """What is in force just before ``step`` turns; drops what was noted for later steps."""
    while turns[-1].step > step:
        turns.pop()
    _expired(turns, step)
    return turns[-1].stack


def _expired(turns: list[Turn], step: int | None) -> None:
    """Note each end that comes by ``step`` (None: at any time)."""
    while True:
        stack = turns[-1].stack
        ends = [o.end for o in stack if o.end is not None and (step is None or o.end <= step)]
        if not ends:
            return
        turns.append(Turn(min(ends), expire(stack, min(ends)).stack))


def _last_of_each(turns: Sequence[Turn]) -> list[Turn]:
    return list({turn.step: turn for turn in turns}.values())
