"""Curves of single parts: shapes, staircases, keyframes, arithmetic, plateaus."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import assert_never

import numpy as np

from rheostat.schedule.curve import curves
from rheostat.schedule.curve.calculation import Calculated
from rheostat.schedule.curve.combine import Sequence
from rheostat.schedule.curve.curves import Clock, Curve, Flat
from rheostat.schedule.curve.levels import Levels
from rheostat.schedule.curve.stairs import Stairs, StairsAt
from rheostat.schedule.tree.formula import names_in
from rheostat.schedule.tree.nodes import Curve as CurveNode
from rheostat.schedule.tree.nodes import Decay, Drop, Key, Keys, Plateau, Ramp, Statement

from .bound import Bound, Entry
from .context import Context, exact

__all__ = ["bind", "levels", "started"]

_PROBES = 64


def bind(
    context: Context,
    node: Ramp | Drop | Decay | CurveNode | Keys,
    length: Fraction | None,
    entry: Entry,
    at: Fraction,
    *,
    lr: bool,
) -> Bound:
    """Bind a part that goes on from ``entry``; a value below 0 there says that nothing is known of it."""
    match node:
        case Ramp():
            return _ramp(context, node, length, entry, at, lr=lr)
        case Drop():
            return _drop(context, node, length, started(context, node, entry), at)
        case Decay():
            return _decay(context, node, length, started(context, node, entry), at)
        case CurveNode():
            return _curve(context, node, length, at, lr=lr)
        case Keys():
            return _keys(context, node, length, entry, at, lr=lr)
        case _:
            assert_never(node)


def started(context: Context, node: Statement, entry: Entry) -> Entry:
    """Return where a part starts that does not say it; raise BindError where that is not known."""
    return entry if entry.value >= 0 else Entry(context.one(node, lr=True))


def _ramp(
    context: Context, node: Ramp, length: Fraction | None, entry: Entry, at: Fraction, *, lr: bool
) -> Bound:
    first = Entry(context.value(node.start, lr=lr)) if node.start else started(context, node, entry)
    if node.shape == "rsqrt":
        tau = float(context.steps(node.args[0], at))
        return Bound.ended(curves.RootDecay(first.value, tau), length, relative=first.relative)
    if node.to is None:
        return Bound(Flat(first.value), None if length is None else first, length)
    if length is None:
        raise context.missing("total", node, "a ramp without length")
    end = context.value(node.to, lr=lr)
    span = length - 1 if node.inclusive else length
    return Bound(_shape(context, node, (first.value, end), span), Entry(end), length)


def _shape(context: Context, node: Ramp | Key, ends: tuple[float, float], span: Fraction) -> Curve:
    first, end = ends
    if span <= 0 or first == end:
        return Flat(end)
    if node.shape == "expo":
        if min(first, end) <= 0:
            hint = "write its start, as expo 1e-7 -> …"
            raise context.fault(node, "zero", "expo cannot start or end at 0", hint)
        return curves.Expo(first, end, float(span))
    args = tuple(float(exact(arg)) for arg in node.args)
    return curves.Ramp(first, end, float(span), node.shape or "linear", args)


def _drop(context: Context, node: Drop, length: Fraction | None, entry: Entry, at: Fraction) -> Bound:
    factor = context.factor(node.factor)
    if entry.value == 0:
        return Bound.ended(Flat(0.0), length, relative=entry.relative)
    curve: Curve
    if node.every is not None:
        curve = Stairs(entry.value, factor, Clock.of(context.steps(node.every, at)))
    else:
        times = tuple(sorted(float(context.steps(time, at)) for time in node.at))
        curve = StairsAt(entry.value, factor, times)
    return Bound.ended(curve, length, relative=entry.relative)


def _decay(context: Context, node: Decay, length: Fraction | None, entry: Entry, at: Fraction) -> Bound:
    factor = context.factor(node.factor)
    if factor <= 0:
        raise context.fault(node.factor, "zero", "decay by 0 has no curve", "use drop, or hold 0")
    every = Clock.of(context.steps(node.every, at))
    curve = curves.Decay(entry.value, factor, every) if entry.value else Flat(0.0)
    return Bound.ended(curve, length, relative=entry.relative)


def _keys(
    context: Context, node: Keys, length: Fraction | None, entry: Entry, at: Fraction, *, lr: bool
) -> Bound:
    times = [context.steps(key.at, at) for key in node.keys]
    for (before, after), key in zip(pairwise(times), node.keys[1:], strict=True):
        if after < before:
            hint = "put keys in order of time"
            raise context.fault(key, "order", "this key comes before the one above it", hint)
    values = [context.value(key.value, lr=lr) for key in node.keys]
    if times[0] > 0:
        times.insert(0, Fraction(0))
        values.insert(0, started(context, node, entry).value)
    starts, found = [], []
    leading: tuple[Key, ...] = node.keys[-(len(times) - 1) :] if len(times) > 1 else ()
    for key, (begin, end), ends in zip(leading, pairwise(times), pairwise(values), strict=True):
        if end > begin:
            hold = key.shape == "hold"
            starts.append(float(begin))
            found.append(Flat(ends[0]) if hold else _shape(context, key, ends, end - begin))
    starts.append(float(times[-1]))
    found.append(Flat(values[-1]))
    curve = found[0] if len(found) == 1 else Sequence(tuple(starts), tuple(found))
    return Bound.ended(curve, length)


def _curve(context: Context, node: CurveNode, length: Fraction | None, at: Fraction, *, lr: bool) -> Bound:
    names = names_in(node.of)
    known = context.known(node, names)
    if length is None and names & {"u", "T"}:
        raise context.missing("total", node, "'u' or 'T' in a curve without length")
    if "n" in names and context.tokens is None:
        raise context.missing("step", node, "'n'")
    span = None if length is None else float(length)
    if span is not None and "T" in names:
        known["T"] = span
    scale = context.one(node, lr=lr) if node.u == "x" else 1.0
    amounts = context.tokens if "n" in names else None
    curve = Calculated(node.of, tuple(sorted(known.items())), span, amounts, float(at), scale)
    _probe(context, node, curve, span)
    return Bound.ended(curve, length)


def _probe(context: Context, node: CurveNode, curve: Calculated, span: float | None) -> None:
    """Warn where arithmetic leaves the bounds of a learning rate."""
    t = np.floor(np.linspace(0.0, 1e6 if span is None else max(span - 1.0, 0.0), _PROBES + 1))
    values = np.empty(len(t))
    curve.fill_raw(t, values)
    wrong = np.flatnonzero(~((values > -1e-12) & (values < curves.CEILING)))
    if len(wrong):
        what = "goes below 0" if values[wrong[0]] < 0 else "has no bounds"
        message = f"this curve {what} at t = {int(t[wrong[0]])}; it is kept between 0 and 1e100"
        context.warn(context.spans.of(node), "curve-range", message, "write max(…, 0)")


def levels(
    context: Context, node: Plateau, value: float, drops: tuple[int, ...], at: Fraction, *, lr: bool
) -> Curve:
    """Return the curve of a plateau with the drops that happened, by the arithmetic of torch."""
    factor = 0.1 if node.factor is None else context.factor(node.factor)
    floor = context.value(node.floor, lr=lr) if node.floor else 0.0
    eps = _eps(context, node, lr=lr)
    values, times = [value], []
    for step in drops:
        lower = max(value * factor, floor)
        if value - lower > eps:
            value = lower
            values.append(value)
            times.append(float(step - at))
    return Levels(tuple(values), tuple(times)) if times else Flat(value)


def _eps(context: Context, node: Plateau, *, lr: bool) -> float:
    """Return the least drop worth making: torch's is a learning rate."""
    if node.rule in {"keras", "optax"}:
        return 0.0
    eps = 1e-8 if node.eps is None else node.eps.v
    return eps if lr or not context.base else eps / context.base
