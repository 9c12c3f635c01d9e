"""Arithmetic of the language as Python, with the language's answers where mathematics has none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from rheostat.schedule.curve.amounts import Amounts
from rheostat.schedule.curve.calculation import Calculated
from rheostat.schedule.tree.formula import Call, Factors, Figure, Formula, Name, Negative, Power, Terms

__all__ = ["HELPERS", "calculated"]

# Bounded as the language's own operations are: no infinities, and -1e300 where there is no value.
HELPERS = """

def _bounded(x):
    return min(max(x, -1e300), 1e300)


def _div(x, y):
    if y == 0.0:
        return math.copysign(1e300, x) if x else -1e300
    return _bounded(x / y)


def _pow(x, y):
    if x == 0.0:
        return 1e300 if y < 0.0 else 0.0**y
    if x < 0.0 and y != math.floor(y):
        return -1e300
    size = 1e300 if y * math.log(abs(x)) > 690.0 else abs(x) ** y
    return -size if x < 0.0 and y % 2.0 else size


def _sqrt(x):
    return math.sqrt(x) if x >= 0.0 else -1e300


def _log(x):
    return math.log(x) if x > 0.0 else -1e300


def _exp(x):
    return math.exp(min(x, 690.0))
"""
_FUNCTIONS = {
    "min": "min", "max": "max", "sqrt": "_sqrt", "exp": "_exp", "log": "_log", "cos": "math.cos",
    "tanh": "math.tanh", "floor": "math.floor", "abs": "abs",
}  # fmt: skip


def calculated(curve: Calculated) -> str:
    """Return the body of a function of ``t`` for a curve by arithmetic."""
    lines = []
    if curve.span:
        lines.append(f"u = t / {curve.span!r}")
    elif curve.span is not None:
        lines.append("u = 0.0")
    if curve.amounts is not None:
        lines.append(_amount(curve.amounts, curve.origin))
    value = _written(curve.formula, dict(curve.known))
    lines.append(f"return min(max(({value}) * {curve.scale!r}, 0.0), 1e100)")
    return "\n    ".join(lines)


def _amount(amounts: Amounts, origin: float) -> str:
    """Count what the steps before have together, stage by stage of a batch-size ramp."""
    if amounts.is_even:
        return f"n = t * {float(amounts.rates[0])!r}"
    starts = [float(start) for start in amounts.starts]
    rates = [float(rate) for rate in amounts.rates]
    return (
        f"starts, rates = {starts!r}, {rates!r}\n"
        f"    ends = [*starts[1:], math.inf]\n"
        f"    n = sum(r * max(min(t + {origin!r}, e) - max(s, {origin!r}), 0.0)\n"
        f"            for s, e, r in zip(starts, ends, rates))"
    )


def _written(node: Formula, known: Mapping[str, float]) -> str:  # noqa: PLR0911 - one for each node
    match node:
        case Figure():
            return repr(float(node.v))
        case Name():
            return repr(known[node.name]) if node.name in known else node.name
        case Negative():
            return f"(-{_written(node.of, known)})"
        case Power():
            return f"_pow({_written(node.of, known)}, {_written(node.to, known)})"
        case Terms():
            first, *rest = (_written(part, known) for part in node.of)
            return f"({first}{''.join(f' {s} {p}' for s, p in zip(node.signs, rest, strict=True))})"
        case Factors():
            return _factors(node, known)
        case Call():
            return f"{_FUNCTIONS[node.name]}({', '.join(_written(part, known) for part in node.of)})"
        case _:
            assert_never(node)


def _factors(node: Factors, known: Mapping[str, float]) -> str:
    text, *rest = (_written(part, known) for part in node.of)
    for sign, part in zip(node.signs, rest, strict=True):
        text = f"_bounded({text} * {part})" if sign == "*" else f"_div({text}, {part})"
    return text
