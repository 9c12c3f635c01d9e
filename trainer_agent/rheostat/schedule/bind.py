"""From a tree and its context to a curve: units, shares and left-out values resolved once."""

from __future__ import annotations

from collections.abc import Sequence as Listing
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from . import curves, lengths
from .combine import Beat, Cycles, Even, Products, Sequence, Stretched, Sums
from .context import Context, exact
from .curves import Clock, Curve, Flat
from .kinds import is_lr, is_lr_seq
from .nodes import Block, Decay, Drop, Expression, Main, Product, Ramp, Repeat, Sum

__all__ = ["Binder", "Leaf"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part on the step axis. ``end`` is None where it goes on for ever."""

    node: Expression
    start: Fraction
    end: Fraction | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a part starts from. ``relative``: a later cycle of the same body may start from another value."""

    value: float
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A curve and what follows on from it; ``end`` is None where it never ends."""

    curve: Curve
    end: Entry | None


class Binder:
    """Makes curves from expressions. ``main`` are the parts outside any group."""

    def __init__(self, context: Context, main: Listing[Expression]) -> None:
        self._context = context
        self._main = main
        self._main_lr = is_lr_seq(main, main_lr=False)
        self.leaves: list[Leaf] = []

    def program(self, parts: Listing[Expression]) -> Curve:
        """Bind parts to a curve of learning rates over the whole run."""
        return self._sequence(parts, self._context.total, None, lr=True, origin=Fraction(0)).curve

    def _sequence(
        self,
        parts: Listing[Expression],
        available: Fraction | None,
        entry: Entry | None,
        *,
        lr: bool,
        origin: Fraction | None = None,
    ) -> Bound:
        """Bind parts one after the other; with an ``origin`` on the step axis they are listed as leaves."""
        starts: list[float] = []
        found: list[Curve] = []
        at = Fraction(0)
        plan = lengths.lay_out(parts, available, self._context)
        self._check_fit(parts, plan, available)
        for part, length in zip(parts, plan, strict=True):
            if length == 0 or (available is not None and at >= available):
                self._never(part)
                continue
            bound = self._part(part, length, entry, lr=lr, origin=None if origin is None else origin + at)
            starts.append(float(at))
            found.append(bound.curve)
            entry = bound.end
            if length is None:
                return Bound(self._joined(starts, found), None)
            at += length
        if not found:
            held = entry or Entry(self._context.one(None, lr=lr))
            return Bound(Flat(held.value), held)
        if available is not None and at > available:
            entry = Entry(self._joined(starts, found).at(float(available)), bool(entry and entry.relative))
        assert entry is not None
        end = at if available is None else min(at, available)
        if not isinstance(found[-1], Flat) or at > end:
            starts.append(float(end))
            found.append(Flat(entry.value))
        return Bound(self._joined(starts, found), entry)

    @staticmethod
    def _joined(starts: list[float], found: list[Curve]) -> Curve:
        return found[0] if len(found) == 1 else Sequence(tuple(starts), tuple(found))

    def _check_fit(
        self, parts: Listing[Expression], plan: list[Fraction | None], available: Fraction | None
    ) -> None:
        total = sum((length for length in plan if length is not None), Fraction(0))
        if available is None or total <= available:
            return
        spans = self._context.spans
        message = f"parts last {_steps(total)} of {_steps(available)} steps"
        span = spans.of(parts[-1])
        self._context.warn(span, "too-long", message, "shorten the last part, or raise total")

    def _never(self, part: Expression) -> None:
        span = self._context.spans.of(part)
        self._context.warn(
            span, "never", "nothing is left of the run for this part", "shorten the parts before"
        )

    def _part(  # noqa: PLR0911 - one return for each node
        self,
        node: Expression,
        length: Fraction | None,
        entry: Entry | None,
        *,
        lr: bool,
        origin: Fraction | None = None,
    ) -> Bound:
        if isinstance(node, Block):
            return self._sequence(lengths.expressions(node), length, entry, lr=lr, origin=origin)
        if origin is not None:
            self.leaves.append(Leaf(node, origin, None if length is None else origin + length))
        match node:
            case Ramp():
                return self._ramp(node, length, entry, lr=lr)
            case Drop():
                return self._drop(node, length, self._start(entry, lr=lr))
            case Decay():
                return self._decay(node, length, self._start(entry, lr=lr))
            case Repeat():
                return self._repeat(node, length, entry, lr=lr)
            case Main():
                return self._sequence(self._main, length, None, lr=lr)
            case Product():
                return self._product(node, length, lr=lr)
            case Sum():
                of = [self._operand(term, length, lr=lr) for term in node.of]
                signs = tuple(1.0 if sign == "+" else -1.0 for sign in node.signs)
                return self._ended(Sums(tuple(of), signs), length)
            case _:
                assert_never(node)

    def _start(self, entry: Entry | None, *, lr: bool) -> Entry:
        return entry or Entry(self._context.one(None, lr=lr))

    def _ramp(self, node: Ramp, length: Fraction | None, entry: Entry | None, *, lr: bool) -> Bound:
        context = self._context
        first = Entry(context.value(node.start, lr=lr)) if node.start else self._start(entry, lr=lr)
        if node.shape == "rsqrt":
            curve = curves.RootDecay(first.value, float(context.steps(node.args[0])))
            return self._ended(curve, length, relative=first.relative)
        if node.to is None:
            return Bound(Flat(first.value), None if length is None else first)
        if length is None:
            raise context.missing("total", node, "a ramp without length")
        end = context.value(node.to, lr=lr)
        span = float(length - 1 if node.inclusive else length)
        last = Entry(end)
        if span <= 0 or first.value == end:
            return Bound(Flat(end), last)
        if node.shape == "expo":
            if first.value <= 0:
                raise context.fault(
                    node, "zero", "expo cannot start at 0", "write its start, as expo 1e-7 -> …"
                )
            return Bound(curves.Expo(first.value, end, span), last)
        args = tuple(float(exact(arg)) for arg in node.args)
        return Bound(curves.Ramp(first.value, end, span, node.shape or "linear", args), last)

    def _drop(self, node: Drop, length: Fraction | None, entry: Entry) -> Bound:
        factor = node.factor.v
        if entry.value == 0:
            return self._ended(Flat(0.0), length, relative=entry.relative)
        curve: Curve
        if node.every is not None:
            curve = curves.Stairs(entry.value, factor, Clock.of(self._context.steps(node.every)))
        else:
            times = tuple(sorted(float(self._context.steps(time)) for time in node.at))
            curve = curves.StairsAt(entry.value, factor, times)
        return self._ended(curve, length, relative=entry.relative)

    def _decay(self, node: Decay, length: Fraction | None, entry: Entry) -> Bound:
        every = Clock.of(self._context.steps(node.every))
        curve = curves.Decay(entry.value, node.factor.v, every) if entry.value else Flat(0.0)
        return self._ended(curve, length, relative=entry.relative)

    @staticmethod
    def _ended(curve: Curve, length: Fraction | None, *, relative: bool = False) -> Bound:
        """Let the next part start from where the curve stands when the length is over."""
        return Bound(curve, None if length is None else Entry(curve.at(float(length)), relative))

    def _product(self, node: Product, length: Fraction | None, *, lr: bool) -> Bound:
        # The base lr goes into one factor: the one that is a learning rate, else the first.
        rates = [is_lr(factor, self._main_lr) for factor in node.of]
        carrier = rates.index(True) if True in rates else 0
        of = [self._operand(f, length, lr=lr and i == carrier) for i, f in enumerate(node.of)]
        return self._ended(Products(tuple(of)), length)

    def _operand(self, node: Expression, length: Fraction | None, *, lr: bool) -> Curve:
        """Bind a factor or term: it starts at 1x, on the clock of the whole."""
        return self._sequence((node,), length, None, lr=lr).curve

    def _repeat(self, node: Repeat, length: Fraction | None, entry: Entry | None, *, lr: bool) -> Bound:
        body = lengths.expressions(node)
        period = self._period(node, body, length)
        first = self._sequence(body, period, Entry(self._start(entry, lr=lr).value, relative=True), lr=lr)
        assert first.end is not None
        rest, gain = first, 1.0
        if first.end.relative:
            entered = self._start(entry, lr=lr).value
            gain = first.end.value / entered if entered else 1.0
        else:
            rest = self._sequence(body, period, Entry(first.end.value), lr=lr)
        toward = self._context.value(node.toward, lr=lr) if node.toward else 0.0
        shrink = node.shrink.v if node.shrink else 1.0
        stretch = node.stretch.v if node.stretch else 1.0
        beat: Beat = Even(Clock.of(period))
        if stretch != 1.0:
            beat = Stretched.of(period, stretch, node.count)
        assert rest.end is not None
        ends = (first.end.value, first.end.value if first.end.relative else rest.end.value)
        cycles = Cycles(beat, float(period), first.curve, rest.curve, ends, gain, shrink, toward)
        return self._stop(node, cycles, period, length, relative=first.end.relative and toward == 0.0)

    def _stop(
        self, node: Repeat, cycles: Cycles, period: Fraction, length: Fraction | None, *, relative: bool
    ) -> Bound:
        """End a repeat after its last cycle, at that cycle's own end value."""
        whole = None if node.count is None else lengths.cycles_length(period, node)
        if whole is None or (length is not None and length < whole):
            end = None if length is None else Entry(cycles.before(float(length)), relative)
            return Bound(cycles, end)
        assert node.count is not None
        held = Entry(cycles.end(float(node.count - 1)), relative)
        curve = Sequence((0.0, float(whole)), (cycles, Flat(held.value)))
        return Bound(curve, None if length is None else held)

    def _period(self, node: Repeat, body: tuple[Expression, ...], length: Fraction | None) -> Fraction:
        """Return the steps of the first cycle: of its own parts, or its share of the length."""
        wanted = [lengths.measure(part, self._context) for part in body]
        if not any(part.share for part in wanted):
            return sum((part.amount for part in wanted), Fraction(0))
        if node.count is None:
            raise self._context.fault(
                node, "no-length", "parts repeated for ever need lengths", "write 'for 10ep' behind each"
            )
        if length is None:
            raise self._context.missing("total", node, "a repeat without length")
        return length / lengths.cycles_length(Fraction(1), node)


def _steps(amount: Fraction) -> str:
    value = float(amount)
    return f"{value:,.0f}" if value >= 10_000 else f"{value:g}"
