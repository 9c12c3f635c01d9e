"""What each of torch's simple schedulers does, in words of the language, read from its attributes.

Formulas and quirks: the classes of torch.optim.lr_scheduler, torch 2.13. Each part starts from the base lr.
"""

# ruff: noqa: ARG001 - every reader is asked the same way

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.tree.nodes import spell

from .piece import Piece, factor, finite

__all__ = ["READERS", "Ask", "Reader", "Scheduler", "attribute", "class_name", "groups", "number", "whole"]

_HOMES = ("torch.optim.lr_scheduler", "torch.optim.swa_utils")
# Known, and beyond the language.
_WORDLESS = {
    "GreedyLR": "it raises the lr as well as lowering it by a metric, and a plateau only lowers it",
    "LayerWiseDummyScheduler": "it only stands in for the schedulers of single parameters: read those",
}


class Scheduler(Protocol):
    """As much of a torch scheduler as all of them have."""

    last_epoch: int
    optimizer: object


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a scheduler: how many steps of it are seen, of which param group, and where.

    ``inside``: how many SequentialLR it is a part of. ``stands``: the factor that the part before ends at,
    if known.
    """

    window: float | None = None
    group: int = 0
    inside: int = 0
    stands: float | None = 1.0


Reader = Callable[[Scheduler, Ask], Piece]


def class_name(scheduler: object) -> str:
    """Return the name of a scheduler's class if it is torch's own. Raises ConversionError for any other."""
    kind = type(scheduler)
    if kind.__module__.startswith("transformers.") and kind.__name__ in _WORDLESS:
        raise ConversionError(f"{kind.__name__} of transformers has no words: {_WORDLESS[kind.__name__]}")
    if kind.__module__ not in _HOMES:
        raise ConversionError(
            f"{kind.__module__}.{kind.__qualname__} is not one of torch.optim.lr_scheduler: "
            "what it does cannot be read from its attributes"
        )
    return kind.__name__


def attribute(scheduler: object, name: str) -> object:
    """Return an attribute that the protocol does not name."""
    found: object = getattr(scheduler, name)
    return found


def groups(scheduler: Scheduler) -> Sequence[Mapping[str, float]]:
    """Return the optimizer's param groups."""
    return cast("Sequence[Mapping[str, float]]", attribute(scheduler.optimizer, "param_groups"))


def number(scheduler: object, name: str) -> float:
    """Return an attribute as a number from 0 up."""
    return finite(attribute(scheduler, name), f"{type(scheduler).__name__}.{name}")


def whole(scheduler: object, name: str) -> int:
    """Return an attribute as a whole number from 0 up."""
    value = number(scheduler, name)
    if value != int(value):
        raise ConversionError(f"{type(scheduler).__name__}.{name} is {value}: expected a whole number")
    return int(value)


def _step(scheduler: Scheduler, ask: Ask) -> Piece:
    size = whole(scheduler, "step_size")
    if size == 0:
        raise ConversionError("StepLR.step_size is 0: it divides by zero")
    return Piece(f"drop {factor(number(scheduler, 'gamma'))} every {size}", anchored=False)


def _multi_step(scheduler: Scheduler, ask: Ask) -> Piece:
    milestones = attribute(scheduler, "milestones")
    assert isinstance(milestones, Mapping)
    times = sorted(int(m) for m, count in milestones.items() for _ in range(count))
    if not times:
        return Piece("hold 1x")
    if times[0] < 0:
        raise ConversionError(f"MultiStepLR has a milestone below 0: {times[0]}")
    gamma = factor(number(scheduler, "gamma"))
    return Piece(f"drop {gamma} at {', '.join(map(str, times))}", anchored=False)


def _constant(scheduler: Scheduler, ask: Ask) -> Piece:
    held, length = number(scheduler, "factor"), whole(scheduler, "total_iters")
    if length == 0:
        return Piece(f"hold {factor(held)}")
    if held == 0:
        raise ConversionError(f"ConstantLR with factor 0 divides by zero at step {length}")
    return Piece(f"hold {factor(held)} for {length}", length, then="hold 1x", end=held)


def _linear(scheduler: Scheduler, ask: Ask) -> Piece:
    start, end = number(scheduler, "start_factor"), number(scheduler, "end_factor")
    length = whole(scheduler, "total_iters")
    if length == 0:
        return Piece(f"hold {factor(start)}")
    return Piece(f"linear {factor(start)} -> {factor(end)} for {length}", length, end=end)


def _exponential(scheduler: Scheduler, ask: Ask) -> Piece:
    gamma = number(scheduler, "gamma")
    word = "decay" if gamma else "drop"
    return Piece(f"{word} {factor(gamma)} every 1", anchored=False)


def _polynomial(scheduler: Scheduler, ask: Ask) -> Piece:
    power, length = number(scheduler, "power"), whole(scheduler, "total_iters")
    if length == 0 or power == 0:
        return Piece("hold 1x")
    return Piece(f"poly({spell(power)}) 1x -> 0 for {length}", length, end=0.0)


READERS: Mapping[str, Reader] = {
    "ConstantLR": _constant,
    "ExponentialLR": _exponential,
    "LinearLR": _linear,
    "MultiStepLR": _multi_step,
    "PolynomialLR": _polynomial,
    "StepLR": _step,
}
