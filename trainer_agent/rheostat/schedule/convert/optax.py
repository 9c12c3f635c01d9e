"""Schedules from the parameters of optax's functions (optax 0.2.8): absolute lrs, no base.

The formulas are optax's; all of them count updates from 0. Imports no optax.
"""

# ruff: noqa: PLR0917 - parameters come in optax's own order

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from rheostat.schedule.diagnostics import ConversionError, ScheduleError, closest
from rheostat.schedule.program import Schedule, parse
from rheostat.schedule.tree.nodes import spell

from .piece import Piece, between, factor, finite, hold, joined, ramp, within

__all__ = ["WRITERS", "from_optax"]

Optax = tuple[str, Mapping[str, object]]


def from_optax(name: str, *args: object, **params: object) -> Schedule:
    """Write what one of optax's schedules does, given by the name of its function and its parameters.

    ``from_optax("warmup_cosine_decay_schedule", 0.0, 1e-3, 100, 1000)``. For ``join_schedules`` the parts are
    pairs of name and parameters: ``from_optax("join_schedules", [("linear_schedule", {...}), ...], [100])``.

    Raises ConversionError for an unknown name, parameters that optax refuses, and curves without words.
    """
    piece = _piece(name, args, params)
    try:
        return parse(within(piece, None, at_one=True))
    except ScheduleError as error:
        raise ConversionError(f"the language cannot say this optax schedule: {error}") from None


def _piece(name: str, args: Sequence[object], params: Mapping[str, object]) -> Piece:
    writer = WRITERS.get(name.rpartition(".")[2])
    if writer is None:
        near = closest(name, WRITERS)
        hint = f"did you mean '{near}'?" if near else "known are " + ", ".join(WRITERS)
        raise ConversionError(f"optax.{name} is not known here: {hint}")
    try:
        bound = inspect.signature(writer).bind(*args, **params)
    except TypeError as error:
        raise ConversionError(f"optax.{name}: {error}") from None
    return writer(*bound.args, **bound.kwargs)


def _value(value: object, what: str) -> float:
    return finite(value, f"optax {what}")


def _constant(value: float) -> Piece:
    return hold(spell(_value(value, "value")))


def _polynomial(
    init_value: float, end_value: float, power: float, transition_steps: int, transition_begin: int = 0
) -> Piece:
    start, end = spell(_value(init_value, "init_value")), spell(_value(end_value, "end_value"))
    if transition_steps <= 0:
        return hold(start)
    shape = "linear" if power == 1 else f"poly({spell(_value(power, 'power'))})"
    if power == 0:
        return hold(start)
    waiting = [hold(start, transition_begin)] if transition_begin > 0 else []
    return joined([*waiting, ramp(shape, start, end, transition_steps)])


def _linear(init_value: float, end_value: float, transition_steps: int, transition_begin: int = 0) -> Piece:
    return _polynomial(init_value, end_value, 1, transition_steps, transition_begin)


def _exponential(
    init_value: float,
    transition_steps: int,
    decay_rate: float,
    transition_begin: int = 0,
    staircase: bool = False,
    end_value: float | None = None,
) -> Piece:
    start, rate = _value(init_value, "init_value"), _value(decay_rate, "decay_rate")
    if transition_steps <= 0 or rate == 0 or start == 0:
        return hold(spell(start))
    waiting = [hold(spell(start), transition_begin)] if transition_begin > 0 else []
    word = "drop" if staircase else "decay"
    falling = f"{spell(start)} * {word} {factor(rate)} every {transition_steps}"
    if end_value is None or rate == 1:
        return joined([*waiting, Piece(falling)])
    end = _value(end_value, "end_value")
    beyond = start <= end if rate < 1 else start >= end
    if beyond:
        return hold(spell(end))
    if end == 0:
        return joined([*waiting, Piece(falling)])
    periods = math.log(end / start) / math.log(rate)
    if staircase:
        whole = math.ceil(periods - 1e-12) * transition_steps
        return joined([*waiting, between(falling, whole), hold(spell(end))])
    return joined([*waiting, ramp("expo", spell(start), spell(end), periods * transition_steps)])


def _cosine(init_value: float, decay_steps: int, alpha: float = 0.0, exponent: float = 1.0) -> Piece:
    start, low = _value(init_value, "init_value"), _value(alpha, "alpha")
    if decay_steps <= 0:
        raise ConversionError(f"optax decay_steps is {decay_steps}: expected more than 0")
    if exponent == 1:
        return ramp("cosine", spell(start), spell(start * low), decay_steps)
    half = f"(0.5 + 0.5 * cos({spell(math.pi)} * u))^{spell(_value(exponent, 'exponent'))}"
    height = f"{spell(start * (1 - low))} * " if low <= 1 else f"-{spell(start * (low - 1))} * "
    text = f"curve({spell(start * low)} + {height}{half})" if low else f"curve({spell(start)} * {half})"
    return Piece(f"{text} for {decay_steps}; hold {spell(start * low)}", None)


def _piecewise_constant(init_value: float, boundaries_and_scales: Mapping[int, float] | None = None) -> Piece:
    value = _value(init_value, "init_value")
    found, at = [], 0
    for boundary, scale in sorted((boundaries_and_scales or {}).items()):
        if boundary > at:
            found.append(hold(spell(value), boundary - at))
            at = boundary
        value *= _value(scale, "scale")
    return joined([*found, hold(spell(value))])


def _piecewise_interpolate(
    interpolate_type: str, init_value: float, boundaries_and_scales: Mapping[int, float] | None = None
) -> Piece:
    if interpolate_type not in {"linear", "cosine"}:
        raise ConversionError(
            f"optax interpolate_type is {interpolate_type!r}: expected 'linear' or 'cosine'"
        )
    value = _value(init_value, "init_value")
    keys = [(0, value)]
    for boundary, scale in sorted((boundaries_and_scales or {}).items()):
        value *= _value(scale, "scale")
        keys.append((boundary, value))
    found = [
        ramp(interpolate_type, spell(a), spell(b), end - start) for (start, a), (end, b) in pairwise(keys)
    ]
    return joined([*found, hold(spell(value))])


def _linear_onecycle(
    transition_steps: int,
    peak_value: float,
    pct_start: float = 0.3,
    pct_final: float = 0.85,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> Piece:
    scales = {
        int(pct_start * transition_steps): div_factor,
        int(pct_final * transition_steps): 1.0 / div_factor,
        transition_steps: 1.0 / final_div_factor,
    }
    return _piecewise_interpolate("linear", peak_value / div_factor, scales)


def _cosine_onecycle(
    transition_steps: int,
    peak_value: float,
    pct_start: float = 0.3,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> Piece:
    scales = {
        int(pct_start * transition_steps): div_factor,
        transition_steps: 1.0 / (div_factor * final_div_factor),
    }
    return _piecewise_interpolate("cosine", peak_value / div_factor, scales)


def _warmup_constant(init_value: float, peak_value: float, warmup_steps: int) -> Piece:
    return _linear(init_value, peak_value, warmup_steps)


def _warmup_cosine(
    init_value: float,
    peak_value: float,
    warmup_steps: int,
    decay_steps: int,
    end_value: float = 0.0,
    exponent: float = 1.0,
) -> Piece:
    alpha = 0.0 if peak_value == 0.0 else end_value / peak_value
    fall = _cosine(peak_value, decay_steps - warmup_steps, alpha, exponent)
    return joined([ramp("linear", spell(init_value), spell(peak_value), warmup_steps), fall])


def _warmup_exponential(
    init_value: float,
    peak_value: float,
    warmup_steps: int,
    transition_steps: int,
    decay_rate: float,
    transition_begin: int = 0,
    staircase: bool = False,
    end_value: float | None = None,
) -> Piece:
    fall = _exponential(peak_value, transition_steps, decay_rate, transition_begin, staircase, end_value)
    return joined([ramp("linear", spell(init_value), spell(peak_value), warmup_steps), fall])


def _sgdr(cosine_kwargs: Iterable[Mapping[str, object]]) -> Piece:
    kwargs = list(cosine_kwargs)
    lengths = [_value(each.get("decay_steps"), "decay_steps") for each in kwargs]
    ends = [sum(lengths[: i + 1]) for i in range(len(lengths) - 1)]
    return _join([("warmup_cosine_decay_schedule", each) for each in kwargs], ends)


def _join(schedules: Iterable[Optax], boundaries: Sequence[float]) -> Piece:
    parts = list(schedules)
    if len(boundaries) != len(parts) - 1 or list(boundaries) != sorted(boundaries):
        raise ConversionError("optax.join_schedules: expected ascending boundaries, one fewer than schedules")
    found, at = [], 0.0
    for (name, params), end in zip(parts, [*boundaries, None], strict=True):
        piece = _piece(name, (), params)
        if end is None:
            found.append(piece)
        elif end > at:
            found.append(Piece(within(piece, end - at, at_one=False), end - at))
            at = end
    return joined(found)


WRITERS: Mapping[str, Callable[..., Piece]] = {
    "constant_schedule": _constant,
    "polynomial_schedule": _polynomial,
    "linear_schedule": _linear,
    "exponential_decay": _exponential,
    "cosine_decay_schedule": _cosine,
    "piecewise_constant_schedule": _piecewise_constant,
    "piecewise_interpolate_schedule": _piecewise_interpolate,
    "linear_onecycle_schedule": _linear_onecycle,
    "cosine_onecycle_schedule": _cosine_onecycle,
    "warmup_constant_schedule": _warmup_constant,
    "warmup_cosine_decay_schedule": _warmup_cosine,
    "warmup_exponential_decay_schedule": _warmup_exponential,
    "sgdr_schedule": _sgdr,
    "join_schedules": _join,
}
