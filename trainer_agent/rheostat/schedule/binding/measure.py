"""How long an expression wants to be: steps, a share of what is left, or until a cue comes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

import msgspec

from rheostat.schedule.tree.nodes import Atom, Block, Clip, Duration, Expression, Keys, Product, Repeat, Sum

from .context import Context, exact

__all__ = ["LONGEST", "Length", "cycles_length", "expressions", "in_turn", "measure", "varies"]


class Length(msgspec.Struct, frozen=True, gc=False):
    """A number of steps; with ``share`` a number of shares of what is left; ``open``: until a cue comes."""

    amount: Fraction
    share: bool = False
    open: bool = False


_SHARE = Length(Fraction(1), share=True)
_OPEN = Length(Fraction(0), open=True)
# More steps than any run has, and few enough for a float.
LONGEST = Fraction(10**30)


def measure(node: Expression, context: Context, at: Fraction) -> Length:
    """Return how long an expression that starts at a step wants to be; looked for once."""
    key = (id(node), at if varies(node, context) else None)
    found: Length | None = context.lengths.get(key)
    if found is None:
        found = context.lengths[key] = _measured(node, context, at)
    return found


def varies(node: Expression, context: Context) -> bool:
    """Tell whether an expression lasts so many tokens or samples, and steps have more and more of them."""
    if not context.uneven:
        return False
    if id(node) not in context.varying:
        context.varying[id(node)] = _counts(node, context)
    return context.varying[id(node)]


def _counts(node: Expression, context: Context) -> bool:
    match node:
        case Clip():
            return varies(node.of, context)
        case Product() | Sum():
            return any(varies(part, context) for part in node.of)
        case _ if node.length is not None:
            return node.length.u in context.uneven
        case Keys():
            return node.keys[-1].at.u in context.uneven
        case Block() | Repeat():
            return any(varies(part, context) for part in expressions(node))
        case _:
            return False


def _measured(node: Expression, context: Context, at: Fraction) -> Length:
    match node:
        case Clip():
            return measure(node.of, context, at)
        case Product() | Sum():
            return _longest([measure(part, context, at) for part in node.of])
        case _:
            own = _own(node.length, context, at)
            return own or (_OPEN if node.until else _natural(node, context, at))


def _longest(wanted: list[Length]) -> Length:
    if any(length.open for length in wanted):
        return _OPEN
    if any(length.share for length in wanted):
        return _SHARE
    return Length(max(length.amount for length in wanted))


def _own(length: Duration | None, context: Context, at: Fraction) -> Length | None:
    if length is None:
        return None
    return Length(exact(length), share=True) if length.u == "fr" else Length(context.steps(length, at))


def _natural(node: Atom, context: Context, at: Fraction) -> Length:
    if isinstance(node, Keys):
        last = context.steps(node.keys[-1].at, at)
        return Length(last) if last else _SHARE
    if not isinstance(node, Block | Repeat):
        return _SHARE
    total = in_turn(expressions(node), context, at)
    if total.open or total.share or isinstance(node, Block):
        return total
    return _SHARE if node.count is None else Length(cycles_length(total.amount, node))


def in_turn(parts: Sequence[Expression], context: Context, at: Fraction) -> Length:
    """Return how long parts want to be together, one after the other."""
    total, share = Fraction(0), False
    for part in parts:
        wanted = measure(part, context, at + total)
        if wanted.open:
            return _OPEN
        share = share or wanted.share
        total += 0 if wanted.share else wanted.amount
    return _SHARE if share else Length(total)


def expressions(node: Block | Repeat) -> tuple[Expression, ...]:
    """Return the parts of a body; the parser lets nothing else in."""
    return tuple(part for part in node.body.parts if isinstance(part, Expression))


def cycles_length(period: Fraction, node: Repeat) -> Fraction:
    """Return how long all cycles last together, for a repeat with a count."""
    assert node.count is not None
    stretch = exact(node.stretch) if node.stretch else Fraction(1)
    whole = period * (node.count if stretch == 1 else _geometric(stretch, node.count))
    return min(whole, LONGEST)


def _geometric(stretch: Fraction, count: int) -> Fraction:
    """Return 1 + m + m**2 + … to ``count`` terms; more than any run has steps is cut off there."""
    if count * math.log10(stretch) > 40:
        return LONGEST
    with localcontext() as context:
        context.prec = 60
        grow = Decimal(stretch.numerator) / Decimal(stretch.denominator)
        return Fraction((grow**count - 1) / (grow - 1))
