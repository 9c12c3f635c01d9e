"""Overrides: the layer of holds, scales and ramps that lies over a plan, as pure arithmetic in float64."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import assert_never

import msgspec

from rheostat.control.command import (
    Checkpoint,
    Command,
    Freeze,
    Hold,
    Pause,
    Ramp,
    Release,
    Resume,
    Scale,
    Stop,
    Swap,
)
from rheostat.control.effects import Effect, Faded, Glided, Ground, OverrideError, Scaled, bend, follow

__all__ = [
    "NO_GROUND",
    "Change",
    "Ended",
    "Override",
    "OverrideError",
    "Stack",
    "apply",
    "begin",
    "expire",
    "finite",
]


NO_GROUND = Ground()


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """A command in force: it acts on ``groups`` at the steps ``start <= step < end`` (None: no end)."""

    id: str
    groups: tuple[str, ...]
    start: int
    end: int | None
    effect: Effect


Stack = tuple[Override, ...]
"""Overrides in force, oldest first: each bends what those before it made of the plan."""


class Ended(msgspec.Struct, frozen=True):
    """An override that is no longer in force, and why."""

    id: str
    code: str
    message: str


class Change(msgspec.Struct, frozen=True):
    """What became of the stack, and which overrides left it."""

    stack: Stack
    ended: tuple[Ended, ...] = ()


def apply(stack: Stack, step: int, planned: Mapping[str, float]) -> dict[str, float]:
    """The effective lr by group at ``step``: scales multiply, a hold or ramp hides what is beneath it.

    Groups that ``planned`` (lr by group) lacks are left out; untouched groups keep the plan's very value.
    """
    result = dict(planned)
    for override in stack:
        if override.start <= step and (override.end is None or step < override.end):
            age = step - override.start
            for group in override.groups:
                if group in result:
                    beneath, plan = result[group], planned[group]
                    result[group] = bend(
                        override.effect, group, step=step, age=age, beneath=beneath, planned=plan
                    )
    return result


def begin(
    stack: Stack, command: Command, step: int, planned: Mapping[str, float], ground: Ground = NO_GROUND
) -> Change:
    """Put ``command`` in force from ``step`` on, where the plan's lr by group is ``planned``.

    ``ground`` is what the text of a swap is bound to.

    Raises:
        OverrideError: a ratio between groups cannot be kept (the plan of the first is 0), or a swap does not
            fit, or a ramp by ratios would begin or end at 0.
    """
    groups = tuple(planned) if command.groups is None else command.groups
    present = apply(stack, step, planned)
    action = command.action
    if isinstance(action, Release):
        return _release(stack, command, action.over, step, {g: present[g] for g in groups})
    effect: Effect
    if isinstance(action, Scale):
        effect = Scaled(float(action.factor))
    elif isinstance(action, Hold):
        held = _spread(action.value, groups, planned, command.keep_ratio)
        effect = Glided(held, held, 0)
    elif isinstance(action, Ramp):
        targets = _spread(action.value, groups, planned, command.keep_ratio)
        origins = {g: present[g] for g in groups}
        if action.start is not None:
            origins = _spread(action.start, groups, planned, command.keep_ratio)
        if action.shape == "log":
            _check_ratios(origins, targets)
        effect = Glided(origins, targets, action.over, action.shape)
    elif isinstance(action, Swap):
        effect = follow(action, ground, step, {g: present[g] for g in groups})
    elif isinstance(action, Freeze):
        still = dict.fromkeys(groups, 0.0)
        effect = Glided(still, still, 0)
    elif isinstance(action, Pause | Resume | Checkpoint | Stop):
        raise OverrideError("no_override", "this command is for the job, not for its lr")
    else:
        assert_never(action)
    end = last_step(command, step)
    override = Override(id=command.id, groups=groups, start=step, end=end, effect=effect)
    if isinstance(effect, Scaled):
        return Change((*stack, override))
    return _cover(stack, override)


def expire(stack: Stack, step: int) -> Change:
    """Take out the overrides whose end ``step`` has reached."""
    over = tuple(o for o in stack if o.end is not None and o.end <= step)
    if not over:
        return Change(stack)
    ended = tuple(Ended(o.id, "done", f"acted up to step {(o.end or step) - 1}") for o in over)
    return Change(tuple(o for o in stack if o not in over), ended)


def last_step(command: Command, start: int) -> int | None:
    """The first step on which ``command``, begun at ``start``, no longer acts (None: until released)."""
    return start + command.for_steps if command.for_steps is not None else command.until_step


def finite(values: Mapping[str, float]) -> bool:
    """Whether every lr is a finite number of 0 or above."""
    return all(math.isfinite(v) and v >= 0.0 for v in values.values())


def _spread(
    value: float, groups: tuple[str, ...], planned: Mapping[str, float], keep_ratio: bool
) -> dict[str, float]:
    value = float(value)
    if not keep_ratio or len(groups) == 1:
        return dict.fromkeys(groups, value)
    first = planned[groups[0]]
    if first == 0.0:
        raise OverrideError(
            "no_ratio",
            f"the plan of group {groups[0]!r} is 0 here, so the ratio of the others to it is not known; "
            "turn keep_ratio off, or begin at a later step",
        )
    return {g: value * (planned[g] / first) for g in groups}


def _check_ratios(origins: Mapping[str, float], targets: Mapping[str, float]) -> None:
    """Refuse to go by equal ratios from or to 0."""
    for group, origin in origins.items():
        if origin == 0.0 or targets[group] == 0.0:
            raise OverrideError(
                "no_log_ramp",
                f"group {group!r} would go from lr {origin:g} to {targets[group]:g}, and 0 cannot be reached "
                "or left by equal ratios; ramp linearly",
            )


def _cover(stack: Stack, override: Override) -> Change:
    """Put a hold or ramp on top; what it hides for the rest of its life is over."""
    hidden = tuple(o for o in stack if _hides(override, o))
    ended = tuple(Ended(o.id, "superseded", f"hidden by {override.id}") for o in hidden)
    return Change((*(o for o in stack if o not in hidden), override), ended)


def _hides(upper: Override, lower: Override) -> bool:
    outlives = upper.end is None or (lower.end is not None and lower.end <= upper.end)
    return outlives and set(lower.groups) <= set(upper.groups)


def _release(stack: Stack, command: Command, over: int, step: int, present: dict[str, float]) -> Change:
    """Back to the plan: for good, or with an end on the command, only until then."""
    end = last_step(command, step)
    fade = Override(
        id=command.id,
        groups=tuple(present),
        start=step,
        end=step + over if end is None else end,
        effect=Faded(present, over),
    )
    if end is not None:
        return Change((*stack, fade))
    kept: list[Override] = []
    ended: list[Ended] = []
    for override in stack:
        left = tuple(g for g in override.groups if g not in present)
        if left:
            kept.append(msgspec.structs.replace(override, groups=left))
        else:
            ended.append(Ended(override.id, "released", f"released by {command.id}"))
    if over > 0:
        kept.append(fade)
    return Change(tuple(kept), tuple(ended))
