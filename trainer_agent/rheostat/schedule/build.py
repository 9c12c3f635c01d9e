"""Schedules from Python: the same tree as from text.

>>> str(linear(0, "1x", "2%") >> hold() >> sqrt(to="0.1x", d="20%"))
'linear 0 -> 1x for 2%; hold; sqrt -> 0.1x for 20%'
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from . import quantities
from .cursor import Cursor, Fault
from .diagnostics import ScheduleError
from .nodes import Block, Decay, Drop, Duration, Expression, Number, Quantity, Ramp, Repeat, Seq, Value
from .program import Schedule
from .tokens import Kind, tokenize

__all__ = [
    "cosine",
    "decay",
    "drop",
    "expo",
    "halving",
    "hold",
    "linear",
    "poly",
    "rsqrt",
    "sqrt",
    "tanh",
    "x",
]

# Values and lengths: a number, or text as in the language ("0.1x", "base", "5%").
Rate = str | float | Value
Span = str | float | Duration
Q = TypeVar("Q", bound=Quantity)


def x(factor: float) -> Value:
    """Make a factor: ``x(0.1)`` is ``0.1x``."""
    return Value(v=float(factor), u="x")


def hold(value: Rate | None = None, d: Span | None = None) -> Schedule:
    """Keep a value; left out, the one before."""
    return _ramp("hold", (), value, None, d, inclusive=False)


def linear(
    start: Rate | None = None, to: Rate = 0, d: Span | None = None, *, inclusive: bool = False
) -> Schedule:
    """Go to a value on a straight line."""
    return _ramp("linear", (), start, to, d, inclusive=inclusive)


def cosine(
    start: Rate | None = None, to: Rate = 0, d: Span | None = None, *, inclusive: bool = False
) -> Schedule:
    """Go to a value on half a cosine."""
    return _ramp("cosine", (), start, to, d, inclusive=inclusive)


def poly(
    p: float, start: Rate | None = None, to: Rate = 0, d: Span | None = None, *, inclusive: bool = False
) -> Schedule:
    """Go to a value as (1 - u)**p."""
    return _ramp("poly", (p,), start, to, d, inclusive=inclusive)


def sqrt(
    start: Rate | None = None, to: Rate = 0, d: Span | None = None, *, inclusive: bool = False
) -> Schedule:
    """Go to a value that falls at once, then ever slower."""
    return _ramp("sqrt", (), start, to, d, inclusive=inclusive)


def expo(start: Rate | None, to: Rate, d: Span | None = None, *, inclusive: bool = False) -> Schedule:
    """Go to a value in equal ratios; neither may be 0."""
    return _ramp("expo", (), start, to, d, inclusive=inclusive)


def halving(
    start: Rate | None = None, to: Rate = 0, d: Span | None = None, *, inclusive: bool = False
) -> Schedule:
    """Go to a value as 2 * 0.5**u - 1."""
    return _ramp("halving", (), start, to, d, inclusive=inclusive)


def tanh(
    lb: float,
    ub: float,
    start: Rate | None = None,
    to: Rate = 0,
    d: Span | None = None,
    *,
    inclusive: bool = False,
) -> Schedule:
    """Go to a value on an S curve, between the bounds of its argument."""
    return _ramp("tanh", (lb, ub), start, to, d, inclusive=inclusive)


def rsqrt(tau: Span, start: Rate | None = None, d: Span | None = None) -> Schedule:
    """Fall as 1 / sqrt(1 + t / tau), without end."""
    return _ramp("rsqrt", (tau,), start, None, d, inclusive=False)


def drop(
    factor: Rate, every: Span | None = None, at: tuple[Span, ...] | list[Span] = (), d: Span | None = None
) -> Schedule:
    """Fall by a factor after each ``every``, or at each time of ``at``."""
    times = tuple(_duration(time) for time in at)
    period = None if every is None else _duration(every)
    return _schedule(Drop(factor=_factor(factor), every=period, at=times, length=_optional(d)))


def decay(factor: Rate, every: Span, d: Span | None = None) -> Schedule:
    """Multiply smoothly by a factor in each ``every``."""
    return _schedule(Decay(factor=_factor(factor), every=_duration(every), length=_optional(d)))


def repeat(
    body: Schedule, count: int | None, stretch: float | None, shrink: Rate | None, toward: Rate | None
) -> Schedule:
    """See `Schedule.repeat`."""
    node = body.expression()
    inner = (
        node.body if isinstance(node, Block) and node.length is None and node.note is None else Seq((node,))
    )
    return _schedule(
        Repeat(
            body=inner,
            count=count,
            stretch=None if stretch is None else Number(float(stretch)),
            shrink=None if shrink is None else _factor(shrink),
            toward=None if toward is None else _value(toward),
        )
    )


def lasting(body: Schedule, length: Span) -> Schedule:
    """Give a schedule a length as a whole; see `Schedule.lasting`."""
    node = body.expression()
    block = node if isinstance(node, Block) and node.length is None else Block(body=Seq((node,)))
    return _schedule(replace(block, length=_duration(length)))


def _ramp(
    shape: str,
    args: tuple[Span, ...],
    start: Rate | None,
    to: Rate | None,
    d: Span | None,
    *,
    inclusive: bool,
) -> Schedule:
    return _schedule(
        Ramp(
            shape=shape,
            args=tuple(_argument(arg) for arg in args),
            start=None if start is None else _value(start),
            to=None if to is None else _value(to),
            inclusive=inclusive,
            length=_optional(d),
        )
    )


def _schedule(node: Expression) -> Schedule:
    return Schedule.of(Seq((node,)))


def _value(given: Rate) -> Value:
    if isinstance(given, Value):
        return given
    if isinstance(given, str):
        return _read(given, "value", quantities.value)
    return Value(v=float(given))


def _factor(given: Rate) -> Value:
    # `drop(0.1, …)` can only mean a factor.
    return x(given) if isinstance(given, int | float) else _value(given)


def _argument(given: Span) -> Duration:
    return Duration(v=float(given)) if isinstance(given, int | float) else _duration(given)


def _optional(given: Span | None) -> Duration | None:
    return None if given is None else _duration(given)


def _duration(given: Span) -> Duration:
    if isinstance(given, Duration):
        return given
    if isinstance(given, str):
        return _read(given, "length", quantities.duration)
    return Duration(v=float(given))


def _read(text: str, what: str, reader: Callable[[Cursor], Q]) -> Q:
    cursor = Cursor(text, tokenize(text))
    try:
        found = reader(cursor)
    except Fault:
        raise ScheduleError(cursor.found) from None
    if not cursor.at(Kind.END):
        raise ScheduleError.single("expected", f"expected one {what}, but got {text!r}")
    return found
