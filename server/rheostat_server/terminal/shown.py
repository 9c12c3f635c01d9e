"""A group's curve as the command line shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rheostat.schedule import Analysis, Plan
from rheostat.schedule.drawing.svg import Line

__all__ = ["At", "Shown", "show"]

At = Callable[[npt.NDArray[np.integer]], npt.NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan, its curve as drawn, what is said of it, and its lr at any steps."""

    plan: Plan
    line: Line
    analysis: Analysis
    at: At


def show(plan: Plan, width: int) -> Shown:
    """Sample a plan up to its horizon for ``width`` columns."""
    return Shown(plan, Line(plan.group or "lr", *plan.sample(0, plan.horizon, width)), plan.analyse(), plan)
