"""What each of torch's schedulers does, in words of the language, read from its attributes.

Formulas and quirks: the classes of torch.optim.lr_scheduler, torch 2.13. Each part starts from the base lr.
"""

# ruff: noqa: ARG001 - every reader is asked the same way

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.nodes import spell

__all__ = ["READERS", "Piece", "Scheduler", "class_name"]

_HOME = "torch.optim.lr_scheduler"


class Scheduler(Protocol):
    """As much of a torch scheduler as all of them have."""

    last_epoch: int
    optimizer: object


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement that says a curve. ``length`` is None where it goes on for ever.

    ``anchored``: it says its own start; otherwise it has to begin at 1x. ``end``: the factor it comes to,
    ``then``: what follows when its length is over.
    """

    text: str
    length: int | None = None
    anchored: bool = True
    end: float | None = None
    then: str = "hold"


Reader = Callable[[Scheduler, int | None], Piece]


def class_name(scheduler: object) -> str:
    """Return the name of a scheduler's class if it is torch's own. Raises ConversionError for any other."""
    kind = type(scheduler)
    if kind.__module__ != _HOME:
        raise ConversionError(
            f"{kind.__module__}.{kind.__qualname__} is not one of torch.optim.lr_scheduler: "
            "what it does cannot be read from its attributes"
        )
    return kind.__name__


def _number(scheduler: Scheduler, name: str) -> float:
    found = getattr(scheduler, name)
    value = float(found)
    if not 0 <= value < float("inf"):
        raise ConversionError(f"{type(scheduler).__name__}.{name} is {found}: expected 0 or more")
    return value


def _whole(scheduler: Scheduler, name: str) -> int:
    value = _number(scheduler, name)
    if value != int(value):
        raise ConversionError(f"{type(scheduler).__name__}.{name} is {value}: expected a whole number")
    return int(value)


def _factor(value: float) -> str:
    return spell(value) + "x"


def _step(scheduler: Scheduler, window: int | None) -> Piece:
    size = _whole(scheduler, "step_size")
    if size == 0:
        raise ConversionError("StepLR.step_size is 0: it divides by zero")
    return Piece(f"drop {_factor(_number(scheduler, 'gamma'))} every {size}", anchored=False)


def _multi_step(scheduler: Scheduler, window: int | None) -> Piece:
    milestones = getattr(scheduler, "milestones")  # noqa: B009 - the protocol does not name it
    assert isinstance(milestones, Mapping)
    times = sorted(int(m) for m, count in milestones.items() for _ in range(count))
    if not times:
        return Piece("hold 1x")
    if times[0] < 0:
        raise ConversionError(f"MultiStepLR has a milestone below 0: {times[0]}")
    factor = _factor(_number(scheduler, "gamma"))
    return Piece(f"drop {factor} at {', '.join(map(str, times))}", anchored=False)


def _constant(scheduler: Scheduler, window: int | None) -> Piece:
    factor, length = _number(scheduler, "factor"), _whole(scheduler, "total_iters")
    if length == 0:
        return Piece(f"hold {_factor(factor)}")
    if factor == 0:
        raise ConversionError(f"ConstantLR with factor 0 divides by zero at step {length}")
    return Piece(f"hold {_factor(factor)} for {length}", length, then="hold 1x", end=factor)


def _linear(scheduler: Scheduler, window: int | None) -> Piece:
    start, end = _number(scheduler, "start_factor"), _number(scheduler, "end_factor")
    length = _whole(scheduler, "total_iters")
    if length == 0:
        return Piece(f"hold {_factor(start)}")
    return Piece(f"linear {_factor(start)} -> {_factor(end)} for {length}", length, end=end)


def _exponential(scheduler: Scheduler, window: int | None) -> Piece:
    gamma = _number(scheduler, "gamma")
    word = "decay" if gamma else "drop"
    return Piece(f"{word} {_factor(gamma)} every 1", anchored=False)


def _polynomial(scheduler: Scheduler, window: int | None) -> Piece:
    power, length = _number(scheduler, "power"), _whole(scheduler, "total_iters")
    if length == 0 or power == 0:
        return Piece("hold 1x")
    return Piece(f"poly({spell(power)}) 1x -> 0 for {length}", length)


def _cosine(scheduler: Scheduler, window: int | None) -> Piece:
    floor, length = spell(_number(scheduler, "eta_min")), _whole(scheduler, "T_max")
    if length == 0:
        raise ConversionError("CosineAnnealingLR.T_max is 0: it divides by zero")
    if window is not None and window <= length:
        return Piece(f"cosine 1x -> {floor} for {length}", length)
    # After T_max torch's cosine climbs back, with period 2 T_max.
    return Piece(f"repeat forever {{ cosine 1x -> {floor} for {length}; cosine -> 1x for {length} }}")


def _restarts(scheduler: Scheduler, window: int | None) -> Piece:
    floor, first = spell(_number(scheduler, "eta_min")), _whole(scheduler, "T_0")
    mult = _whole(scheduler, "T_mult")
    stretch = f" stretch {mult}" if mult != 1 else ""
    return Piece(f"repeat forever{stretch} {{ cosine 1x -> {floor} for {first} }}")


READERS: Mapping[str, Reader] = {
    "ConstantLR": _constant,
    "CosineAnnealingLR": _cosine,
    "CosineAnnealingWarmRestarts": _restarts,
    "ExponentialLR": _exponential,
    "LinearLR": _linear,
    "MultiStepLR": _multi_step,
    "PolynomialLR": _polynomial,
    "StepLR": _step,
}
