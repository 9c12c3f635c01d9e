"""Doubts about a plan: what its numbers show that a text alone does not."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from rheostat.schedule.diagnostics import Diagnostic, Span, diagnose
from rheostat.schedule.tree.nodes import Drop, spell

from .jump import Jump

if TYPE_CHECKING:
    from rheostat.schedule.binding.bound import Leaf, Watch
    from rheostat.schedule.plan import Plan

__all__ = ["doubts"]


def doubts(plan: Plan, jumps: tuple[Jump, ...], total: int) -> tuple[Diagnostic, ...]:
    """Find steep jumps, zeros, parts that are never seen, and drops that never come."""
    found = [*_steep(plan, jumps)]
    if plan.total is not None and total > 1:
        found += _zeros(plan, total)
        for leaf, span in plan.leaves:
            found += _unseen(plan, leaf, span)
            found += _no_drop(plan, leaf, span, total)
        found += [told for watch in plan.watches for told in _idle(plan, watch, total)]
    return tuple(found)


def _steep(plan: Plan, jumps: tuple[Jump, ...]) -> Iterator[Diagnostic]:
    starts = {math.ceil(leaf.start) for leaf, _ in plan.leaves}
    for jump in jumps:
        low, high = sorted((jump.before, jump.after))
        # Jumps inside a part are what it was written for.
        if low > 0 and high > 10 * low * (1 + 1e-9) and jump.step in starts:
            message = f"the lr jumps from {_short(jump.before)} to {_short(jump.after)} at step {jump.step}"
            yield _at(plan, jump.step, "jump", message, "start the part where the one before ends")


def _zeros(plan: Plan, total: int) -> Iterator[Diagnostic]:
    """Steps at either end in which nothing is learned; a group may be frozen on purpose."""
    stopped = _zero_from(plan, total) if plan(total - 1) == 0.0 else total
    started = _zero_until(plan) if plan.group is None else 0
    if started > 1 and stopped > started:
        message = f"the lr is 0 for the first {started} steps"
        yield _at(
            plan, 0, "zero-start", message, "nothing is learned there: start above 0, as linear 0 -> 1x"
        )
    if total - stopped > 1:
        message = f"the lr is 0 from step {stopped} on, {total - stopped} steps before the end"
        hint = "nothing is learned there: lengthen the last part"
        yield _at(plan, stopped, "zero-lr", message, hint)


def _zero_from(plan: Plan, total: int) -> int:
    """Return the first step of the zeros at the end: at a break, since smooth parts reach 0 only there."""
    start = total - 1
    for leaf, _ in reversed(plan.leaves):
        for at in (leaf.end, leaf.start):
            step = math.ceil(at) if at is not None else total
            if step < start and plan(step) == 0.0 and plan((step + start) // 2) == 0.0:
                start = step
    return start


def _zero_until(plan: Plan) -> int:
    """Return how many steps at the start have lr 0: up to the end of a part that starts and ends at 0."""
    for leaf, _ in plan.leaves:
        if leaf.start > 0 or leaf.end is None:
            break
        end = math.ceil(leaf.end)
        if all(plan(step) == 0.0 for step in {0, end // 3, end // 2, max(end - 1, 0)}):
            return end
    return 0


def _unseen(plan: Plan, leaf: Leaf, span: Span) -> Iterator[Diagnostic]:
    """A part between two steps."""
    if leaf.end is not None and math.ceil(leaf.start) >= math.ceil(leaf.end):
        length = _short(float(leaf.end - leaf.start))
        message = f"this part lasts {length} steps and none falls into it"
        yield _told(plan, span, "unseen", message, "lengthen it to at least one step")


def _no_drop(plan: Plan, leaf: Leaf, span: Span, total: int) -> Iterator[Diagnostic]:
    """A staircase over before its first step down."""
    if not isinstance(leaf.node, Drop):
        return
    end = total if leaf.end is None else min(float(leaf.end), total)
    y = [plan(step) for step in (math.ceil(leaf.start), math.ceil(end) - 1)]
    if end - leaf.start > 1 and y[0] == y[1] > 0 and leaf.node.factor.v != 1:
        message = f"no drop falls within the {_short(float(end - leaf.start))} steps of this part"
        yield _told(plan, span, "no-drop", message, "drop earlier, or raise total")


def _idle(plan: Plan, watch: Watch, total: int) -> Iterator[Diagnostic]:
    """A plateau that cannot drop, whatever its metric does."""
    node, span = watch.node, _place(plan, watch)
    end = min(watch.end, float(total))
    patience = 10 if node.patience is None else int(node.patience.v)
    # The first value is always better than none; torch's patience then has to be exceeded.
    needed = patience + (2 if node.rule in {"", "torch"} else 1)
    if needed > end - watch.start:
        steps = _short(end - watch.start)
        message = f"a patience of {patience} is never over in the {steps} steps of this plateau"
        yield _told(plan, span, "idle-plateau", message, "lower patience, or raise total")
        return
    floor = _floor(plan, watch)
    if floor is not None and plan.base is not None and floor >= plan.base > 0:
        message = f"the lr of this plateau is never above its min {_short(floor)}"
        yield _told(plan, span, "idle-plateau", message, f"lower min below {_short(plan.base)}")


def _floor(plan: Plan, watch: Watch) -> float | None:
    floor = watch.node.floor
    if floor is None or floor.of is not None or plan.base is None:
        return None
    return floor.v * plan.base if floor.u == "x" else floor.v


def _place(plan: Plan, watch: Watch) -> Span:
    inside = [span for leaf, span in plan.leaves if leaf.start <= Fraction(watch.start)]
    return inside[-1] if inside else Span(0, 0)


def _at(plan: Plan, step: int, code: str, message: str, suggestion: str) -> Diagnostic:
    # Parts are listed by their starts.
    found = bisect_right(plan.leaves, Fraction(step), key=lambda listed: listed[0].start) - 1
    return _told(plan, plan.leaves[found][1] if found >= 0 else Span(0, 0), code, message, suggestion)


def _told(plan: Plan, span: Span, code: str, message: str, suggestion: str) -> Diagnostic:
    return diagnose(plan.text, span, code, message, suggestion=suggestion, severity="warning")


def _short(value: float) -> str:
    """Spell a value for a message: three digits, whole numbers in full."""
    return f"{value:,.0f}" if value == int(value) and value >= 1 else spell(float(f"{value:.3g}"))
