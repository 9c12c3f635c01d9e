"""A schedule as Megatron-LM's flags (megatron-core 0.16.1), counted in iterations."""

from __future__ import annotations

from typing import Unpack

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.program import Schedule
from rheostat.schedule.tree.nodes import spell

from .outline import Run, Segment
from .recipe import Recipe, recipe

__all__ = ["to_megatron"]

_FALLS = {"linear": "linear", "cosine": "cosine", "sqrt": "minus_sqrt", "halving": "exponential"}


def to_megatron(schedule: Schedule | str, **run: Unpack[Run]) -> str:
    """Write a schedule as flags of Megatron's training scripts, on one line.

    ``--lr-decay-iters`` includes the warm-up there. With a batch-size ramp-up Megatron's curve bends against
    updates; without, the flags reproduce the plan at every step.

    Raises BindError where the run has to supply more, ConversionError where Megatron has no such curve.
    """
    found = recipe(schedule, "Megatron", **run)
    flags = {"lr": spell(found.peak), "min-lr": spell(found.floor)}
    if found.warmup:
        flags |= {"lr-warmup-iters": _whole(found.warmup), "lr-warmup-init": spell(found.start)}
    flags |= _decay(found)
    return " ".join(f"--{name} {value}" for name, value in flags.items())


def _decay(found: Recipe) -> dict[str, str]:
    fall = found.fall
    if fall is None:
        return {"lr-decay-style": "constant"}
    if fall.shape == "rsqrt":
        return _inverse(found, fall)
    if fall.shape not in _FALLS:
        raise ConversionError(f"Megatron has no {fall.shape}: export it with to_torch")
    end = _whole(found.warmup + found.held + fall.length)
    if not found.held and fall.shape in {"linear", "cosine"}:
        return {"lr-decay-style": fall.shape, "lr-decay-iters": end}
    return {
        "lr-decay-style": "WSD",
        "lr-decay-iters": end,
        "lr-wsd-decay-style": _FALLS[fall.shape],
        "lr-wsd-decay-iters": _whole(fall.length),
    }


def _inverse(found: Recipe, fall: Segment) -> dict[str, str]:
    if found.held or fall.args[0] != found.warmup or found.total is None:
        raise ConversionError(
            "Megatron's inverse square root has the warm-up's length as its time scale, follows it at once, "
            "and needs a total"
        )
    return {"min-lr": "0", "lr-decay-style": "inverse-square-root", "lr-decay-iters": str(found.total)}


def _whole(value: float) -> str:
    if value != int(value):
        raise ConversionError(f"Megatron counts whole iterations, not {value:g}")
    return str(int(value))
