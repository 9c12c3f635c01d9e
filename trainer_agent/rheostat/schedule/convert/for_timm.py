"""A schedule as the timm scheduler with the same curve, as code (timm 1.0.31)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.program import Schedule

from .outline import Run, Segment
from .recipe import Recipe, recipe

__all__ = ["to_timm"]

_HEAD = '''"""A learning-rate schedule for timm, written by Rheostat."""

import timm.scheduler


def make_scheduler(optimizer):
    """Return a scheduler whose step_update(n) takes the count of updates; the optimizer's lr is {lr}."""
    return timm.scheduler.{name}(
        optimizer,
{arguments}    )
'''
_FALLS = {"linear": "linear", "cosine": "cosine", "sqrt": "1-sqrt"}


def to_timm(schedule: Schedule | str, **run: Unpack[Run]) -> str:
    """Write a schedule as a Python module with ``make_scheduler(optimizer)`` returning a timm scheduler.

    It counts updates (``t_in_epochs=False``) and expects an optimizer with the lr it names.

    Raises BindError where the run has to supply more, ConversionError where timm has no such curve.
    """
    found = recipe(schedule, "timm", **run)
    name, given = _scheduler(found)
    if found.warmup:
        given |= {"warmup_t": _whole(found.warmup), "warmup_lr_init": found.start}
        given |= {} if name == "WSDLRScheduler" else {"warmup_prefix": True}
    given |= {"t_in_epochs": False}
    arguments = "".join(f"        {key}={value!r},\n" for key, value in given.items())
    return _HEAD.format(lr=repr(found.peak), name=name, arguments=arguments)


def _scheduler(  # noqa: PLR0911 - one return for each class
    found: Recipe,
) -> tuple[str, dict[str, object]]:
    fall = found.fall
    if fall is None:
        return "StepLRScheduler", {"decay_t": 1, "decay_rate": 1.0}
    if found.held:
        return _stable(found, fall)
    cycle = {"t_initial": _whole(fall.length), "lr_min": fall.last}
    match fall.shape:
        case "cosine":
            return "CosineLRScheduler", {**cycle}
        case "poly" | "linear":
            return "PolyLRScheduler", {**cycle, "power": fall.args[0] if fall.args else 1.0}
        case "tanh":
            return "TanhLRScheduler", {**cycle, "lb": fall.args[0], "ub": fall.args[1]}
        case "sqrt":
            return _stable(found, fall)
        case "drop every":
            return "StepLRScheduler", {"decay_t": _whole(fall.args[1]), "decay_rate": fall.args[0]}
        case "drop at":
            times = [_whole(time + 1) for time in fall.args[1:]]
            return "MultiStepLRScheduler", {"decay_t": times, "decay_rate": fall.args[0]}
        case _:
            raise ConversionError(f"timm has no {fall.shape}: export it with to_torch")


def _stable(found: Recipe, fall: Segment) -> tuple[str, dict[str, object]]:
    if fall.shape not in _FALLS:
        raise ConversionError(f"timm's WSD has no {fall.shape}: it falls linear, cosine or 1-sqrt")
    given: Mapping[str, object] = {
        "t_initial": _whole(found.held + fall.length),
        "decay_t": _whole(fall.length),
        "lr_min": fall.last,
        "decay_fn": _FALLS[fall.shape],
    }
    return "WSDLRScheduler", dict(given)


def _whole(value: float) -> float:
    return int(value) if value.is_integer() else value
