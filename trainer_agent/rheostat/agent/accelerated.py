"""Accelerate: how often what its ``prepare`` returned is stepped for each update, and the plan in updates."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from rheostat.wire import Plan as PlanNote

__all__ = ["faster", "in_updates", "steps_per_update", "unwrap_scheduler"]

CHECKED = 4096
"""Steps from the first that are compared, beside those around each break of the curve."""


def unwrap_scheduler(scheduler: object | None) -> object | None:
    """The scheduler inside the one that Accelerate's ``prepare`` returns; any other as it is."""
    while scheduler is not None and type(scheduler).__module__.partition(".")[0] == "accelerate":
        scheduler = getattr(scheduler, "scheduler", None)
    return scheduler


def steps_per_update(scheduler: object | None) -> int:
    """How often Accelerate steps what its ``prepare`` returned for each update; 1 for all else."""
    module = sys.modules.get("accelerate.scheduler")
    if module is None or not isinstance(scheduler, module.AcceleratedScheduler):
        return 1
    if scheduler.split_batches or not scheduler.step_with_optimizer:
        return 1
    return int(sys.modules["accelerate.state"].AcceleratorState().num_processes)


def faster(pace: int) -> str:
    """What to tell of a schedule of ours that is stepped ``pace`` times an update."""
    return (
        f"Accelerate steps this schedule {pace} times an update, so it runs {pace} times as fast as its text "
        "says; to have it count updates, write scheduler.split_batches = True after accelerator.prepare"
    )


def in_updates(note: PlanNote, pace: int, total: int | None, bases: Mapping[str, float | None]) -> PlanNote:
    """The plan of a scheduler that is stepped ``pace`` times an update, its text counting updates.

    ``note`` counts steps of the scheduler, ``total`` updates; ``bases`` has the base lr of each group.
    The text is compared with the plan it is made from; where they part, nothing is drawn.
    """
    from rheostat.schedule import Schedule, parse  # noqa: PLC0415
    from rheostat.schedule.tree.pace import paced  # noqa: PLC0415

    if note.origin == "none":
        return msgspec.structs.replace(note, total=total)
    try:
        schedule = parse(note.text)
        ours = Schedule.of(paced(schedule.program, pace))
        ends = _divided(note.total, pace)
        found = PlanNote(
            origin="imported", text=str(ours), total=ends, epoch=_divided(note.epoch, pace), base=note.base
        )
        for name, base in bases.items():
            lr = note.base.get(name, base)
            theirs = schedule.bind(base=lr, total=note.total, epoch=note.epoch, group=name)
            mine = ours.bind(base=lr, total=found.total, epoch=found.epoch, group=name)
            _compare(theirs, mine, pace, ends)
    except ValueError as error:
        why = f"Accelerate steps the scheduler {pace} times an update, and {error}; give plan= for the eye"
        return PlanNote(origin="none", total=total, why=why)
    return found


def _compare(theirs: Any, mine: Any, pace: int, total: int | None) -> None:
    around = np.array(mine.analyse().breakpoints)[:CHECKED, None] + np.arange(-1.0, 3.0)
    steps = np.union1d(np.arange(CHECKED), np.floor(around[around >= 1])).astype(np.int64)
    steps = steps[steps < (total or CHECKED)]
    wanted, got = theirs(steps * pace), mine(steps)
    apart = np.flatnonzero(~(np.abs(got - wanted) <= 1e-9 * wanted.max(initial=0.0)))
    if apart.size:
        raise ValueError(f"at step {steps[apart[0]]} its curve is not met by a text that counts updates")


def _divided(steps: int | None, pace: int) -> int | None:
    """The steps in updates, a last one that is not whole counted too."""
    return None if steps is None else -(-steps // pace)
