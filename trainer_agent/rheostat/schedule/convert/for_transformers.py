"""A schedule as the arguments of transformers.get_scheduler (transformers 5.23)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Unpack

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.program import Schedule

from .outline import Run
from .recipe import Recipe, recipe

__all__ = ["TransformersArguments", "to_transformers"]

_FALLS = ("linear", "cosine", "poly", "sqrt")


@dataclass(frozen=True, slots=True)
class TransformersArguments:
    """What get_scheduler takes; ``lr`` is the optimizer's, ``kwargs`` are scheduler_specific_kwargs."""

    name: str
    lr: float
    num_warmup_steps: int
    num_training_steps: int | None
    kwargs: dict[str, float | str | int] = field(default_factory=dict)


def to_transformers(  # noqa: PLR0911 - one return for each name
    schedule: Schedule | str, **run: Unpack[Run]
) -> TransformersArguments:
    """Find the scheduler of transformers that has this very curve, up to ``num_training_steps``.

    Beyond that, transformers' cosines climb back where a plan holds its end.

    Raises BindError where the run has to supply more, ConversionError where transformers has no such curve.
    """
    found = recipe(schedule, "transformers", **run)
    fall, warmup = found.fall, _whole(found.warmup)
    stable = found.held > 0 and fall is not None
    if found.warmup and found.start and not (stable and found.start == found.floor):
        raise ConversionError("transformers warms up from 0")
    if fall is None:
        name = "constant_with_warmup" if warmup else "constant"
        return TransformersArguments(name, found.peak, warmup, None)
    if stable:
        return _stable(found, warmup)
    low = found.floor / found.peak
    if fall.shape == "rsqrt":
        scale = {"timescale": _whole(fall.args[0])}
        return TransformersArguments("inverse_sqrt", found.peak, warmup, None, {**scale})
    if fall.shape not in _FALLS:
        raise ConversionError(f"transformers has no {fall.shape}: export it with to_torch")
    end = warmup + _whole(fall.length)
    if fall.shape == "linear" and low == 0:
        return TransformersArguments("linear", found.peak, warmup, end)
    if fall.shape == "cosine":
        kwargs: dict[str, float | str | int] = {"min_lr_rate": low} if low else {}
        name = "cosine_with_min_lr" if low else "cosine"
        return TransformersArguments(name, found.peak, warmup, end, kwargs)
    if fall.shape in {"poly", "linear"} and low < 1:
        power = fall.args[0] if fall.args else 1.0
        kwargs = {"lr_end": found.floor, "power": power}
        return TransformersArguments("polynomial", found.peak, warmup, end, kwargs)
    return _stable(found, warmup)


def _stable(found: Recipe, warmup: int) -> TransformersArguments:
    fall = found.fall
    assert fall is not None
    words = {"linear": "linear", "cosine": "cosine", "sqrt": "1-sqrt"}
    low = found.floor / found.peak
    if fall.shape not in words or (warmup and found.start != found.floor):
        raise ConversionError(
            f"transformers' warmup_stable_decay has no {fall.shape} from {found.start:g} to {found.floor:g}: "
            "its warm-up starts where its decay ends, which is linear, cosine or 1-sqrt"
        )
    held, length = _whole(found.held), _whole(fall.length)
    kwargs: dict[str, float | str | int] = {
        "num_stable_steps": held,
        "num_decay_steps": length,
        "decay_type": words[fall.shape],
        "min_lr_ratio": low,
    }
    return TransformersArguments("warmup_stable_decay", found.peak, warmup, None, kwargs)


def _whole(value: float) -> int:
    if value != int(value):
        raise ConversionError(f"transformers counts whole steps, not {value:g}")
    return int(value)
