"""How long each part lasts: fixed lengths add up, shares split what is left of their block."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

import msgspec

from rheostat.schedule.tree.nodes import Atom, Block, Clip, Duration, Expression, Keys, Product, Repeat, Sum

from .context import Context, exact

__all__ = ["Length", "cycles_length", "expressions", "in_turn", "lay_out", "measure"]


class Length(msgspec.Struct, frozen=True, gc=False):
    """A number of steps; with ``share`` a number of shares of what is left; ``open``: until a cue comes."""

    amount: Fraction
    share: bool = False
    open: bool = False


_SHARE = Length(Fraction(1), share=True)
_OPEN = Length(Fraction(0), open=True)
# More steps than any run has, and few enough for a float.
_LONGEST = Fraction(10**30)


def measure(node: Expression, context: Context, at: Fraction) -> Length:
    """Return how long an expression that starts at a step wants to be."""
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
    total = _body(node, context, at)
    if total.open or total.share or isinstance(node, Block):
        return total
    return _SHARE if node.count is None else Length(cycles_length(total.amount, node))


def _body(node: Block | Repeat, context: Context, at: Fraction) -> Length:
    """Return how long a body wants to be; looked for once, where it is the same at every step."""
    if not context.is_even:
        return in_turn(expressions(node), context, at)
    if id(node) not in context.bodies:
        context.bodies[id(node)] = in_turn(expressions(node), context, at)
    found: Length = context.bodies[id(node)]
    return found


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
    return min(whole, _LONGEST)


def _geometric(stretch: Fraction, count: int) -> Fraction:
    """Return 1 + m + m**2 + … to ``count`` terms; more than any run has steps is cut off there."""
    if count * math.log10(stretch) > 40:
        return _LONGEST
    with localcontext() as context:
        context.prec = 60
        grow = Decimal(stretch.numerator) / Decimal(stretch.denominator)
        return Fraction((grow**count - 1) / (grow - 1))


def lay_out(
    parts: Sequence[Expression], available: Fraction | None, context: Context, at: Fraction
) -> list[Fraction | None]:
    """Return the steps each part lasts, from step ``at`` of the run; None for a last one without end.

    Parts behind one that waits for a cue are not laid out: there is no telling when they start.
    Raises BindError where shares have to be split and the whole is not known.
    """
    wanted = _wanted(parts, context, at, Fraction(0))
    _check_shares(parts, wanted, available, context)
    fixed = sum((length.amount for length in wanted if not length.share), Fraction(0))
    if available is None:
        return [None if length.share or length.open else length.amount for length in wanted]
    shares = sum((length.amount for length in wanted if length.share), Fraction(0))
    share = max(available - fixed, Fraction(0)) / shares if shares else Fraction(0)
    if shares and not context.is_even:
        share = _fitting(parts, available, context, at, share)
        wanted = _wanted(parts, context, at, share)
    found = [length.amount * share if length.share else length.amount for length in wanted]
    if wanted and wanted[-1].open:
        found[-1] = max(available - fixed, Fraction(0))
    return list(found)


def _check_shares(
    parts: Sequence[Expression], wanted: list[Length], available: Fraction | None, context: Context
) -> None:
    early = [part for part, length in zip(parts[: len(wanted) - 1], wanted, strict=False) if length.share]
    if early and wanted[-1].open:
        message = "a part before one that waits for a cue needs a length"
        raise context.fault(early[0], "no-length", message, "write for 10k behind it")
    if early and available is None:
        raise context.missing("total", early[0], "a part without length before the last")


def _wanted(parts: Sequence[Expression], context: Context, at: Fraction, share: Fraction) -> list[Length]:
    found: list[Length] = []
    for part in parts:
        length = measure(part, context, at)
        found.append(length)
        if length.open:
            break
        at += length.amount * share if length.share else length.amount
    return found


def _fitting(
    parts: Sequence[Expression], available: Fraction, context: Context, at: Fraction, share: Fraction
) -> Fraction:
    """Find the share with which all parts fit, where tokens take fewer steps the later they come."""

    def excess(size: Fraction) -> Fraction:
        lengths = _wanted(parts, context, at, size)
        return sum((x.amount * size if x.share else x.amount for x in lengths), Fraction(0)) - available

    low, high = share, available
    if excess(low) >= 0:
        return low
    for _ in range(64):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    near = Fraction(round(float(high) * 2**20), 2**20).limit_denominator(1000)
    return near if excess(near) == 0 else high
