"""The tree of a schedule: frozen structs, one for each construct; text, JSON and Python all make these."""

from __future__ import annotations

from typing import Literal

import msgspec

from .formula import Formula
from .spelling import spell

__all__ = [
    "Atom",
    "Base",
    "Block",
    "Clip",
    "Curve",
    "Decay",
    "Drop",
    "Duration",
    "Expression",
    "Group",
    "Key",
    "Keys",
    "Main",
    "Number",
    "Plateau",
    "Product",
    "Ramp",
    "Repeat",
    "Seq",
    "Setting",
    "Stage",
    "Statement",
    "Sum",
    "Value",
    "spell",
]

Unit = Literal["", "st", "ep", "sp", "tok", "%", "fr"]


class Quantity(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True):
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
    """A learning rate (no unit), a factor (``x``) or the group's base lr (``base``); zero is either.

    ``v`` is 1 where arithmetic says it: ``of``.
    """

    u: Literal["", "x", "base"] = ""
    of: Formula | None = None

    @property
    def is_zero(self) -> bool:
        """Tell whether a plain 0 was written."""
        return self.v == 0 and self.of is None


class Duration(Quantity, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A length of time; ``v`` has suffixes k, M, B worked in, the unit stays as written."""

    u: Unit = ""


class Node(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    rename={"start": "from", "length": "for", "floor": "min"},
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
    until: str = ""


class Drop(Node, frozen=True, kw_only=True, tag="drop"):
    """A staircase: times ``factor`` after each ``every``, or at each time of ``at``."""

    factor: Value
    every: Duration | None = None
    at: tuple[Duration, ...] = ()
    length: Duration | None = None
    until: str = ""


class Decay(Node, frozen=True, kw_only=True, tag="decay"):
    """A smooth exponential: times ``factor`` in each ``every``."""

    factor: Value
    every: Duration
    length: Duration | None = None
    until: str = ""


class Block(Node, frozen=True, kw_only=True, tag="block"):
    """Parts in braces."""

    body: Seq
    length: Duration | None = None
    until: str = ""


class Repeat(Node, frozen=True, kw_only=True, tag="repeat"):
    """Parts over and over: ``count`` times, or for ever where it is None."""

    body: Seq
    count: int | None = None
    stretch: Number | None = None
    shrink: Value | None = None
    toward: Value | None = None
    length: Duration | None = None
    until: str = ""


class Main(Node, frozen=True, kw_only=True, tag="main"):
    """The parts outside any group, seen from inside a group."""

    length: Duration | None = None
    until: str = ""


class Key(Node, frozen=True, kw_only=True, tag="key"):
    """A value to be met at a time, and the shape that leads there from the key before."""

    at: Duration
    value: Value
    shape: str = ""
    args: tuple[Duration, ...] = ()


class Keys(Node, frozen=True, kw_only=True, tag="keys"):
    """Keyframes."""

    keys: tuple[Key, ...]
    tail: tuple[str, ...] = ()
    length: Duration | None = None
    until: str = ""


class Curve(Node, frozen=True, kw_only=True, tag="curve"):
    """A learning rate by arithmetic, or with ``u`` a factor."""

    of: Formula
    u: Literal["", "x"] = ""
    length: Duration | None = None
    until: str = ""


class Plateau(Node, frozen=True, kw_only=True, tag="plateau"):
    """Times ``factor`` whenever a metric stops getting better. What is left out is the rule's own default."""

    metric: str
    factor: Value | None = None
    patience: Number | None = None
    threshold: Number | None = None
    threshold_mode: Literal["", "rel", "abs"] = ""
    mode: Literal["", "min", "max"] = ""
    cooldown: Number | None = None
    floor: Value | None = None
    eps: Number | None = None
    rule: Literal["", "torch", "keras", "optax"] = ""
    length: Duration | None = None
    until: str = ""


class Product(Node, frozen=True, kw_only=True, tag="product"):
    """Several at once on one clock, multiplied."""

    of: tuple[Expression, ...]


class Sum(Node, frozen=True, kw_only=True, tag="sum"):
    """Several at once on one clock, added; ``signs`` has one + or - for each after the first."""

    of: tuple[Expression, ...]
    signs: str


class Clip(Node, frozen=True, kw_only=True, tag="clip"):
    """An expression kept between two values."""

    of: Expression
    low: Value
    high: Value


class Base(Node, frozen=True, kw_only=True, tag="base"):
    """Setting: the base lr."""

    value: Value


class Stage(
    msgspec.Struct,
    frozen=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    rename={"length": "for"},
):
    """Tokens or samples in a step, and how long that holds; the last stage has no end."""

    amount: Duration
    length: Duration | None = None


class Setting(Node, frozen=True, kw_only=True, tag="setting"):
    """Setting: the run's length, steps in an epoch, or tokens in a step, with ``then`` stage by stage."""

    name: Literal["total", "epoch", "step"]
    amount: Duration
    length: Duration | None = None
    then: tuple[Stage, ...] = ()


class Group(Node, frozen=True, kw_only=True, tag="group"):
    """A param group with its own base lr, its own curve, or both; with ``range`` one for each number."""

    name: str
    range: tuple[int, int] | None = None
    base: Value | None = None
    curve: Expression | None = None


Atom = Ramp | Drop | Decay | Block | Repeat | Main | Curve | Keys | Plateau
Expression = Atom | Product | Sum | Clip
Statement = Expression | Base | Setting | Group


class Seq(
    msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind", tag="seq"
):
    """Statements one after the other, and the comment lines behind the last."""

    parts: tuple[Statement, ...]
    tail: tuple[str, ...] = ()
