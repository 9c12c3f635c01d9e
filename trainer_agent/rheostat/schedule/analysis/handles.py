"""Where a curve can be taken by the hand: points on it, and the numbers of the text that each moves."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from rheostat.schedule.binding.context import START, Context
from rheostat.schedule.binding.measure import expressions, measure
from rheostat.schedule.diagnostics import diagnose
from rheostat.schedule.tree.nodes import Block, Decay, Drop, Duration, Keys, Number, Ramp, Repeat, Value

if TYPE_CHECKING:
    from rheostat.schedule.binding.bound import Leaf, Places
    from rheostat.schedule.plan import Plan

__all__ = ["Handle", "Literal", "handles"]

# More than these nobody takes with a mouse.
_MOST = 64
_NUMBER = re.compile(r"((?:\d[\d_]*)?\.?\d*(?:e[+-]?\d+)?)(.*)", re.IGNORECASE | re.DOTALL)


class Literal(msgspec.Struct, frozen=True):
    """A number of the text: its place (from 1), what it says, and what one more of it does.

    ``value`` is the number without ``suffix``; ``rate`` is how many steps, or how much lr, one more of
    ``value`` adds there (steps may be taken away: a longer last part starts earlier). A ``suffix`` that the
    text does not have yet is to be written with the first change.
    """

    line: int
    column: int
    length: int
    value: float
    suffix: str
    rate: float


class Handle(msgspec.Struct, frozen=True):
    """A point of the curve: ``step`` (a real number) is moved by ``across``, ``lr`` by ``up``."""

    step: float
    lr: float
    across: Literal | None
    up: Literal | None


def handles(plan: Plan) -> tuple[Handle, ...]:
    """Return the points of a plan that a number of its text moves, in order of step; at most 64.

    Values by arithmetic, ``base``, and shares (``fr``) are not among them: no one number says where they
    are. A part inside a repeat has its handles in the first cycle. Raises ValueError for a plan that was
    not bound from a schedule.
    """
    if plan.source is None:
        raise ValueError("this plan was not bound from a schedule")
    places = plan.source.places(plan.tape)
    late, horizon = _late(places), plan.horizon
    hands = [_Hand(plan, places.context, leaf, horizon, late=id(leaf.node) in late) for leaf in places.leaves]
    found = [point for hand in hands for point in hand.all() if point.step <= horizon and point.moves]
    # The curve is asked for those alone that are shown.
    return tuple(point.handle() for point in sorted(found, key=lambda point: point.step)[:_MOST])


def _late(places: Places) -> frozenset[int]:
    """Tell by identity the parts behind one that takes what time is left: a longer one starts earlier."""
    bodies = [expressions(leaf.node) for leaf in places.leaves if isinstance(leaf.node, Block | Repeat)]
    found: set[int] = set()
    for parts in (places.parts, *bodies):
        for k, part in enumerate(parts):
            wanted = measure(part, places.context, START)
            if wanted.open:
                # Nothing behind a part that waits for a cue was laid out.
                break
            if wanted.share:
                found.update(map(id, parts[k + 1 :]))
                break
    return frozenset(found)


class _Point(NamedTuple):
    """A place for a handle: ``length`` would move it along the steps, ``value`` in lr.

    ``before``: it is on the curve as it comes to the step. ``back``: a longer length moves it to the left.
    """

    hand: _Hand
    step: float
    length: Duration | None
    value: Value | None
    before: bool = False
    back: bool = False

    @property
    def moves(self) -> bool:
        """Whether a number of the text moves it."""
        length, value = self.length, self.value
        along = length is not None and length.u != "fr" and length.v != 0
        return along or (value is not None and value.of is None and value.u != "base")

    def handle(self) -> Handle:
        """The handle there."""
        return self.hand.handle(self)


class _Hand:
    """The handles of one part."""

    def __init__(self, plan: Plan, context: Context, leaf: Leaf, horizon: int, *, late: bool) -> None:
        self.plan, self.context, self.leaf = plan, context, leaf
        self.start = float(leaf.start)
        self.end = horizon if leaf.end is None else float(leaf.end)
        self.late = late

    def all(self) -> Iterator[_Point]:
        """One for each end of the part that a number stands for, and for each time and key inside it."""
        node = self.leaf.node
        match node:
            case Ramp(start=start, to=None) if start is not None and not node.shape:
                yield _Point(self, (self.start + self.end) / 2, None, start)
                yield from self._ends(node.length, None, None)
            case Ramp():
                yield from self._ends(node.length, node.start, node.to, before=not node.inclusive)
            case Drop(every=every) if every is not None:
                yield _Point(self, self.start + self._steps(every), every, node.factor)
            case Drop():
                # The factor acts once more at each time: only the first drop is as deep as it says.
                for time in node.at:
                    factor = node.factor if time is node.at[0] else None
                    yield _Point(self, self.start + self._steps(time), time, factor)
            case Decay():
                yield _Point(self, self.start + self._steps(node.every), node.every, node.factor)
            case Keys():
                for key in node.keys:
                    yield _Point(self, self.start + self._steps(key.at), key.at, key.value)
            case Block() | Repeat():
                yield from self._ends(node.length, None, None)
            case _:
                pass

    def _ends(
        self, length: Duration | None, start: Value | None, to: Value | None, *, before: bool = True
    ) -> Iterator[_Point]:
        """Its first step and its last: the length moves the one that has room to move."""
        yield _Point(self, self.start, length if self.late else None, start, back=True)
        yield _Point(self, self.end, None if self.late else length, to, before=before)

    def handle(self, point: _Point) -> Handle:
        """The handle of one of its points."""
        step = point.step
        lr = self.plan.curve.at(math.nextafter(step, 0.0) if point.before and step > 0 else step)
        across = self._across(point.length, -1.0 if point.back else 1.0)
        return Handle(step, lr, across, self._up(point.value, lr))

    def _steps(self, length: Duration) -> float:
        return float(self.context.steps(length, self.leaf.start))

    def _across(self, length: Duration | None, way: float) -> Literal | None:
        if length is None or length.u == "fr" or length.v == 0:
            return None
        number, suffix = self._written(length)
        return self._literal(length, number, suffix, way * self._steps(length) / number)

    def _up(self, value: Value | None, lr: float) -> Literal | None:
        if value is None or value.of is not None or value.u == "base":
            return None
        number, suffix = self._written(value)
        if number > 0 and lr > 0:
            return self._literal(value, number, suffix, lr / number)
        base = self.context.base
        return self._literal(value, number, "x" if base else suffix, base or 1.0)

    def _written(self, quantity: Duration | Value | Number) -> tuple[float, str]:
        span = self.context.spans.of(quantity)
        matched = _NUMBER.fullmatch(self.plan.text[span.start : span.end])
        assert matched is not None, "only what was read from the text has a place in it"
        return float(matched[1]), matched[2]

    def _literal(self, quantity: Duration | Value, number: float, suffix: str, rate: float) -> Literal:
        place = diagnose(self.plan.text, self.context.spans.of(quantity), "", "")
        return Literal(place.line, place.column, place.length, number, suffix, rate)
