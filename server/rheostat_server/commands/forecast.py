"""What a command would do: the plan, the effective lr as things stand, and as proposed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rheostat.control.command import Checkpoint, Command, Limits, Pause, Resume, Stop
from rheostat.control.effects import Ground
from rheostat.control.limits import Refusal, check_effect, check_request
from rheostat.control.override import Change, OverrideError, Stack, apply, begin
from rheostat.schedule import Plan
from rheostat_server.models import Forecast, Problem

__all__ = ["InForce", "foresee", "stack_of"]

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]

_WIDTH = 200
_FAR = 2000


@dataclass(frozen=True, slots=True)
class InForce:
    """A command that acts since ``step``, where the plan's lr by group was ``planned``."""

    command: Command
    step: int
    planned: Mapping[str, float]


def stack_of(active: Sequence[InForce], plans: Mapping[str, Plan] | None = None) -> Stack:
    """The overrides that the commands in force, oldest first, amount to.

    Without ``plans`` the schedules of swaps are bound to nothing, so those that need a base are left out.
    """
    stack: Stack = ()
    ground = _ground(plans or {})
    for entry in active:
        try:
            stack = begin(stack, entry.command, entry.step, entry.planned, ground).stack
        except (OverrideError, KeyError):
            continue
    return stack


def foresee(
    command: Command, limits: Limits, plans: Mapping[str, Plan], stack: Stack, step: int
) -> tuple[list[Forecast], Problem | None]:
    """The future of every group under ``command`` from ``step`` on, or which limit forbids it.

    ``plans`` maps every group that has a plan to it.
    """
    start = step if command.at_step is None else max(command.at_step, step)
    planned = {group: plan(start) for group, plan in plans.items()}
    ceiling = _ceiling(limits, plans)
    refusal = check_request(
        command, limits, step=step, groups=tuple(plans), active=len(stack), ceiling=ceiling
    )
    change = None
    if refusal is None:
        tried = _try(command, limits, stack=stack, step=start, planned=planned, ceiling=ceiling, plans=plans)
        if isinstance(tried, Refusal):
            refusal = tried
        else:
            change = tried
    proposed = stack if change is None else change.stack
    xs = _steps(plans, stack, proposed, step, start)
    groups = tuple(plans) if command.groups is None else command.groups
    curves = _curves(plans, stack, proposed, xs, start)
    forecasts = [
        _forecast(group, xs, *(rows[group] for rows in curves)) for group in groups if group in plans
    ]
    problem = None if refusal is None else Problem(code=refusal.code, message=refusal.message)
    return forecasts, problem


def _try(
    command: Command,
    limits: Limits,
    *,
    stack: Stack,
    step: int,
    planned: Mapping[str, float],
    ceiling: float,
    plans: Mapping[str, Plan],
) -> Change | Refusal:
    if isinstance(command.action, Pause | Resume | Checkpoint | Stop):
        return Change(stack)
    return check_effect(
        command,
        limits,
        stack=stack,
        step=step,
        planned=planned,
        ceiling=ceiling,
        ground=_ground(plans),
    )


def _ground(plans: Mapping[str, Plan]) -> Ground:
    """What the text of a swap is bound to, as far as the server knows."""
    bases = {group: plan.base for group, plan in plans.items() if plan.base is not None}
    totals = [plan.total for plan in plans.values() if plan.total is not None]
    return Ground(bases, max(totals, default=None))


def _ceiling(limits: Limits, plans: Mapping[str, Plan]) -> float:
    if limits.max_lr is not None:
        return limits.max_lr
    tops = [plan.analyse().maximum for plan in plans.values() if plan.total is not None]
    return limits.max_ratio * max(tops, default=0.0) if tops else float("inf")


def _steps(plans: Mapping[str, Plan], stack: Stack, proposed: Stack, step: int, start: int) -> Steps:
    totals = [plan.total for plan in plans.values() if plan.total is not None]
    last = max([*totals, start + 2]) if totals else start + _FAR
    bends = {step, start - 1, start, last - 1}
    for override in (*stack, *proposed):
        over = getattr(override.effect, "over", 0)
        edges = [override.start, override.start + over]
        if override.end is not None:
            edges.append(override.end)
        bends.update(edge + offset for edge in edges for offset in (-1, 0))
    sampled = [plan.sample(step, last, _WIDTH)[0] for plan in plans.values()]
    every = np.unique(np.concatenate([*sampled, np.array(sorted(bends), dtype=np.int64)]))
    inside: Steps = every[(every >= step) & (every < last)]
    return inside


def _curves(
    plans: Mapping[str, Plan], stack: Stack, proposed: Stack, xs: Steps, start: int
) -> tuple[dict[str, Floats], dict[str, Floats], dict[str, Floats]]:
    planned = {group: np.asarray(plan(xs), dtype=np.float64) for group, plan in plans.items()}
    present = {group: np.empty(len(xs)) for group in plans}
    after = {group: np.empty(len(xs)) for group in plans}
    for at, step in enumerate(xs.tolist()):
        here = {group: float(values[at]) for group, values in planned.items()}
        now = apply(stack, step, here)
        then = now if step < start else apply(proposed, step, here)
        for group in plans:
            present[group][at], after[group][at] = now[group], then[group]
    return planned, present, after


def _forecast(group: str, xs: Steps, planned: Floats, present: Floats, proposed: Floats) -> Forecast:
    before, after = (float(np.trapezoid(curve, xs)) for curve in (present, proposed))
    return Forecast(
        group=group,
        x=xs.tolist(),
        planned=planned.tolist(),
        present=present.tolist(),
        proposed=proposed.tolist(),
        area_change=after / before - 1.0 if before > 0 else 0.0,
    )
