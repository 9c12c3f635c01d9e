"""A schedule as optax code: closed forms of optax, joined (optax 0.2.8)."""

from __future__ import annotations

from math import inf
from typing import Unpack

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.program import Schedule

from .outline import Run, Segment, outline

__all__ = ["to_optax"]

_HEAD = '''"""A learning-rate schedule for optax, written by Rheostat. It needs optax and nothing else."""

import optax


def make_schedule():
    """Return a function from the count of updates to the learning rate."""
'''


def to_optax(schedule: Schedule | str, **run: Unpack[Run]) -> str:
    """Write a schedule as a Python module with ``make_schedule()`` returning an optax schedule.

    ``run`` is what ``Schedule.bind`` takes. optax calculates in float32 unless jax has x64 enabled.

    Raises BindError where the run has to supply more, ConversionError where optax has no such curve.
    """
    _, segments = outline(schedule, **run)
    texts = [_text(one) for one in segments]
    if len(texts) == 1:
        return f"{_HEAD}    return {texts[0]}\n"
    ends, at = [], 0.0
    for one in segments[:-1]:
        at += one.length
        ends.append(_whole(at))
    parts = "".join(f"        {text},\n" for text in texts)
    return f"{_HEAD}    schedules = [\n{parts}    ]\n    return optax.join_schedules(schedules, {ends!r})\n"


def _text(one: Segment) -> str:  # noqa: PLR0911 - one return for each shape
    first, last = one.first, one.last
    steps = _whole(one.length)
    match one.shape:
        case "hold":
            return f"optax.constant_schedule({first!r})"
        case "linear":
            return f"optax.linear_schedule({first!r}, {last!r}, {steps!r})"
        case "poly":
            return f"optax.polynomial_schedule({first!r}, {last!r}, {one.args[0]!r}, {steps!r})"
        case "cosine" if first > 0:
            return f"optax.cosine_decay_schedule({first!r}, {steps!r}, alpha={last / first!r})"
        case "expo":
            return f"optax.exponential_decay({first!r}, {steps!r}, {last / first!r}, end_value={last!r})"
        case "decay" | "drop every" if one.args[0] > 0:
            stairs = ", staircase=True" if one.shape != "decay" else ""
            return f"optax.exponential_decay({first!r}, {_whole(one.args[1])!r}, {one.args[0]!r}{stairs})"
        case "drop at" if all(time == int(time) for time in one.args[1:]):
            scales: dict[int, float] = {}
            for time in one.args[1:]:
                scales[int(time)] = scales.get(int(time), 1.0) * one.args[0]
            return f"optax.piecewise_constant_schedule({first!r}, {scales!r})"
        case _:
            start = f" from {first:g}" if one.shape == "cosine" else ""
            raise ConversionError(
                f"optax has no {one.shape}{start}: export it with to_torch, or spell it in jax"
            )


def _whole(value: float) -> float:
    return int(value) if value != inf and value == int(value) else value
