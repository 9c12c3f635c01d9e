"""A plan as a row of plain segments, which is what other libraries' schedules are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf
from typing import TypedDict, Unpack

from rheostat.schedule.curve.beats import Stretched
from rheostat.schedule.curve.combine import Sequence as InTurn
from rheostat.schedule.curve.curves import Curve, Decay, Expo, Flat, Ramp, RootDecay
from rheostat.schedule.curve.cycles import Cycles
from rheostat.schedule.curve.stairs import Stairs, StairsAt
from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.plan import Plan
from rheostat.schedule.program import Schedule, parse

__all__ = ["Run", "Segment", "bound", "outline"]

_MOST = 200
_WORDS = {RootDecay: "rsqrt", Decay: "decay", Stairs: "drop every", StairsAt: "drop at"}


class Run(TypedDict, total=False):
    """What the run says, as in ``Schedule.bind``."""

    base: float | None
    total: int | None
    epoch: float | None
    step_tokens: float | None
    group: str | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a plan on a clock of its own: ``length`` steps, infinite for the last.

    ``shape`` is a word of the language; ``first`` and ``last`` are lrs. ``args``: of poly and tanh their own;
    rsqrt: its time scale; decay and drop every: factor and period; drop at: factor and times.
    """

    shape: str
    first: float
    last: float
    length: float
    args: tuple[float, ...] = ()


def bound(schedule: Schedule | str, run: Run) -> Plan:
    """Bind a schedule or its text. Raises BindError, ScheduleError."""
    return (parse(schedule) if isinstance(schedule, str) else schedule).bind(**run)


def outline(schedule: Schedule | str, **run: Unpack[Run]) -> tuple[Plan, tuple[Segment, ...]]:
    """Return a plan and its segments; finite repeats are written out.

    Raises ConversionError where a part is no plain shape (products, sums, arithmetic) or cut short.
    """
    plan = bound(schedule, run)
    found = list(_segments(plan.curve, inf if plan.total is None else float(plan.total)))
    if found[-1].shape not in _RAMPS:
        # The run ends here; nothing has to.
        found[-1] = replace(found[-1], length=inf)
    # Every library holds the end of a ramp by itself.
    while len(found) > 1 and _holds(found[-1], found[-2]):
        found.pop()
    return plan, tuple(found)


def _holds(one: Segment, before: Segment) -> bool:
    return one.shape == "hold" and one.first == before.last and before.shape in ("hold", *_RAMPS)


_RAMPS = ("linear", "cosine", "poly", "sqrt", "halving", "tanh", "expo")


def _segments(curve: Curve, window: float) -> Iterator[Segment]:
    match curve:
        case InTurn():
            for i, part in enumerate(curve.curves):
                start = curve.starts[i]
                end = curve.starts[i + 1] if i + 1 < len(curve.starts) else window
                if start < window:
                    yield from _segments(part, min(end, window) - start)
        case Cycles():
            yield from _cycles(curve, window)
        case Flat():
            yield Segment("hold", curve.value, curve.value, window)
        case Ramp() | Expo():
            yield from _ramp(curve, window)
        case RootDecay():
            yield Segment("rsqrt", curve.start, curve.at(min(window, 1e18)), window, (curve.tau,))
        case Decay() | Stairs():
            args = (curve.factor, curve.every.period)
            yield Segment(_WORDS[type(curve)], curve.start, curve.at(min(window, 1e18)), window, args)
        case StairsAt():
            times = (curve.factor, *curve.times)
            yield Segment("drop at", curve.start, curve.at(min(window, 1e18)), window, times)
        case _:
            raise ConversionError(
                f"a part of this schedule ({type(curve).__name__.lower()}) is no plain shape: "
                "export it with to_torch"
            )


def _ramp(curve: Ramp | Expo, window: float) -> Iterator[Segment]:
    shape, args = (curve.shape, curve.args) if isinstance(curve, Ramp) else ("expo", ())
    if window < curve.span:
        if shape != "linear":
            raise ConversionError(
                f"a {shape} that is cut before its end has no counterpart: export it with to_torch"
            )
        yield Segment(shape, curve.start, curve.at(window), window)
        return
    yield Segment(shape, curve.start, curve.end, curve.span, args)
    if window > curve.span:
        yield Segment("hold", curve.end, curve.end, window - curve.span)


def _cycles(curve: Cycles, window: float) -> Iterator[Segment]:
    if window == inf:
        raise ConversionError("a repeat for ever is written out, for which it needs a total or a count")
    count, n = 0, 0
    while (start := curve.beat.start(float(n))) < window:
        size = curve.beat.length(float(n))
        room = min(curve.span * size, window - start)
        for one in _segments(curve.rest if n else curve.first, room / size):
            count += 1
            if count > _MOST:
                raise ConversionError(f"a repeat of more than {_MOST} parts is too long to write out")
            yield _scaled(one, curve, n, size)
        n += 1
        if isinstance(curve.beat, Stretched) and n == len(curve.beat.table):
            break


def _scaled(one: Segment, curve: Cycles, n: int, size: float) -> Segment:
    gain, shrink, toward = curve.gain**n, curve.shrink**n, curve.toward
    if toward and shrink != 1.0 and (one.shape == "expo" or one.shape not in ("hold", *_RAMPS)):
        raise ConversionError(f"a {one.shape} that shrinks toward a value has no counterpart")
    ends = [max(toward + (value * gain - toward) * shrink, 0.0) for value in (one.first, one.last)]
    args = one.args
    if one.shape in {"rsqrt"}:
        args = (args[0] * size,)
    elif one.shape in {"decay", "drop every", "drop at"}:
        args = (args[0], *(arg * size for arg in args[1:]))
    return replace(one, first=ends[0], last=ends[1], length=one.length * size, args=args)
