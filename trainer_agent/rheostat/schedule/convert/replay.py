"""Stepping a copy of a torch scheduler on stand-in groups, to see whether a written curve is true to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from rheostat.schedule.curve.arith import Array
from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.program import Schedule

from .classes import Scheduler

__all__ = ["STEPS", "replayed", "verify"]

# A few milliseconds: torch takes about 5 us a step.
STEPS = 2000
# torch steps from value to value and gathers rounding; a lr kept as float32 has seven digits.
_TOLERANCE, _TOLERANCE_TENSOR = 1e-9, 1e-5
_BY_HAND = "the lr was changed by hand, or the scheduler was stepped in another way"
_FOREIGN = "this scheduler does not follow its own formula"


class _Optimizer:
    """Stands in for the optimizer: groups without params, and a step that torch takes for its own."""

    def __init__(self, groups: list[dict[str, float]]) -> None:
        self.param_groups = groups
        self._opt_called = True

    def step(self) -> None:
        """Do nothing."""

    setattr(step, "_wrapped_by_lr_sched", True)  # noqa: B010 - torch asks a function for this attribute


def verify(
    schedule: Schedule,
    scheduler: Scheduler,
    names: Sequence[str | None],
    end: int | None,
    exempt: frozenset[int] = frozenset(),
) -> None:
    """Compare a schedule with the present lrs and with a replay of what follows, up to ``end``.

    Steps in ``exempt`` are not compared. Raises ConversionError at the first step where they part, or where
    the scheduler itself fails.
    """
    copy = _copy(scheduler, None)
    # ChainedScheduler has no clock of its own.
    now = _clock(scheduler)
    last = now + STEPS if end is None else min(now + STEPS, end - 1)
    plans = [schedule.bind(group=name) for name in names]
    wanted = np.array([plan(np.arange(now, max(last, now) + 1)) for plan in plans])
    tolerance = np.array([_tolerance(group) for group in _real_groups(scheduler)])
    allowed = tolerance * np.maximum(wanted.max(axis=1), 1e-300)
    for i in range(wanted.shape[1]):
        if i:
            _advance(copy, now + i)
        got = np.array([group["lr"] for group in _groups(copy)])
        wrong = np.flatnonzero(~(np.abs(got - wanted[:, i]) <= allowed))
        if wrong.size and now + i not in exempt:
            group = int(wrong[0])
            reason = _FOREIGN if i else _BY_HAND
            raise ConversionError(
                f"{type(scheduler).__name__} has lr {got[group]:.6g} at step {now + i} in group {group}, "
                f"by its attributes it should be {wanted[group, i]:.6g}: {reason}"
            )


def replayed(scheduler: Scheduler, total: int) -> Array:
    """Return the lrs of each param group at steps 0 to ``total`` - 1, from a copy stepped from its start.

    Raises ConversionError where the scheduler has been stepped already, or fails.
    """
    if _clock(scheduler) != 0:
        raise ConversionError("only a scheduler that has not been stepped can be sampled")
    copy = _copy(scheduler, None)
    rows = [[float(group["lr"]) for group in _groups(copy)]]
    for step in range(1, total):
        _advance(copy, step)
        rows.append([float(group["lr"]) for group in _groups(copy)])
    return np.array(rows).T


def _clock(scheduler: Scheduler) -> int:
    if not hasattr(scheduler, "last_epoch"):
        return _clock(cast("Sequence[Scheduler]", scheduler.__dict__["_schedulers"])[-1])
    return scheduler.last_epoch


def _advance(copy: Scheduler, step: int) -> None:
    try:
        cast("_Optimizer", copy).step()
    except (ArithmeticError, ValueError, NotImplementedError) as error:
        name = type(copy).__name__
        raise ConversionError(
            f"{name} itself fails at step {step}: {type(error).__name__}: {error}"
        ) from None


def _copy(scheduler: Scheduler, optimizer: _Optimizer | None) -> Scheduler:
    """Copy a scheduler onto stand-in groups. Its values are plain floats, so that nothing is shared."""
    shared = optimizer or _Optimizer([_stand_in(group) for group in _real_groups(scheduler)])
    copy = object.__new__(type(scheduler))
    copy.__dict__.update(scheduler.__dict__)
    copy.__dict__["optimizer"] = shared
    if "base_lrs" in copy.__dict__:
        copy.__dict__["base_lrs"] = [float(base) for base in copy.__dict__["base_lrs"]]
    if "_schedulers" in copy.__dict__:
        copy.__dict__["_schedulers"] = [_copy(part, shared) for part in copy.__dict__["_schedulers"]]
    return copy


def _stand_in(group: dict[str, float]) -> dict[str, float]:
    """Copy what schedulers look at; the rest of a group, its params first of all, stays out of it."""
    kept = {key: group[key] for key in ("betas", "momentum") if key in group}
    rates = ("lr", "initial_lr", "max_lr", "min_lr", "swa_lr")
    momenta = ("max_momentum", "base_momentum")
    return kept | {key: float(group[key]) for key in (*rates, *momenta) if key in group}


def _tolerance(group: dict[str, float]) -> float:
    return _TOLERANCE if isinstance(group["lr"], float | int) else _TOLERANCE_TENSOR


def _real_groups(scheduler: Scheduler) -> list[dict[str, float]]:
    return cast("list[dict[str, float]]", getattr(scheduler.optimizer, "param_groups"))  # noqa: B009


def _groups(copy: Scheduler) -> list[dict[str, float]]:
    return cast("_Optimizer", copy.optimizer).param_groups
