"""Schedules bound for the eye: every group, with told stand-ins for what nobody said yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rheostat.schedule.diagnostics import BindError

from .ticks import spell_lr

if TYPE_CHECKING:
    from rheostat.schedule.plan import Plan
    from rheostat.schedule.program import Schedule

__all__ = ["STAND_INS", "Given", "Sketch", "sketch"]

STAND_INS = {"base": 1e-3, "total": 10_000, "epoch": 100}
"""What a curve is drawn with where neither the text nor the caller says it."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a run would supply; see `Schedule.bind`. Without ``group``, every group of the text."""

    base: float | None = None
    total: int | None = None
    epoch: float | None = None
    step_tokens: float | None = None
    group: str | None = None

    def filled(self, assumed: Mapping[str, float]) -> Given:
        """Return the same with stand-ins for what is missing."""
        total = self.total if self.total is not None else assumed.get("total")
        return Given(
            base=self.base if self.base is not None else assumed.get("base"),
            total=None if total is None else int(total),
            epoch=self.epoch if self.epoch is not None else assumed.get("epoch"),
            step_tokens=self.step_tokens,
            group=self.group,
        )


@dataclass(frozen=True, slots=True)
class Sketch:
    """The plans of a schedule, one a group, and the stand-ins they were bound with."""

    plans: tuple[Plan, ...]
    assumed: dict[str, float]

    def __str__(self) -> str:
        """Say what was assumed: ``base 1e-3, total 10,000``; empty where nothing was."""
        return ", ".join(
            f"{name} {spell_lr(value) if name == 'base' else f'{value:,.0f}'}"
            for name, value in self.assumed.items()
        )


def sketch(schedule: Schedule, given: Given) -> Sketch:
    """Bind every group of a schedule. Raises BindError for what has no stand-in, and for real faults."""
    groups = schedule.groups if given.group is None else ()
    assumed: dict[str, float] = {}
    plans = tuple(_bind(schedule, given, group, assumed) for group in groups or (given.group,))
    return Sketch(plans, {name: value for name in STAND_INS if (value := assumed.get(name)) is not None})


def _bind(schedule: Schedule, given: Given, group: str | None, assumed: dict[str, float]) -> Plan:
    while True:
        run = given.filled(assumed)
        try:
            return schedule.bind(run.base, run.total, run.epoch, run.step_tokens, group)
        except BindError as error:
            missing = [name for name in error.missing if name in STAND_INS and name not in assumed]
            if not missing:
                raise
            assumed.update({name: STAND_INS[name] for name in missing})
