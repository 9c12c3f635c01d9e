"""When a run needs a person. Pure: flushes and a monotonic clock in, alerts raised and cleared out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isfinite
from typing import Literal

import numpy as np
import numpy.typing as npt

from rheostat.columns import FEW
from rheostat.wire import Column, Flush
from rheostat_server.models import RunState

__all__ = ["Change", "Clear", "Kind", "Raise", "Rules", "Watch"]

Kind = Literal["nan", "spike", "stall", "silent", "divergence"]
Floats = npt.NDArray[np.float64]

_SERIES = 8
_KEPT = 200
_ENOUGH = 50
_MAD = 1.4826
"""Of a normal distribution: sigma over the median absolute deviation."""
_LEAST = 1e-3
"""The least sigma, as a part of the median: a loss that stands still has none."""
_DIVERGED = 3
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class Rules:
    """``spike_sigma``: how far above its median a loss is a spike; ``stall_s``, ``silent_s``: seconds."""

    spike_sigma: float = 8.0
    stall_s: float = 300.0
    silent_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Raise:
    """Something needs a person; ``subject`` is the metric or group it is about."""

    kind: Kind
    subject: str
    step: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Clear:
    """It does no longer."""

    kind: Kind
    subject: str


Change = Raise | Clear


@dataclass(slots=True)
class _Loss:
    recent: Floats = field(default_factory=lambda: np.empty(0))
    unread: list[Floats] = field(default_factory=list)
    bound: float = np.inf
    median: float = 0.0
    count: int = 0

    def add(self, values: Floats, sigmas: float) -> None:
        """Go by ``values`` from now on, once there are enough of them."""
        self.unread.append(values)
        self.count += len(values)
        # Half of them new: to take the measure anew at each flush would cost more than to store it.
        if self.count < max(_ENOUGH, len(self.recent) // 2):
            return
        self.recent = np.concatenate([self.recent, *self.unread])[-_KEPT:]
        self.unread, self.count = [], 0
        with np.errstate(over="ignore", invalid="ignore"):
            self.median = _median(self.recent)
            spread = _median(np.abs(self.recent - self.median))
            self.bound = self.median + sigmas * max(_MAD * spread, _LEAST * abs(self.median))


class Watch:
    """One run under watch. Each alert is raised once, and again only after it was cleared.

    ``raised`` are those that are open already, by kind and subject.
    """

    def __init__(self, rules: Rules, now: float, raised: Iterable[tuple[Kind, str]] = ()) -> None:
        self._rules = rules
        self._heard = self._moved = now
        self._step = -1
        self._losses: dict[str, _Loss] = {}
        self._diverged: dict[str, int] = {}
        self._raised: set[tuple[Kind, str]] = set(raised)

    def heard(self, now: float) -> None:
        """The job gave a sign of life at the monotonic time ``now``."""
        self._heard = now

    def flushed(self, flush: Flush, *, overridden: bool, now: float) -> list[Change]:
        """A flush was committed; ``overridden`` tells whether a command is in force."""
        self._heard = now
        if flush.planned and flush.reach[1] != self._step:
            self._step, self._moved = flush.reach[1], now
        changes: list[Change] = []
        for name, column in flush.metrics.items():
            loss = self._losses.get(name)
            if loss is None and ("loss" not in name.lower() or len(self._losses) >= _SERIES):
                continue
            if loss is None or len(column.values) >= 8 * FEW or not self._calm(name, loss, column):
                steps = flush.step_array()
                rows = steps[column.row_numbers(len(steps))] if column.rows else steps
                changes += self._loss(name, rows, column.array())
        return changes + self._divergence(flush, overridden)

    def tick(self, state: RunState, now: float) -> list[Change]:
        """Time passed; ``state`` is the run's."""
        rules = self._rules
        over = state in ("finished", "stopped")
        unheard, still = now - self._heard, now - self._moved
        silent = not over and unheard >= rules.silent_s
        stalled = not over and not silent and self._step >= 0 and still >= rules.stall_s
        return [
            *self._set("silent", "", silent, None, f"not heard of for {unheard:.0f} s"),
            *self._set(
                "stall", "", stalled, self._step, f"no step for {still:.0f} s, though its job is there"
            ),
        ]

    def _calm(self, name: str, loss: _Loss, column: Column) -> bool:
        """Take in the usual flush: a few values that are neither strange nor high, and no alert is open."""
        if ("nan", name) in self._raised or ("spike", name) in self._raised:
            return False
        few = column.floats()
        if not all(map(isfinite, few)) or max(few) > loss.bound:
            return False
        loss.add(column.array(), self._rules.spike_sigma)
        return True

    def _loss(self, name: str, steps: npt.NDArray[np.int64], values: Floats) -> list[Change]:
        finite = np.isfinite(values)
        changes: list[Change] = []
        if np.count_nonzero(finite) < len(finite):
            at = int(np.argmin(finite))
            changes += self._set("nan", name, True, int(steps[at]), f"{name} is {values[at]:g}")
            steps, values = steps[finite], values[finite]
        elif len(values):
            changes += self._set("nan", name, False)
        loss = self._losses.get(name)
        if loss is None:
            loss = self._losses[name] = _Loss()
        # In stretches, so that a long flush is measured by what came just before.
        for start in range(0, len(values), _KEPT):
            stretch = slice(start, start + _KEPT)
            changes += self._spike(name, loss, steps[stretch], values[stretch])
        return changes

    def _spike(self, name: str, loss: _Loss, steps: npt.NDArray[np.int64], values: Floats) -> list[Change]:
        at = int(values.argmax())
        highest = float(values[at])
        changes: list[Change] = []
        if highest > loss.bound:
            words = f"{name} is {highest:.4g}, its median was {loss.median:.4g}"
            changes = self._set("spike", name, True, int(steps[at]), words)
        elif len(loss.recent) >= _ENOUGH:
            changes = self._set("spike", name, False)
        loss.add(values.copy(), self._rules.spike_sigma)
        return changes

    def _divergence(self, flush: Flush, overridden: bool) -> list[Change]:
        changes: list[Change] = []
        for group, column in flush.effective.items():
            planned = flush.planned.get(group)
            if planned is None or not column.values or not planned.values:
                continue
            doubted = self._diverged.get(group) or ("divergence", group) in self._raised
            if not doubted and column.values[-8:] == planned.values[-8:]:
                continue
            lr, plan = column.latest, planned.latest
            apart = not overridden and abs(lr - plan) > _EQUAL * max(abs(lr), abs(plan))
            # A command's report may come after the first steps it acts on.
            count = self._diverged[group] = self._diverged.get(group, 0) + 1 if apart else 0
            if count >= _DIVERGED or not apart:
                words = f"lr of {group} is {lr:.4g}, the plan says {plan:.4g}, and no command is in force"
                changes += self._set("divergence", group, apart, flush.reach[1], words)
        return changes

    def _set(
        self, kind: Kind, subject: str, on: bool, step: int | None = None, message: str = ""
    ) -> list[Change]:
        key = (kind, subject)
        if on == (key in self._raised):
            return []
        if on:
            self._raised.add(key)
            return [Raise(kind, subject, step, message)]
        self._raised.discard(key)
        return [Clear(kind, subject)]


def _median(values: Floats) -> float:
    """As np.median, without what that spends on axes and NaN: it is asked every few flushes of every run."""
    ordered = np.sort(values)
    half = len(ordered) // 2
    return float(ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2)
