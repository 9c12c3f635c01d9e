"""The plan of a job: what is known of its future, and, without a scheduler, the hand that follows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from rheostat.agent.accelerated import in_updates
from rheostat.agent.groups import ParamGroup, read_lr, write_lr
from rheostat.wire import Plan as PlanNote

if TYPE_CHECKING:
    from rheostat.schedule import Plan, Schedule

__all__ = ["Driver", "base_lrs", "bind_groups", "highest_lr", "highest_planned", "note_plan"]

CHUNK = 256


class Driver:
    """Writes ``plan(step)`` into the param groups of an optimizer, one plan for each group."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._plans = tuple(plans)
        self._first = 0
        self._ahead: list[list[float]] = [[] for _ in plans]

    def write(self, groups: Sequence[ParamGroup], step: int) -> None:
        """Make ``step`` the step the groups stand at. Groups beyond the bound ones are left alone."""
        at = step - self._first
        if not 0 <= at < len(self._ahead[0]):
            steps = np.arange(step, step + CHUNK)
            self._ahead = [plan(steps).tolist() for plan in self._plans]
            self._first, at = step, 0
        for group, values in zip(groups, self._ahead, strict=False):
            write_lr(group, values[at])


def note_plan(
    schedule: Schedule | None,
    scheduler: object | None,
    groups: Sequence[ParamGroup],
    names: Sequence[str],
    total: int | None,
    *,
    pace: int = 1,
) -> PlanNote:
    """What the server is told of the future: whose the plan is and what binds it.

    ``pace`` is how often the scheduler is stepped an update.
    """
    if schedule is None and pace > 1:
        calls = None if total is None else total * pace
        bases = dict(zip(names, base_lrs(groups), strict=True))
        return in_updates(note_plan(None, scheduler, groups, names, calls), pace, total, bases)
    if scheduler is not None and hasattr(scheduler, "rheostat_plan"):
        note = scheduler.rheostat_plan()
        if isinstance(note, PlanNote):
            return note
    if schedule is not None:
        base = {n: lr for n, lr in zip(names, base_lrs(groups), strict=True) if lr is not None}
        origin: Literal["rheostat", "declared"] = "rheostat" if scheduler is None else "declared"
        return PlanNote(origin=origin, text=str(schedule), total=total, base=base)
    if scheduler is None:
        return PlanNote(origin="none", total=total, why="the job gave neither a scheduler nor a plan")
    return _import(scheduler, names, total)


def bind_groups(
    schedule: Schedule, groups: Sequence[ParamGroup], names: Sequence[str], total: int | None
) -> tuple[Plan, ...]:
    """The plan of each group, its base lr being the one it was made with (kept as torch keeps it).

    Raises:
        BindError: the text leaves open what neither the optimizer nor ``total`` gives.
    """
    bases = base_lrs(groups)
    plans = tuple(
        schedule.bind(base=base, total=total, group=name) for name, base in zip(names, bases, strict=True)
    )
    for group, base in zip(groups, bases, strict=True):
        group.setdefault("initial_lr", base)
    return plans


def highest_planned(note: PlanNote, groups: Sequence[ParamGroup], names: Sequence[str]) -> float:
    """The highest lr the plan described by ``note`` reaches; 0 where that cannot be told."""
    if note.origin == "none":
        return 0.0
    from rheostat.schedule import parse  # noqa: PLC0415

    highest = 0.0
    try:
        schedule = parse(note.text)
        for name, lr in zip(names, base_lrs(groups), strict=True):
            base = note.base.get(name, lr)
            plan = schedule.bind(base=base, total=note.total, epoch=note.epoch, group=name)
            highest = max(highest, plan.analyse().maximum)
    except ValueError:
        return highest
    return highest


def highest_lr(groups: Sequence[ParamGroup]) -> float:
    """The highest lr the groups are known to be meant for."""
    known = [lr for lr in base_lrs(groups) if lr is not None and np.isfinite(lr)]
    return max(known, default=0.0)


def base_lrs(groups: Sequence[ParamGroup]) -> list[float | None]:
    """The lr each group was made with, as torch's schedulers keep it."""
    return [read_lr(group.get("initial_lr", group.get("lr"))) for group in groups]


def _import(scheduler: object, names: Sequence[str], total: int | None) -> PlanNote:
    """Read the job's own scheduler. Whatever goes wrong in it, the job goes on and the page says why."""
    try:
        from rheostat.schedule import from_torch  # noqa: PLC0415

        schedule = from_torch(scheduler, names=names, total=total)
        return PlanNote(origin="imported", text=str(schedule), total=total)
    except Exception as error:
        return PlanNote(origin="none", total=total, why=str(error) or type(error).__name__)
