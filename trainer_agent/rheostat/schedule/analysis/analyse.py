"""What can be said of a plan without drawing it: extremes, breaks, jumps, area, parts and lints."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from rheostat.schedule.curve.arith import Array
from rheostat.schedule.diagnostics import Diagnostic, diagnose
from rheostat.schedule.text.format import label
from rheostat.schedule.tree.nodes import spell

from .area import area
from .sample import drawn

if TYPE_CHECKING:
    from rheostat.schedule.plan import Plan

__all__ = ["Analysis", "Jump", "PlanPart", "analyse"]

# Lists of breaks and jumps stop here; a curve with more is a staircase or a train of cycles.
_MOST = 1000
_COLUMNS = 1000


class Jump(msgspec.Struct, frozen=True):
    """A discontinuity: the lr at the step before, and at the step where it shows."""

    step: int
    before: float
    after: float


class PlanPart(msgspec.Struct, frozen=True):
    """One part on the step axis, with the stretch of text that says it."""

    start: float
    end: float
    line: int
    column: int
    length: int
    label: str


class Analysis(msgspec.Struct, frozen=True):
    """A plan in figures, over steps 0 to total - 1; ``area`` is the sum of the lr over them.

    ``exact_area`` tells whether each step was added; beyond 65,536 steps the area is calculated from fewer.
    """

    total: int
    minimum: float
    maximum: float
    first: float
    last: float
    area: float
    exact_area: bool
    breakpoints: tuple[float, ...]
    jumps: tuple[Jump, ...]
    parts: tuple[PlanPart, ...]
    lints: tuple[Diagnostic, ...]


def analyse(plan: Plan) -> Analysis:
    """Describe a plan up to its total, or where it has none, up to its horizon."""
    total = plan.horizon
    found = plan.curve.marks(0.0, float(total), total / _COLUMNS)
    values = drawn(plan, 0, total, _COLUMNS, found)[1]
    minimum, maximum = float(values.min()), float(values.max())
    marks = np.unique(found)[:_MOST]
    breaks = tuple(float(m) for m in marks)
    jumps = _jumps(plan, marks, total, maximum)
    summed, exact = area(plan, total, breaks)
    last = plan(total - 1)
    lints = (*plan.warnings, *_lints(plan, jumps, total, last))
    return Analysis(
        total, minimum, maximum, plan(0), last, summed, exact, breaks, jumps, _parts(plan, total), lints
    )


def _jumps(plan: Plan, breaks: Array, total: int, peak: float) -> tuple[Jump, ...]:
    steps = np.ceil(breaks)
    inside = (steps > 0) & (steps < total)
    breaks, steps = breaks[inside], steps[inside].astype(np.int64)
    if not len(steps):
        return ()
    here, limit = np.empty(len(breaks)), np.empty(len(breaks))
    plan.curve.fill(breaks, here)
    plan.curve.fill(np.nextafter(breaks, 0.0), limit)
    steps = np.unique(steps[np.abs(here - limit) > 1e-6 * peak])
    sides = zip(steps.tolist(), plan(steps - 1).tolist(), plan(steps).tolist(), strict=True)
    return tuple(Jump(step, before, after) for step, before, after in sides)


def _parts(plan: Plan, total: int) -> tuple[PlanPart, ...]:
    found = []
    for leaf, span in plan.leaves:
        start, end = float(leaf.start), total if leaf.end is None else min(float(leaf.end), total)
        if start < total:
            place = diagnose(plan.text, span, "", "")
            found.append(PlanPart(start, end, place.line, place.column, place.length, label(leaf.node)))
    return tuple(found)


def _lints(plan: Plan, jumps: tuple[Jump, ...], total: int, last: float) -> list[Diagnostic]:
    found = [_jump(plan, jump) for jump in jumps if _is_steep(jump) and _is_joint(plan, jump.step)]
    if plan.total is not None and total > 1 and last == 0.0:
        stopped = _zero_from(plan, total)
        if total - stopped > 1:
            message = f"the lr is 0 from step {stopped} on, {total - stopped} steps before the end"
            found.append(
                _at(plan, stopped, "zero-lr", message, "nothing is learned there: lengthen the last part")
            )
    return found


def _is_steep(jump: Jump) -> bool:
    low, high = sorted((jump.before, jump.after))
    return high > 10 * low * (1 + 1e-9) and low > 0


def _is_joint(plan: Plan, step: int) -> bool:
    """Tell whether a part starts at a step; jumps inside a part are what it was written for."""
    return any(math.ceil(leaf.start) == step for leaf, _ in plan.leaves)


def _jump(plan: Plan, jump: Jump) -> Diagnostic:
    before, after = spell_short(jump.before), spell_short(jump.after)
    message = f"the lr jumps from {before} to {after} at step {jump.step}"
    return _at(plan, jump.step, "jump", message, "start the part where the one before ends")


def _zero_from(plan: Plan, total: int) -> int:
    """Return the first step of the zeros at the end: at a break, since smooth parts reach 0 only there."""
    start = total - 1
    for leaf, _ in reversed(plan.leaves):
        for at in (leaf.end, leaf.start):
            step = math.ceil(at) if at is not None else total
            if step < start and plan(step) == 0.0 and plan((step + start) // 2) == 0.0:
                start = step
    return start


def _at(plan: Plan, step: int, code: str, message: str, suggestion: str) -> Diagnostic:
    inside = [span for leaf, span in plan.leaves if leaf.start <= step]
    if not inside:
        return Diagnostic("warning", 1, 1, 0, code, message, suggestion)
    return diagnose(plan.text, inside[-1], code, message, suggestion=suggestion, severity="warning")


def spell_short(value: float) -> str:
    """Spell a value for a message: three digits."""
    return spell(float(f"{value:.3g}"))
