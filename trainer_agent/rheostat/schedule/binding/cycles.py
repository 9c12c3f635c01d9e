"""Binding ``repeat``: one period, resolved once, over and over."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from rheostat.schedule.curve.beats import Beat, Even, Stretched
from rheostat.schedule.curve.combine import Sequence
from rheostat.schedule.curve.curves import Clock, Flat
from rheostat.schedule.curve.cycles import Cycles
from rheostat.schedule.tree.nodes import Expression, Repeat

from . import measure
from .bound import Bound, Entry
from .pieces import started

if TYPE_CHECKING:
    from .bind import Binder

__all__ = ["repeat"]


def repeat(
    binder: Binder, node: Repeat, length: Fraction | None, entry: Entry, at: Fraction, *, lr: bool
) -> Bound:
    """Bind a repeat; the lengths inside are those that its first cycle has."""
    context = binder.context
    body = measure.expressions(node)
    period = _period(binder, node, body, length, at)
    entered = Entry(entry.value, relative=True)
    first = binder.sequence(body, period, entered, at, lr=lr)
    assert first.end is not None
    rest, gain = first, 1.0
    if first.end.relative:
        value = started(context, node, entry).value
        gain = first.end.value / value if value else 1.0
    else:
        rest = binder.sequence(body, period, Entry(first.end.value), at, lr=lr)
    toward = context.value(node.toward, lr=lr) if node.toward else 0.0
    shrink = context.factor(node.shrink) if node.shrink else 1.0
    stretch = node.stretch.v if node.stretch else 1.0
    beat: Beat = Even(Clock.of(period))
    if stretch != 1.0:
        beat = Stretched.of(period, stretch, node.count)
    assert rest.end is not None
    ends = (first.end.value, first.end.value if first.end.relative else rest.end.value)
    cycles = Cycles(beat, float(period), first.curve, rest.curve, ends, gain, shrink, toward)
    return _stop(node, cycles, period, length, relative=first.end.relative and toward == 0.0)


def _stop(
    node: Repeat, cycles: Cycles, period: Fraction, length: Fraction | None, *, relative: bool
) -> Bound:
    """End a repeat after its last cycle, at that cycle's own end value."""
    whole = None if node.count is None else measure.cycles_length(period, node)
    if whole is None or (length is not None and length < whole):
        end = None if length is None else Entry(cycles.before(float(length)), relative)
        return Bound(cycles, end, length)
    assert node.count is not None
    held = Entry(cycles.end(float(node.count - 1)), relative)
    curve = Sequence((0.0, float(whole)), (cycles, Flat(held.value)))
    return Bound(curve, None if length is None else held, length)


def _period(
    binder: Binder, node: Repeat, body: tuple[Expression, ...], length: Fraction | None, at: Fraction
) -> Fraction:
    """Return the steps of the first cycle: of its own parts, or its share of the length."""
    context = binder.context
    wanted = measure.in_turn(body, context, at)
    if not wanted.share:
        return wanted.amount
    if node.count is None:
        raise context.fault(
            node, "no-length", "parts repeated for ever need lengths", "write 'for 10ep' behind each"
        )
    if length is None:
        raise context.missing("total", node, "a repeat without length")
    return length / measure.cycles_length(Fraction(1), node)
