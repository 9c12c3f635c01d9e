"""Effects: what one override makes of the lr beneath it, as pure arithmetic in float64."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, assert_never

import msgspec

from rheostat.control.command import Shape, Swap

if TYPE_CHECKING:
    from rheostat.schedule import Plan

__all__ = ["Effect", "Faded", "Followed", "Glided", "Ground", "OverrideError", "Scaled", "bend", "follow"]


class OverrideError(Exception):
    """A command that has no meaning where it was to begin."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Ground(msgspec.Struct, frozen=True):
    """What a schedule text is bound to in this job: base lr by group, length and epoch in steps."""

    bases: dict[str, float] = {}
    total: int | None = None
    epoch: int | None = None


class Scaled(msgspec.Struct, frozen=True, tag="scaled"):
    """Multiply what lies beneath."""

    factor: float


class Glided(msgspec.Struct, frozen=True, tag="glided"):
    """Go from ``origins`` to ``targets`` (lr by group) in ``over`` steps, then stay; a hold is ``over`` 0."""

    origins: dict[str, float]
    targets: dict[str, float]
    over: int
    shape: Shape = "linear"


class Faded(msgspec.Struct, frozen=True, tag="faded"):
    """Go from ``origins`` (lr by group) to the plan in ``over`` steps, then follow the plan."""

    origins: dict[str, float]
    over: int


class Followed(msgspec.Struct, frozen=True, tag="followed"):
    """Follow ``schedule``, its step 0 being step ``first`` of the job, times a factor by group."""

    schedule: str
    ground: Ground
    first: int
    factors: dict[str, float]

    def plan(self, group: str) -> Plan:
        """The plan that the schedule makes for a group."""
        ground = self.ground
        return _bind(self.schedule, ground.bases.get(group), ground.total, ground.epoch, group)

    def highest(self, group: str) -> float:
        """The highest lr it leads a group to at any step."""
        return self.plan(group).analyse().maximum * self.factors[group]


Effect = Scaled | Glided | Faded | Followed


def bend(effect: Effect, group: str, *, step: int, age: int, beneath: float, planned: float) -> float:
    """The lr of ``group`` at ``step``, ``age`` steps after the override began."""
    if isinstance(effect, Scaled):
        return beneath * effect.factor
    if isinstance(effect, Followed):
        return effect.plan(group)(step - effect.first) * effect.factors[group]
    if not isinstance(effect, Glided | Faded):
        assert_never(effect)
    target = planned if isinstance(effect, Faded) else effect.targets[group]
    if age >= effect.over:
        return target
    origin = effect.origins[group]
    if isinstance(effect, Glided) and effect.shape == "log":
        from rheostat.schedule.curve.operations import raised  # noqa: PLC0415

        # The power of the language, so that the schedule of what really ran is the same to the bit.
        return origin * raised(target / origin, age / effect.over)
    return origin + (target - origin) * (age / effect.over)


def follow(action: Swap, ground: Ground, step: int, present: Mapping[str, float]) -> Followed:
    """The effect of a swap that begins at ``step``, where the effective lr by group is ``present``.

    Raises:
        OverrideError: the text does not parse or bind here, waits for what happens in the run, or cannot be
            made continuous, being 0 where it begins.
    """
    first = step if action.from_here else 0
    effect = Followed(action.schedule, ground, first, dict.fromkeys(present, 1.0))
    for group, lr in present.items():
        try:
            plan = effect.plan(group)
        except ValueError as error:
            raise OverrideError("bad_schedule", f"the schedule does not fit this job: {error}") from None
        if plan.watches or plan.cues:
            raise OverrideError(
                "bad_schedule", "the schedule waits for a metric or a cue; a swap cannot follow such a one"
            )
        if action.continuous:
            begins = plan(step - first)
            if begins == 0.0 and lr != 0.0:
                raise OverrideError(
                    "not_continuous",
                    f"the schedule is 0 at step {step}, so it cannot begin at lr {lr:g} of group {group!r}",
                )
            effect.factors[group] = 1.0 if begins == lr else lr / begins
    return effect


@lru_cache(maxsize=1024)
def _bind(text: str, base: float | None, total: int | None, epoch: int | None, group: str) -> Plan:
    from rheostat.schedule import parse  # noqa: PLC0415

    return parse(text).bind(base=base, total=total, epoch=epoch, group=group)
