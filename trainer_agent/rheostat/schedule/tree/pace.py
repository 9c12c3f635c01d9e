"""A program on a clock that runs several times as fast: each step takes several steps of the curve."""

from __future__ import annotations

from fractions import Fraction
from math import inf, nextafter
from typing import Any

import msgspec

from rheostat.schedule.diagnostics import ConversionError

from .formula import Factors, Figure, Name
from .nodes import Duration, Plateau, Ramp, Seq, Setting, Stage

__all__ = ["paced"]


def paced(program: Seq, times: int) -> Seq:
    """The program g of which g(s) = f(``times`` * s), f being that of ``program``, at every step s.

    Lengths in steps are divided, tokens of a step multiplied; shares, per cent, epochs and tokens stay.

    Raises:
        ConversionError: a part counts whole steps, or metrics, so that its lengths cannot be divided.
    """
    found: Seq = _paced(program, times)
    return found


def _paced(node: Any, times: int) -> Any:  # noqa: PLR0911 - one return for each kind
    match node:
        case tuple():
            return tuple(_paced(each, times) for each in node)
        case Duration(v=v, u="" | "st" as unit):
            return Duration(_share(v, times), u=unit)
        case Name(name="t" | "T" | "N"):
            return Factors((node, Figure(float(times))), "*")
        case Ramp(inclusive=True):
            raise ConversionError("'inclusive' counts whole steps of the scheduler")
        case Plateau():
            raise ConversionError("a plateau is shown each metric several times")
        case Setting(name="step") | Stage():
            amount = Duration(node.amount.v * times, u=node.amount.u)
            return msgspec.structs.replace(_fields(node, times, keep="amount"), amount=amount)
        case Ramp() if node.shape != "rsqrt":
            return _fields(node, times, keep="args")
        case msgspec.Struct():
            return _fields(node, times, keep="args" if hasattr(node, "at") else "")
        case _:
            return node


def _fields(node: msgspec.Struct, times: int, keep: str) -> Any:
    """The node with all that is in it on the new clock, but for what a field of that name holds."""
    names = (name for name in node.__struct_fields__ if name != keep)
    return msgspec.structs.replace(node, **{name: _paced(getattr(node, name), times) for name in names})


def _share(steps: float, times: int) -> float:
    """A share of a length, rounded down, so that the step at which it is over stays the same."""
    exact = Fraction(repr(steps)) / times
    share = float(exact)
    while Fraction(repr(share)) > exact:
        share = nextafter(share, -inf)
    return share
