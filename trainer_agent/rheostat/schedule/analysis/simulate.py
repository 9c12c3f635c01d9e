"""What a trace of metrics would do to a plan: plateaus and cues as events, then the curve with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rheostat.schedule.curve.arith import Array
from rheostat.schedule.events import CueEvent, DropEvent, Tape

from .plateau import Plateau

if TYPE_CHECKING:
    from rheostat.schedule.binding.bound import Watch
    from rheostat.schedule.plan import At, Metrics, Plan

__all__ = ["record", "simulate"]

Whole = npt.NDArray[np.int64]


def record(plan: Plan, metrics: Metrics, steps: At = None, cues: Mapping[str, int] | None = None) -> Tape:
    """Return the events a trace would cause; see `Plan.record`."""
    at = _steps(metrics, steps)
    tape = plan.tape.add(*(CueEvent(int(step), name) for name, step in (cues or {}).items()))
    # Where cues have come, other plateaus are awake.
    watches = plan.replay(tape).watches if cues else plan.watches
    traces = {watch.number: _trace(watch, metrics, at) for watch in watches}
    drops = [drop for watch in watches for drop in _drops(watch, traces[watch.number], at)]
    return tape.add(*(drop for drop in dict.fromkeys(drops) if drop not in tape.events))


def simulate(plan: Plan, metrics: Metrics, steps: At = None, cues: Mapping[str, int] | None = None) -> Array:
    """Return the lr at each step of a trace; see `Plan.simulate`."""
    return plan.replay(record(plan, metrics, steps, cues))(_steps(metrics, steps))


def _steps(metrics: Metrics, steps: At) -> Whole:
    if steps is None:
        lengths = [len(np.asarray(values)) for values in metrics.values()]
        return np.arange(max(lengths, default=0), dtype=np.int64)
    found = np.asarray(steps)
    if found.ndim != 1 or found.dtype.kind not in "iu" or (found[:1] < 0).any():
        raise ValueError(f"steps are whole numbers from 0 in one row, got {found.dtype} of {found.shape}")
    if (np.diff(found.astype(np.int64)) < 0).any():
        raise ValueError("steps must ascend")
    return found.astype(np.int64)


def _trace(watch: Watch, metrics: Metrics, steps: Whole) -> Array:
    name = watch.node.metric
    if name not in metrics:
        given = ", ".join(metrics) or "none"
        raise ValueError(f"plateau watches {name!r}: expected its values, got {given}")
    values = np.asarray(metrics[name], dtype=np.float64)
    if values.shape != steps.shape:
        raise ValueError(f"expected {len(steps)} values of {name!r}, one for each step, got {values.shape}")
    return values


def _drops(watch: Watch, values: Array, steps: Whole) -> list[DropEvent]:
    detector = Plateau.of(watch.node).begin()
    awake = (steps >= watch.start) & (steps < watch.end)
    pairs = zip(steps[awake].tolist(), values[awake].tolist(), strict=True)
    return [DropEvent(step, watch.number) for step, value in pairs if detector.see(value)]
