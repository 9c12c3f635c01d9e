"""What can be said of a plan without drawing it: extremes, breaks, jumps, area, parts and lints."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from rheostat.schedule.curve.arith import Array
from rheostat.schedule.diagnostics import Diagnostic, Span, diagnose
from rheostat.schedule.text.format import label

from .area import areas
from .doubts import doubts
from .jump import Jump
from .sample import drawn

if TYPE_CHECKING:
    from rheostat.schedule.binding.bound import Leaf
    from rheostat.schedule.plan import Plan

__all__ = ["Analysis", "Jump", "PlanPart", "analyse"]

# Lists of breaks and jumps stop here; a curve with more is a staircase or a train of cycles.
_MOST = 1000
_COLUMNS = 1000


class PlanPart(msgspec.Struct, frozen=True):
    """One part on the step axis, with the stretch of text that says it.

    ``area`` is the sum of the lr over its steps, ``share`` that as a share of the whole plan's (0 to 1).
    """

    start: float
    end: float
    line: int
    column: int
    length: int
    label: str
    area: float
    share: float


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
    leaves = [(leaf, span, _steps(leaf, total)) for leaf, span in plan.leaves if leaf.start < total]
    summed, exact, shares = areas(plan, total, breaks, [steps for _, _, steps in leaves])
    parts = tuple(
        _part(plan, leaf, span, total, (each, summed))
        for (leaf, span, _), each in zip(leaves, shares, strict=True)
    )
    last = plan(total - 1)
    lints = (*plan.warnings, *doubts(plan, jumps, total))
    return Analysis(total, minimum, maximum, plan(0), last, summed, exact, breaks, jumps, parts, lints)


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


def _steps(leaf: Leaf, total: int) -> tuple[int, int]:
    """The whole steps that a part covers, within the run."""
    end = total if leaf.end is None else min(math.ceil(leaf.end), total)
    return min(math.ceil(leaf.start), end), end


def _part(plan: Plan, leaf: Leaf, span: Span, total: int, areas: tuple[float, float]) -> PlanPart:
    area, whole = areas
    end = total if leaf.end is None else min(float(leaf.end), total)
    place = diagnose(plan.text, span, "", "")
    return PlanPart(
        start=float(leaf.start),
        end=end,
        line=place.line,
        column=place.column,
        length=place.length,
        label=label(leaf.node),
        area=area,
        share=area / whole if whole else 0.0,
    )
