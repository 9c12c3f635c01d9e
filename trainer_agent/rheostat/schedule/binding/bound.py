"""What binding hands from part to part."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rheostat.schedule.curve.curves import Curve
from rheostat.schedule.tree.nodes import Expression, Plateau

from .context import Context

__all__ = ["Bound", "Entry", "Leaf", "Places", "Watch"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part on the step axis. ``end`` is None where it goes on for ever."""

    node: Expression
    start: Fraction
    end: Fraction | None


@dataclass(frozen=True, slots=True)
class Places:
    """Parts one after the other, where each stands with all inside it (in a repeat, in its first cycle)."""

    parts: tuple[Expression, ...]
    leaves: tuple[Leaf, ...]
    context: Context


@dataclass(frozen=True, slots=True)
class Watch:
    """A plateau of the text by its number, and the steps from ``start`` to before ``end`` it watches."""

    number: int
    node: Plateau
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Entry:
    """What a part starts from. ``relative``: a later cycle of the same body may start from another value."""

    value: float
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A curve, what follows on from it, and how long it lasts; both None where it never ends."""

    curve: Curve
    end: Entry | None
    length: Fraction | None

    @classmethod
    def ended(cls, curve: Curve, length: Fraction | None, *, relative: bool = False) -> Bound:
        """Let the next part start from where the curve stands when the length is over."""
        return cls(curve, None if length is None else Entry(curve.at(float(length)), relative), length)
