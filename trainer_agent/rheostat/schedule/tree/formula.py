"""The tree of an arithmetic expression, as in ``curve(…)`` and in values in parentheses, and its text."""

from __future__ import annotations

from typing import Literal, assert_never

import msgspec

from .spelling import spell

__all__ = [
    "FUNCTIONS",
    "NAMES",
    "Call",
    "Factors",
    "Figure",
    "Formula",
    "FunctionOf",
    "Name",
    "NameOf",
    "Negative",
    "Power",
    "Terms",
    "names_in",
    "write_formula",
]

# Each name with what it stands for, in a part: lengths count in steps from the start of the part.
NAMES = {
    "t": "steps since the part began",
    "u": "progress in the part, from 0 to 1",
    "T": "steps the part lasts",
    "N": "steps of the whole run",
    "n": "tokens since the part began",
    "i": "number of the group in its range",
    "base": "base lr of the group",
    "pi": "3.14159…",
}
# Each function with the least and the most arguments it takes.
FUNCTIONS = {
    "min": (2, 16), "max": (2, 16), "sqrt": (1, 1), "exp": (1, 1), "log": (1, 1), "cos": (1, 1),
    "tanh": (1, 1), "floor": (1, 1), "abs": (1, 1),
}  # fmt: skip

NameOf = Literal["t", "u", "T", "N", "n", "i", "base", "pi"]
FunctionOf = Literal["min", "max", "sqrt", "exp", "log", "cos", "tanh", "floor", "abs"]


class _Formula(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind"):
    """A node of an arithmetic expression."""


class Figure(_Formula, frozen=True, tag="number"):
    """A number; ``s`` is its spelling where that is not the shortest one."""

    v: float
    s: str = ""


class Name(_Formula, frozen=True, tag="name"):
    """What the part or the run knows."""

    name: NameOf


class Negative(_Formula, frozen=True, tag="negative"):
    """The same below 0."""

    of: Formula


class Terms(_Formula, frozen=True, tag="terms"):
    """Added and taken away from left to right; ``signs`` has one + or - for each after the first."""

    of: tuple[Formula, ...]
    signs: str


class Factors(_Formula, frozen=True, tag="factors"):
    """Multiplied and divided from left to right; ``signs`` has one * or / for each after the first."""

    of: tuple[Formula, ...]
    signs: str


class Power(_Formula, frozen=True, tag="power"):
    """One to the power of the other."""

    of: Formula
    to: Formula


class Call(_Formula, frozen=True, tag="call"):
    """A function of its arguments."""

    name: FunctionOf
    of: tuple[Formula, ...]


Formula = Figure | Name | Negative | Terms | Factors | Power | Call

_BINDS = {Terms: 0, Factors: 1, Negative: 2, Power: 3}


def write_formula(node: Formula) -> str:  # noqa: PLR0911 - one return for each node
    """Write an expression with as few parentheses as read back as the same tree."""
    match node:
        case Figure():
            return node.s or spell(node.v)
        case Name():
            return node.name
        case Negative():
            return f"-{_within(node.of, 2)}"
        case Terms():
            return _chain(node.of, node.signs, 1)
        case Factors():
            return _chain(node.of, node.signs, 2)
        case Power():
            return f"{_within(node.of, 4)}^{_within(node.to, 2)}"
        case Call():
            return f"{node.name}({', '.join(map(write_formula, node.of))})"
        case _:
            assert_never(node)


def names_in(node: Formula) -> frozenset[str]:
    """Return the names an expression uses."""
    match node:
        case Figure():
            return frozenset()
        case Name():
            return frozenset((node.name,))
        case Negative():
            return names_in(node.of)
        case Power():
            return names_in(node.of) | names_in(node.to)
        case Terms() | Factors() | Call():
            return frozenset().union(*map(names_in, node.of))
        case _:
            assert_never(node)


def _chain(of: tuple[Formula, ...], signs: str, binds: int) -> str:
    first, *rest = (_within(part, binds) for part in of)
    pairs = zip(signs, rest, strict=True)
    return first + "".join(f" {sign} {part}" for sign, part in pairs)


def _within(node: Formula, binds: int) -> str:
    text = write_formula(node)
    return text if _BINDS.get(type(node), 4) >= binds else f"({text})"
