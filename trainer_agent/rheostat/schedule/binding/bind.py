"""From a tree and its context to a curve: units, shares and left-out values resolved once."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence as Listing
from fractions import Fraction

from rheostat.schedule.curve.combine import Products, Sequence, Sums
from rheostat.schedule.curve.curves import Curve, Flat
from rheostat.schedule.curve.levels import Clipped
from rheostat.schedule.text.atoms import LIMIT_REPEATS
from rheostat.schedule.tree.nodes import (
    Atom,
    Block,
    Clip,
    Expression,
    Main,
    Plateau,
    Product,
    Ramp,
    Repeat,
    Statement,
    Sum,
)
from rheostat.schedule.tree.walk import walk

from . import cycles, lengths, measure, pieces
from .bound import Bound, Entry, Leaf, Places, Watch
from .context import START, Context
from .fitting import fits
from .kinds import is_lr, is_lr_seq

__all__ = ["LIMIT_BOUND", "Binder"]

LIMIT_BOUND = 1000


class Binder:
    """Makes curves from expressions. ``main`` are the parts outside any group."""

    def __init__(
        self, context: Context, main: Listing[Expression], program: Iterable[Statement] = ()
    ) -> None:
        self.context = context
        self.leaves: list[Leaf] = []
        self._placed: dict[int, Leaf] = {}
        self.watches: list[Watch] = []
        self.cues: list[str] = []
        self._main = main
        self._main_lr = is_lr_seq(main, main_lr=False)
        self._program = program
        # Parts bound so far, the measure of what a plan costs to evaluate.
        self.size = 0
        self._repeats = 0
        self._known: dict[tuple[int, Fraction | None, Entry, Fraction, bool], Bound] = {}

    def places(self, parts: Listing[Expression]) -> Places:
        """Where everything in ``parts``, bound already, stands."""
        return Places(tuple(parts), tuple(self._placed.values()), self.context)

    def program(self, parts: Listing[Expression]) -> Curve:
        """Bind parts to a curve of learning rates over the whole run."""
        return self.sequence(parts, self.context.total, None, START, lr=True, listed=True).curve

    def sequence(
        self,
        parts: Listing[Expression],
        available: Fraction | None,
        entry: Entry | None,
        at: Fraction,
        *,
        lr: bool,
        listed: bool = False,
    ) -> Bound:
        """Bind parts one after the other from step ``at`` on; ``listed``: they stand on the step axis."""
        starts: list[float] = []
        found: list[Curve] = []
        done = Fraction(0)
        plan = lengths.lay_out(parts, available, self.context, at)
        self._check_fit(parts, plan, available)
        k = 0
        while k < len(plan):
            part, length = parts[k], plan[k]
            k += 1
            if length == 0 or (available is not None and done >= available):
                self._never(part)
                continue
            bound = self.part(part, length, entry, at + done, lr=lr, listed=listed)
            starts.append(float(done))
            found.append(bound.curve)
            entry = bound.end
            if bound.length is None or entry is None:
                return Bound(_joined(starts, found), None, None)
            done += bound.length
            if bound.length != length:
                # A cue came: what is past stays as it was, what follows is laid out anew.
                rest = None if available is None else max(available - done, Fraction(0))
                plan = plan[:k] + lengths.lay_out(parts[k:], rest, self.context, at + done)
        return self._closed(starts, found, entry, done, available, lr=lr)

    def _closed(
        self,
        starts: list[float],
        found: list[Curve],
        entry: Entry | None,
        done: Fraction,
        available: Fraction | None,
        *,
        lr: bool,
    ) -> Bound:
        """Let the last value hold, from the end of the last part or of what was available."""
        if not found:
            held = entry or Entry(self.context.one(None, lr=lr))
            return Bound(Flat(held.value), held, done)
        if available is not None and done > available:
            entry = Entry(_joined(starts, found).at(float(available)), bool(entry and entry.relative))
        assert entry is not None
        end = done if available is None else min(done, available)
        if not isinstance(found[-1], Flat) or done > end:
            starts.append(float(end))
            found.append(Flat(entry.value))
        return Bound(_joined(starts, found), entry, end)

    def _check_fit(
        self, parts: Listing[Expression], plan: list[Fraction | None], available: Fraction | None
    ) -> None:
        total = sum((length for length in plan if length is not None), Fraction(0))
        if available is None or fits(total, available):
            return
        first = plan[0]
        if first is not None and first > available and _rises(parts[0]):
            message = f"the warm-up lasts {_steps(first)} of {_steps(available)} steps"
            hint = "shorten it, as 'for 5%', or raise total"
            self.context.warn(self.context.spans.of(parts[0]), "long-warm-up", message, hint)
            return
        message = f"parts last {_steps(total)} of {_steps(available)} steps"
        span = self.context.spans.of(parts[len(plan) - 1])
        self.context.warn(span, "too-long", message, "shorten the last part, or raise total")

    def _never(self, part: Expression) -> None:
        span = self.context.spans.of(part)
        self.context.warn(
            span, "never", "nothing is left of the run for this part", "shorten the parts before"
        )

    def part(
        self,
        node: Expression,
        length: Fraction | None,
        entry: Entry | None,
        at: Fraction,
        *,
        lr: bool,
        listed: bool = False,
    ) -> Bound:
        """Bind one part that lasts ``length`` unless a cue ends it."""
        self.size += 1
        if self.size > LIMIT_BOUND:
            message = f"more than {LIMIT_BOUND} parts, 'main' and what is repeated counted each time"
            raise self.context.fault(node, "too-many", message, "use repeat, or fewer parts")
        inner = listed and isinstance(node, Block)
        match node:
            case Product():
                found = self._product(node, length, at, lr=lr)
            case Sum():
                of = tuple(self.operand(term, length, at, lr=lr) for term in node.of)
                signs = tuple(1.0 if sign == "+" else -1.0 for sign in node.signs)
                found = Bound.ended(Sums(of, signs), length)
            case Clip():
                found = self._clip(node, self.part(node.of, length, entry, at, lr=lr), lr=lr)
            case _:
                found = self._atom(node, length, entry, at, lr=lr, listed=inner)
                if node.until:
                    found = self._cued(node, found, at)
        leaf = Leaf(node, at, None if found.length is None else at + found.length)
        self._placed.setdefault(id(node), leaf)
        if listed and not inner:
            self.leaves.append(leaf)
        return found

    def _atom(
        self,
        node: Atom,
        length: Fraction | None,
        entry: Entry | None,
        at: Fraction,
        *,
        lr: bool,
        listed: bool,
    ) -> Bound:
        match node:
            case Block():
                parts = measure.expressions(node)
                found = self.sequence(parts, length, entry, at, lr=lr, listed=listed)
                return self._filled(found, node, length)
            case Main():
                found = self.sequence(self._main, length, None, at, lr=lr)
                return Bound(found.curve, found.end, length)
            case Repeat():
                return self._repeat(node, length, self._start(entry, lr=lr), at, lr=lr)
            case Plateau():
                return self._plateau(node, length, self._start(entry, lr=lr), at, lr=lr)
            case _:
                return pieces.bind(self.context, node, length, self._start(entry, lr=lr), at, lr=lr)

    def _repeat(
        self, node: Repeat, length: Fraction | None, entry: Entry, at: Fraction, *, lr: bool
    ) -> Bound:
        # A body is bound for its first cycle and for the rest: nested, that would double at each level.
        key = (id(node), length, entry, at, lr)
        if key not in self._known:
            if self._repeats >= LIMIT_REPEATS:
                message = f"more than {LIMIT_REPEATS} repeats inside each other, those of 'main' counted"
                raise self.context.fault(node, "too-deep", message, "multiply: { repeat … } * main")
            self._repeats += 1
            self._known[key] = cycles.repeat(self, node, length, entry, at, lr=lr)
            self._repeats -= 1
        return self._known[key]

    @staticmethod
    def _filled(found: Bound, node: Block, length: Fraction | None) -> Bound:
        """Give a block its own length where it has one; else it is over when its parts are."""
        if node.length is None and found.length is not None and found.end is not None:
            return found
        if length is None:
            return Bound(found.curve, None, None)
        end = found.end or Entry(found.curve.at(float(length)))
        return Bound(found.curve, end, length)

    def _start(self, entry: Entry | None, *, lr: bool) -> Entry:
        # A part may say where it starts itself, and then needs no base lr.
        if entry is None and lr and self.context.base is None:
            return Entry(-1.0)
        return entry or Entry(self.context.one(None, lr=lr))

    def _cued(self, node: Atom, found: Bound, at: Fraction) -> Bound:
        """Cut a part where its cue came; without one it goes on for its length, or for ever."""
        if self._repeats:
            hint = "move it out of the repeat"
            raise self.context.fault(node, "event", "a cue has no meaning inside a repeat", hint)
        self.cues.append(node.until)
        came = self.context.tape.cue(node.until, float(at))
        if came is None or (node.length and found.length is not None and came >= at + found.length):
            return found if node.length else Bound(found.curve, None, None)
        cut = came - at
        return Bound(found.curve, Entry(found.curve.at(float(cut))), cut)

    def _plateau(
        self, node: Plateau, length: Fraction | None, entry: Entry, at: Fraction, *, lr: bool
    ) -> Bound:
        if self._repeats:
            hint = "multiply: repeat … * plateau(…)"
            raise self.context.fault(node, "event", "plateau has no meaning inside a repeat", hint)
        entry = pieces.started(self.context, node, entry)
        every = [found for found in walk(self._program) if isinstance(found, Plateau)]
        number = next((i for i, found in enumerate(every) if found is node), 0)
        end = float("inf") if length is None else float(at + length)
        self.watches.append(Watch(number, node, float(at), end))
        drops = self.context.tape.drops(number, float(at), end)
        return Bound.ended(pieces.levels(self.context, node, entry.value, drops, at, lr=lr), length)

    def _product(self, node: Product, length: Fraction | None, at: Fraction, *, lr: bool) -> Bound:
        # The base lr goes into one factor: the one that is a learning rate, else the first.
        rates = [is_lr(factor, self._main_lr) for factor in node.of]
        carrier = rates.index(True) if True in rates else 0
        of = [self.operand(f, length, at, lr=lr and i == carrier) for i, f in enumerate(node.of)]
        return Bound.ended(Products(tuple(of)), length)

    def _clip(self, node: Clip, found: Bound, *, lr: bool) -> Bound:
        low, high = self.context.value(node.low, lr=lr), self.context.value(node.high, lr=lr)
        if low > high:
            message = f"the least value is {low:.6g}, the greatest {high:.6g}"
            raise self.context.fault(node, "order", message, "write the lesser first")
        curve = Clipped(found.curve, low, high)
        end = found.end and Entry(min(max(found.end.value, low), high))
        return Bound(curve, end, found.length)

    def operand(self, node: Expression, length: Fraction | None, at: Fraction, *, lr: bool) -> Curve:
        """Bind a factor or term: it starts at 1x, on the clock of the whole."""
        return self.sequence((node,), length, None, at, lr=lr).curve


def _rises(part: Expression) -> bool:
    """Tell whether a part is a ramp that goes up, from values that can be compared as written."""
    if not isinstance(part, Ramp) or part.start is None or part.to is None:
        return False
    return part.start.is_zero or (part.start.u == part.to.u and part.start.v < part.to.v)


def _joined(starts: list[float], found: list[Curve]) -> Curve:
    return found[0] if len(found) == 1 else Sequence(tuple(starts), tuple(found))


def _steps(amount: Fraction) -> str:
    value = float(amount)
    return f"{value:,.0f}" if value >= 10_000 else f"{value:g}"
