"""How long each part lasts: fixed lengths add up, shares split what is left of their block."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import assert_never

import msgspec

from .context import Context, exact
from .nodes import Block, Decay, Drop, Duration, Expression, Main, Product, Ramp, Repeat, Sum

__all__ = ["Length", "cycles_length", "lay_out", "measure"]


class Length(msgspec.Struct, frozen=True):
    """A number of steps, or with ``share`` a number of shares of what is left."""

    amount: Fraction
    share: bool = False


_SHARE = Length(Fraction(1), share=True)


def measure(node: Expression, context: Context) -> Length:
    """Return how long an expression wants to be."""
    match node:
        case Product() | Sum():
            wanted = [measure(part, context) for part in node.of]
            if any(length.share for length in wanted):
                return _SHARE
            return Length(max(length.amount for length in wanted))
        case Ramp() | Drop() | Decay() | Block() | Repeat() | Main():
            return _own(node.length, context) or _natural(node, context)
        case _:
            assert_never(node)


def _own(length: Duration | None, context: Context) -> Length | None:
    if length is None:
        return None
    return Length(exact(length), share=True) if length.u == "fr" else Length(context.steps(length))


def _natural(node: Ramp | Drop | Decay | Block | Repeat | Main, context: Context) -> Length:
    if not isinstance(node, Block | Repeat):
        return _SHARE
    wanted = [measure(part, context) for part in expressions(node)]
    if any(length.share for length in wanted):
        return _SHARE
    total = sum((length.amount for length in wanted), Fraction(0))
    if isinstance(node, Block):
        return Length(total)
    if node.count is None:
        return _SHARE
    return Length(cycles_length(total, node))


def expressions(node: Block | Repeat) -> tuple[Expression, ...]:
    """Return the parts of a body; the parser lets nothing else in."""
    return tuple(part for part in node.body.parts if isinstance(part, Expression))


def cycles_length(period: Fraction, node: Repeat) -> Fraction:
    """Return how long all cycles last together, for a repeat with a count."""
    assert node.count is not None
    stretch = exact(node.stretch) if node.stretch else Fraction(1)
    if stretch == 1:
        return period * node.count
    return period * _geometric(stretch, node.count)


def _geometric(stretch: Fraction, count: int) -> Fraction:
    """Return 1 + m + m**2 + … to ``count`` terms; more than any run has steps is cut off there."""
    if count * math.log10(stretch) > 40:
        return Fraction(10**30)
    with localcontext() as context:
        context.prec = 60
        grow = Decimal(stretch.numerator) / Decimal(stretch.denominator)
        return Fraction((grow**count - 1) / (grow - 1))


def lay_out(
    parts: Sequence[Expression], available: Fraction | None, context: Context
) -> list[Fraction | None]:
    """Return the steps each part lasts; None for a last part that goes on for ever.

    Raises BindError where shares have to be split and the whole is not known.
    """
    wanted = [measure(part, context) for part in parts]
    fixed = sum((length.amount for length in wanted if not length.share), Fraction(0))
    shares = sum((length.amount for length in wanted if length.share), Fraction(0))
    if available is None:
        early = next((p for p, length in zip(parts[:-1], wanted[:-1], strict=True) if length.share), None)
        if early is not None:
            raise context.missing("total", early, "a part without length before the last")
        return [None if length.share else length.amount for length in wanted]
    left = max(available - fixed, Fraction(0))
    return [left * length.amount / shares if length.share else length.amount for length in wanted]
