"""Traces of a metric to try a plateau on: typed values, a CSV, or a decay made up. Pure."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rheostat.schedule import Plan

__all__ = ["MAX_POINTS", "Trace", "TraceError", "decay", "follow", "read_csv", "read_values", "watched"]

MAX_POINTS = 200_000
_STEP = "step"
_NOISE_SEED = 0

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]


class TraceError(ValueError):
    """A trace that cannot be read: what is wrong, where, and what was expected."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Values by metric, each known at the ascending ``steps``; one under the name "" is for any metric."""

    steps: Steps
    metrics: dict[str, Floats]

    def of(self, names: Collection[str]) -> dict[str, Floats]:
        """The values of each of ``names``. Raises TraceError for one that the trace does not have."""
        return {name: self._one(name) for name in names}

    def _one(self, name: str) -> Floats:
        found = self.metrics.get(name, self.metrics.get(""))
        if found is None:
            given = ", ".join(self.metrics)
            raise TraceError(f"the trace has no values of '{name}': it has {given}")
        return found


def watched(plan: Plan) -> tuple[str, ...]:
    """The metrics that the plateaus of a plan watch."""
    return tuple(dict.fromkeys(watch.node.metric for watch in plan.watches))


def follow(plan: Plan, trace: Trace) -> Plan:
    """The plan with the drops that a trace causes. Raises TraceError for a metric that the trace lacks."""
    names = watched(plan)
    return plan.replay(plan.record(trace.of(names), trace.steps)) if names else plan


def read_values(values: Sequence[float | None], every: int, first: int = 0) -> Trace:
    """Values of any metric, one at ``first`` and one each ``every`` steps; None stands for no number."""
    if not values:
        raise TraceError("the trace is empty: expected at least one value")
    found = np.array([math.nan if value is None else value for value in values], dtype=np.float64)
    return Trace(first + every * np.arange(len(found), dtype=np.int64), {"": found})


def decay(total: int, *, every: int, start: float, floor: float, share: float, noise: float) -> Trace:
    """A loss that halves its distance to ``floor`` again and again, every ``share`` of the run.

    One value each ``every`` steps. ``noise`` is the standard deviation of what is added to each value, as a
    share of ``start - floor``; the same noise every time.
    """
    if total // every > MAX_POINTS:
        raise TraceError(f"{total // every:,} values are too many: expected at most {MAX_POINTS:,}")
    steps = np.arange(0, total, every, dtype=np.int64)
    fall = floor + (start - floor) * np.exp2(-steps / (share * total))
    jitter = np.random.default_rng(_NOISE_SEED).normal(size=len(steps)) * noise * (start - floor)
    return Trace(steps, {"": fall + jitter})


def read_csv(text: str, every: int = 1, first: int = 0) -> Trace:
    """Columns of numbers under their names; a column ``step`` says when each row was known.

    Without it, rows follow each other every ``every`` steps from ``first``. A single column of numbers needs
    no name, and is for any metric. An empty cell, as ``nan``, is no number. Raises TraceError.
    """
    rows = [
        row for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) if any(cell.strip() for cell in row)
    ]
    if not rows:
        raise TraceError("the CSV is empty: expected a row of names and rows of numbers")
    if len(rows) > MAX_POINTS:
        raise TraceError(f"the CSV has {len(rows):,} rows: expected at most {MAX_POINTS:,}")
    names = _names([cell.strip() for cell in rows[0]])
    named = _is_header(rows[0])
    if len(rows) == named:
        raise TraceError("the CSV has names but no numbers")
    cells = [_cells(row, len(names), at) for at, row in enumerate(rows, 1) if at > named]
    table = np.array(cells, dtype=np.float64)
    columns = {name: table[:, at] for at, name in enumerate(names)}
    steps = columns.pop(_STEP, None)
    if not columns:
        raise TraceError("the CSV has steps but no metric: expected a second column")
    if steps is None:
        return Trace(first + every * np.arange(len(table), dtype=np.int64), columns)
    return Trace(_whole(steps), columns)


def _is_header(row: Sequence[str]) -> bool:
    return any(_number(cell) is None for cell in row)


def _names(head: Sequence[str]) -> list[str]:
    if _is_header(head):
        if len(set(head)) < len(head):
            raise TraceError(f"row 1 names a column twice: {', '.join(head)}")
        return list(head)
    if len(head) > 2:
        raise TraceError(
            f"{len(head)} columns without names: expected names in the first row, as step,val_loss"
        )
    return [_STEP, ""][2 - len(head) :]


def _cells(row: list[str], count: int, number: int) -> list[float]:
    if len(row) != count:
        raise TraceError(f"row {number} has {len(row)} cells: expected {count}")
    found = [_number(cell) for cell in row]
    for cell, value in zip(row, found, strict=True):
        if value is None:
            raise TraceError(f"row {number} has {cell.strip()!r}: expected a number")
    return [value for value in found if value is not None]


def _number(cell: str) -> float | None:
    if not cell.strip():
        return math.nan
    try:
        return float(cell)
    except ValueError:
        return None


def _whole(steps: Floats) -> Steps:
    wrong = np.flatnonzero(~((steps >= 0) & (steps < 2**53) & (steps == np.floor(steps))))
    if len(wrong):
        raise TraceError(f"step {steps[wrong[0]]:g} is no step: expected whole numbers from 0")
    found = steps.astype(np.int64)
    down = np.flatnonzero(np.diff(found) < 0)
    if len(down):
        raise TraceError(
            f"step {found[down[0] + 1]} comes after step {found[down[0]]}: expected them in order"
        )
    return found
