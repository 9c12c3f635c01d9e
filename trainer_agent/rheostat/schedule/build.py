"""Schedules from Python: the same tree as from text.

>>> str(linear(0, "1x", "2%") >> hold() >> sqrt(to="0.1x", d="20%"))
'linear 0 -> 1x for 2%; hold; sqrt -> 0.1x for 20%'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec.structs import replace

from . import given
from .diagnostics import ScheduleError
from .given import Rate, Span, x
from .program import Schedule, parse
from .tree.nodes import (
    Block,
    Clip,
    Curve,
    Decay,
    Drop,
    Expression,
    Key,
    Keys,
    Plateau,
    Product,
    Ramp,
    Repeat,
    Seq,
    Sum,
)

__all__ = [
    "cosine",
    "curve",
    "decay",
    "drop",
    "expo",
    "halving",
    "hold",
    "keys",
    "linear",
    "plateau",
    "poly",
    "rsqrt",
    "sqrt",
    "tanh",
    "x",
]


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


def drop(factor: Rate, every: Span | None = None, at: Sequence[Span] = (), d: Span | None = None) -> Schedule:
    """Fall by a factor after each ``every``, or at each time of ``at``."""
    times = tuple(given.duration(time) for time in at)
    period = None if every is None else given.duration(every)
    return _schedule(Drop(factor=given.factor(factor), every=period, at=times, length=given.optional(d)))


def decay(factor: Rate, every: Span, d: Span | None = None) -> Schedule:
    """Multiply smoothly by a factor in each ``every``."""
    return _schedule(
        Decay(factor=given.factor(factor), every=given.duration(every), length=given.optional(d))
    )


def curve(formula: str, d: Span | None = None, *, factor: bool = False) -> Schedule:
    """Calculate the lr, or with ``factor`` a factor, as ``curve("1e-3 * (1 - u)")``."""
    found = parse(f"curve({formula}){'x' if factor else ''}").expression()
    if not isinstance(found, Curve):
        raise ScheduleError.single("expected", f"expected one formula, but got {formula!r}", "as 1e-3 * u")
    return _schedule(replace(found, length=given.optional(d)))


def keys(*frames: tuple[Span, Rate] | tuple[Span, Rate, str], d: Span | None = None) -> Schedule:
    """Meet values at times: ``keys((0, 0), ("5%", "1x"), ("100%", "0.1x", "cosine"))``."""
    return _schedule(Keys(keys=tuple(_key(*frame) for frame in frames), length=given.optional(d)))


def _key(at: Span, value: Rate, shape: str = "") -> Key:
    name, _, rest = shape.partition("(")
    args = tuple(given.argument(text.strip()) for text in rest.rstrip(")").split(",")) if rest else ()
    return Key(at=given.duration(at), value=given.value(value), shape=name, args=args)


def plateau(
    metric: str,
    factor: Rate | None = None,
    patience: int | None = None,
    *,
    threshold: float | None = None,
    threshold_mode: Literal["", "rel", "abs"] = "",
    mode: Literal["", "min", "max"] = "",
    cooldown: int | None = None,
    min: Rate | None = None,
    eps: float | None = None,
    rule: Literal["", "torch", "keras", "optax"] = "",
    d: Span | None = None,
) -> Schedule:
    """Fall by a factor whenever a metric stops getting better; what is left out is the rule's default."""
    return _schedule(
        Plateau(
            metric=metric,
            factor=None if factor is None else given.factor(factor),
            patience=given.number(patience),
            threshold=given.number(threshold),
            threshold_mode=threshold_mode,
            mode=mode,
            cooldown=given.number(cooldown),
            floor=None if min is None else given.value(min),
            eps=given.number(eps),
            rule=rule,
            length=given.optional(d),
        )
    )


def clip(body: Schedule, low: Rate, high: Rate) -> Schedule:
    """Keep a schedule between two values; see `Schedule.clip`."""
    return _schedule(Clip(of=body.expression(), low=given.value(low), high=given.value(high)))


def until(body: Schedule, cue: str) -> Schedule:
    """End a schedule when a cue comes; see `Schedule.until`."""
    node = body.expression()
    part = Block(body=Seq((node,))) if isinstance(node, Sum | Product | Clip) else node
    return _schedule(replace(part, until=cue.removeprefix("@")))


def repeat(
    body: Schedule,
    *,
    count: int | None,
    stretch: float | None,
    shrink: Rate | None,
    toward: Rate | None,
    d: Span | None,
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
            stretch=given.number(stretch),
            shrink=None if shrink is None else given.factor(shrink),
            toward=None if toward is None else given.value(toward),
            length=given.optional(d),
        )
    )


def lasting(body: Schedule, length: Span | None) -> Schedule:
    """Make one part of a schedule; see `Schedule.lasting`."""
    node = body.expression()
    block = node if isinstance(node, Block) and node.length is None else Block(body=Seq((node,)))
    return _schedule(replace(block, length=given.optional(length)))


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
            args=tuple(given.duration(arg) for arg in args),
            start=None if start is None else given.value(start),
            to=None if to is None else given.value(to),
            inclusive=inclusive,
            length=given.optional(d),
        )
    )


def _schedule(node: Expression) -> Schedule:
    return Schedule.of(Seq((node,)))
