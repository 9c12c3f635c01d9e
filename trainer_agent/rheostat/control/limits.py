"""Limits: what a command may not do. A violation is refused with its reason, never clamped."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

import msgspec

from rheostat.control.command import (
    Checkpoint,
    Command,
    Freeze,
    Hold,
    Limits,
    Pause,
    Ramp,
    Release,
    Resume,
    Scale,
    Stop,
    Swap,
)
from rheostat.control.effects import Effect, Followed, Ground
from rheostat.control.override import NO_GROUND, Change, OverrideError, Stack, apply, begin, last_step

__all__ = ["Refusal", "check_effect", "check_request", "within"]


class Refusal(msgspec.Struct, frozen=True):
    """Why a command is not obeyed: a code for programs, a sentence for people."""

    code: str
    message: str


def check_request(
    command: Command,
    limits: Limits,
    *,
    step: int,
    groups: Sequence[str],
    active: int,
    ceiling: float,
    local: bool = False,
) -> Refusal | None:
    """Check all of ``command`` that needs no lr but its own: kind, numbers, groups, steps, ceiling.

    ``step`` is the next step to be taken, ``groups`` the groups that have an lr, ``active`` how many
    overrides are in force or waiting, ``ceiling`` the highest lr allowed. ``local``: the job itself asks,
    which may ask for every kind.
    """
    kind = _kind(command)
    if kind not in limits.kinds and not local:
        return Refusal(
            "kind_not_allowed", f"{kind} is not allowed in this job; allowed: {', '.join(limits.kinds)}"
        )
    if isinstance(command.action, Pause | Resume | Checkpoint | Stop):
        return _check_steps(command, step)
    return (
        _check_numbers(command, ceiling)
        or _check_groups(command, groups)
        or _check_steps(command, step)
        or _check_count(command, limits, active)
    )


def check_effect(
    command: Command,
    limits: Limits,
    *,
    stack: Stack,
    step: int,
    planned: Mapping[str, float],
    ceiling: float,
    ground: Ground = NO_GROUND,
) -> Change | Refusal:
    """Try ``command`` on ``stack`` at ``step``; refuse if an lr it leads to breaks a limit.

    ``planned`` maps group to the plan's lr at ``step``; ``ground`` is what a swap's text is bound to.
    """
    try:
        change = begin(stack, command, step, planned, ground)
    except OverrideError as error:
        return Refusal(error.code, str(error))
    if isinstance(command.action, Release | Freeze):
        return change
    refusal = _check_course(change.stack[-1].effect, command.groups or planned, ceiling)
    if refusal is not None:
        return refusal
    present = apply(stack, step, planned)
    for at in _telling_steps(command, step):
        proposed = apply(change.stack, at, planned)
        for group in planned if command.groups is None else command.groups:
            refusal = _check_lr(group, proposed[group], planned[group], limits, ceiling)
            if refusal is None and not command.confirmed:
                refusal = _check_change(group, proposed[group], present[group], limits)
            if refusal is not None:
                return refusal
    return change


def within(effective: Mapping[str, float], planned: Mapping[str, float], ceiling: float) -> bool:
    """Whether no override lifts an lr above ``ceiling`` or makes it no number; the plan itself may."""
    for group, value in effective.items():
        plan = planned[group]
        if value is not plan and not (0.0 <= value <= max(ceiling, plan)):
            return False
    return True


def _kind(command: Command) -> str:
    return str(command.action.__struct_config__.tag)


def _check_numbers(command: Command, ceiling: float) -> Refusal | None:
    action = command.action
    rates: tuple[float | None, ...] = ()
    if isinstance(action, Hold):
        rates = (action.value,)
    elif isinstance(action, Ramp):
        rates = (action.value, action.start)
        if action.over < 1:
            return Refusal("malformed", f"ramp over {action.over} steps; expected 1 or more")
    elif isinstance(action, Scale):
        if not (math.isfinite(action.factor) and action.factor >= 0.0):
            return Refusal("not_a_rate", f"factor {action.factor} is no finite number of 0 or above")
    elif isinstance(action, Release):
        if action.over < 0:
            return Refusal("malformed", f"release over {action.over} steps; expected 0 or more")
    elif not isinstance(action, Swap | Freeze | Pause | Resume | Checkpoint | Stop):
        assert_never(action)
    for rate in rates:
        if rate is None:
            continue
        if not (math.isfinite(rate) and rate >= 0.0):
            return Refusal("not_a_rate", f"lr {rate} is no finite number of 0 or above")
        if rate > ceiling:
            return Refusal("above_ceiling", f"lr {rate:g} is above this job's ceiling of {ceiling:g}")
    return None


def _check_groups(command: Command, groups: Sequence[str]) -> Refusal | None:
    if not groups:
        return Refusal("no_lr", "no param group of this job has an lr to change")
    if command.groups is None:
        return None
    if not command.groups:
        return Refusal("malformed", "an empty list of groups; leave it out to mean all")
    for name in command.groups:
        if name not in groups:
            near = difflib.get_close_matches(name, groups, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(groups)}"
            return Refusal("unknown_group", f"no param group {name!r} with an lr{hint}")
    if len(set(command.groups)) != len(command.groups):
        return Refusal("malformed", "a group is named twice")
    return None


def _check_steps(command: Command, step: int) -> Refusal | None:
    start = step if command.at_step is None else command.at_step
    if start < step:
        return Refusal("step_passed", f"step {start} has passed; the next is {step}")
    if command.for_steps is not None and command.until_step is not None:
        return Refusal("malformed", "for_steps and until_step were both given; expected at most one")
    if command.for_steps is not None and command.for_steps < 1:
        return Refusal("malformed", f"for {command.for_steps} steps; expected 1 or more")
    end = last_step(command, start)
    if end is not None and end <= start:
        return Refusal("ends_before_start", f"it would end at step {end}, before it begins at step {start}")
    return None


def _check_count(command: Command, limits: Limits, active: int) -> Refusal | None:
    if isinstance(command.action, Release) or active < limits.max_active:
        return None
    return Refusal(
        "too_many_active", f"{active} overrides are in force or waiting, the most allowed; release first"
    )


def _check_lr(group: str, value: float, planned: float, limits: Limits, ceiling: float) -> Refusal | None:
    if not (math.isfinite(value) and value >= 0.0):
        return Refusal("not_a_rate", f"group {group!r} would get lr {value}")
    if value > ceiling:
        return Refusal(
            "above_ceiling",
            f"group {group!r} would get lr {value:g}, above this job's ceiling of {ceiling:g}",
        )
    if planned > 0.0 and value > planned * limits.max_ratio:
        return Refusal(
            "above_ratio",
            f"group {group!r} would get lr {value:g}, {value / planned:.3g} times the plan's {planned:g}; "
            f"at most {limits.max_ratio:g} times is allowed",
        )
    return None


def _check_course(effect: Effect, groups: Iterable[str], ceiling: float) -> Refusal | None:
    """Refuse a schedule that leads above the ceiling at any step."""
    if not isinstance(effect, Followed):
        return None
    for group in groups:
        highest = effect.highest(group)
        if not highest <= ceiling:
            return Refusal(
                "above_ceiling",
                f"the schedule leads group {group!r} up to lr {highest:g}, above this job's ceiling of "
                f"{ceiling:g}",
            )
    return None


def _check_change(group: str, value: float, present: float, limits: Limits) -> Refusal | None:
    if present in (0.0, value):
        return None
    change = math.inf if value == 0.0 else max(value / present, present / value)
    if change <= limits.max_change * (1.0 + 1e-12):
        return None
    return Refusal(
        "unconfirmed_change",
        f"group {group!r} would go from lr {present:g} to {value:g}, a change of more than "
        f"{limits.max_change:g} times; confirm it if it is meant",
    )


def _telling_steps(command: Command, start: int) -> tuple[int, ...]:
    """The steps at which a command shows its extremes, were the plan to stand still."""
    if not isinstance(command.action, Ramp):
        return (start,)
    end = last_step(command, start)
    last = start + command.action.over
    return (start, last if end is None else min(last, end - 1))
