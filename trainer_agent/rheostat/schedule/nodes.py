"""The tree of a schedule: frozen structs, one for each construct; text, JSON and Python all make these."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "Base",
    "Block",
    "Decay",
    "Drop",
    "Duration",
    "Expression",
    "Group",
    "Main",
    "Number",
    "Product",
    "Ramp",
    "Repeat",
    "Seq",
    "Setting",
    "Statement",
    "Sum",
    "Value",
    "spell",
]

Unit = Literal["", "st", "ep", "sp", "tok", "%", "fr"]


class Quantity(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A number as it was written: ``s`` is its spelling where that is not the shortest one."""

    v: float
    s: str = ""

    @property
    def spelling(self) -> str:
        """The number as text, without unit."""
        return self.s or spell(self.v)


class Number(Quantity, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A plain number."""


class Value(Quantity, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A learning rate (no unit), a factor (``x``) or the group's base lr (``base``); zero is either."""

    u: Literal["", "x", "base"] = ""


class Duration(Quantity, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A length of time; ``v`` has suffixes k, M, B worked in, the unit stays as written."""

    u: Unit = ""


class Node(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    rename={"start": "from", "length": "for"},
):
    """What a statement carries beside its meaning: comment lines above it, and one behind it."""

    above: tuple[str, ...] = ()
    note: str | None = None


class Ramp(Node, frozen=True, kw_only=True, tag="ramp"):
    """A shape from a value to a value. Without a shape: one value held, or a straight line between two."""

    shape: str = ""
    args: tuple[Duration, ...] = ()
    start: Value | None = None
    to: Value | None = None
    inclusive: bool = False
    length: Duration | None = None


class Drop(Node, frozen=True, kw_only=True, tag="drop"):
    """A staircase: times ``factor`` after each ``every``, or at each time of ``at``."""

    factor: Value
    every: Duration | None = None
    at: tuple[Duration, ...] = ()
    length: Duration | None = None


class Decay(Node, frozen=True, kw_only=True, tag="decay"):
    """A smooth exponential: times ``factor`` in each ``every``."""

    factor: Value
    every: Duration
    length: Duration | None = None


class Block(Node, frozen=True, kw_only=True, tag="block"):
    """Parts in braces."""

    body: Seq
    length: Duration | None = None


class Repeat(Node, frozen=True, kw_only=True, tag="repeat"):
    """Parts over and over: ``count`` times, or for ever where it is None."""

    body: Seq
    count: int | None = None
    stretch: Number | None = None
    shrink: Value | None = None
    toward: Value | None = None
    length: Duration | None = None


class Main(Node, frozen=True, kw_only=True, tag="main"):
    """The parts outside any group, seen from inside a group."""

    length: Duration | None = None


class Product(Node, frozen=True, kw_only=True, tag="product"):
    """Several at once on one clock, multiplied."""

    of: tuple[Expression, ...]


class Sum(Node, frozen=True, kw_only=True, tag="sum"):
    """Several at once on one clock, added; ``signs`` has one + or - for each after the first."""

    of: tuple[Expression, ...]
    signs: str


class Base(Node, frozen=True, kw_only=True, tag="base"):
    """Setting: the base lr."""

    value: Value


class Setting(Node, frozen=True, kw_only=True, tag="setting"):
    """Setting: the run's length, steps in an epoch, or tokens in a step."""

    name: Literal["total", "epoch", "step"]
    amount: Duration


class Group(Node, frozen=True, kw_only=True, tag="group"):
    """A param group with its own base lr, its own curve, or both."""

    name: str
    base: Value | None = None
    curve: Expression | None = None


Expression = Ramp | Drop | Decay | Block | Repeat | Main | Product | Sum
Statement = Expression | Base | Setting | Group


class Seq(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind", tag="seq"
):
    """Statements one after the other, and the comment lines behind the last."""

    parts: tuple[Statement, ...]
    tail: tuple[str, ...] = ()


def spell(v: float) -> str:
    """Spell a number in the shortest way that reads back as the same float."""
    text = repr(float(v))
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa}e{int(exponent)}"
    return text.removesuffix(".0")
