"""What a trace of metrics would do to a plan: the plan with its drops, and the trace as drawn beneath it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from rheostat.schedule import Plan
from rheostat_server.models import TraceCsv, TraceDecay, TraceDrawn, TraceRun, TraceSource, TraceValues
from rheostat_server.series import Drawn, Window, draw
from rheostat_server.trace import MAX_POINTS, Trace, TraceError, decay, follow, read_csv, read_values, watched

__all__ = ["ReadRun", "Simulated", "simulate", "trace_of"]

# Reads what a run recorded, over a window or, coarsely, over all; None where there is no such run.
ReadRun = Callable[[TraceRun, Window | None], Drawn | None]

_FINE = 8000
_VALUES = 200


@dataclass(frozen=True, slots=True)
class Simulated:
    """A plan with the events a trace caused, and the trace."""

    plan: Plan
    trace: Trace
    metrics: tuple[str, ...]

    @property
    def drops(self) -> list[int]:
        """The steps at which the lr fell."""
        return [event.step for event in self.plan.tape.events]

    def drawn(self, first: int, last: int, width: int) -> list[TraceDrawn]:
        """The trace over [first, last), the least and greatest value of each column."""
        return [self._drawn(name, first, last, width) for name in self.metrics]

    def _drawn(self, name: str, first: int, last: int, width: int) -> TraceDrawn:
        inside = (self.trace.steps >= first) & (self.trace.steps < last)
        values = self.trace.of([name])[name]
        found = draw(self.trace.steps[inside], values[inside], Window(first, last, width))
        return TraceDrawn.model_construct(
            metric=name, x=found.x.tolist(), y=found.y.tolist(), total=len(values)
        )


def simulate(plan: Plan, trace: Trace) -> Simulated:
    """Replay a plan on a trace. Raises TraceError where the trace lacks a metric that the plan watches."""
    return Simulated(follow(plan, trace), trace, watched(plan))


def trace_of(source: TraceSource, horizon: int, read: ReadRun) -> Trace:
    """The trace that a request describes; ``horizon`` is the length of the run. Raises TraceError."""
    match source:
        case TraceValues():
            return read_values(source.values, source.every)
        case TraceCsv():
            return read_csv(source.text, source.every)
        case TraceRun():
            return _recorded(source, read)
        case TraceDecay():
            every = source.every or max(1, horizon // _VALUES)
            return decay(
                horizon,
                every=every,
                start=source.start,
                floor=source.floor,
                share=source.share,
                noise=source.noise,
            )
        case _:
            assert_never(source)


def _recorded(source: TraceRun, read: ReadRun) -> Trace:
    """Every value of a run's metric, by windows that have a column for each step."""
    whole = read(source, None)
    if whole is None:
        raise TraceError(f"there is no run '{source.run}'")
    if not whole.total:
        raise TraceError(f"the run '{source.run}' has no values of '{source.metric}'")
    if whole.total > MAX_POINTS:
        raise TraceError(f"the run has {whole.total:,} values: expected at most {MAX_POINTS:,}")
    strange = [step for step, _ in whole.marks]
    first = min([*whole.x[:1].tolist(), *strange])
    last = max([*whole.x[-1:].tolist(), *strange]) + 1
    steps, values = [], []
    for start in range(first, last, _FINE):
        part = read(source, Window(start, min(start + _FINE, last), _FINE))
        assert part is not None
        marked = np.array([step for step, _ in part.marks], dtype=np.int64)
        steps.append(np.concatenate([part.x, marked]))
        values.append(np.concatenate([part.y, np.full(len(marked), np.nan)]))
    found = np.concatenate(steps)
    order = np.argsort(found, kind="stable")
    return Trace(found[order], {"": np.concatenate(values)[order]})
