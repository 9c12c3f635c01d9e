"""How long parts are together for a share of any size, in floats: to find one that fits many are tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from rheostat.schedule.curve.amounts import Amounts
from rheostat.schedule.tree.nodes import Block, Clip, Duration, Expression, Keys, Product, Repeat, Sum

from .context import START, Context, exact
from .measure import LONGEST, cycles_length, expressions, measure, varies

__all__ = ["estimate"]

# Steps from a step on, for one part.
_Lasts = Callable[[float], float]


def estimate(parts: Sequence[Expression], context: Context, at: float) -> Callable[[float], float]:
    """Return a function from the size of a share to the steps that parts last together, from step ``at``."""
    of: list[float | _Lasts] = []
    for part in parts:
        wanted = measure(part, context, START)
        of.append(float(wanted.amount) if wanted.share else _lasts(part, context))

    def together(size: float) -> float:
        end = at
        for one in of:
            end += one(end) if callable(one) else one * size
        return end - at

    return together


def _lasts(node: Expression, context: Context) -> _Lasts:
    if not varies(node, context):
        fixed = float(measure(node, context, START).amount)
        return lambda _: fixed
    match node:
        case Clip():
            return _lasts(node.of, context)
        case Product() | Sum():
            of = [_lasts(part, context) for part in node.of]
            return lambda at: max(one(at) for one in of)
        case Block(length=None):
            return partial(_in_turn, [_lasts(part, context) for part in expressions(node)])
        case Repeat(length=None):
            body = [_lasts(part, context) for part in expressions(node)]
            cycles = float(cycles_length(START + 1, node))
            return lambda at: min(_in_turn(body, at) * cycles, float(LONGEST))
        case _:
            length = node.keys[-1].at if isinstance(node, Keys) and not node.length else node.length
            assert length is not None
            return _counted(length, context)


def _in_turn(of: list[_Lasts], at: float) -> float:
    end = at
    for one in of:
        end += one(end)
    return end - at


def _counted(length: Duration, context: Context) -> _Lasts:
    amounts = context.tokens if length.u == "tok" else context.samples
    assert amounts is not None
    return partial(Amounts.near, amounts, float(exact(length)))
