"""Rules: when a job itself takes an override back, a metric having gone wrong soon after it began. Pure."""

from __future__ import annotations

import math

import msgspec

from rheostat.control.override import Override, Stack

__all__ = ["Rules", "Sentry"]

MEMORY = 100
"""About how many values the usual level and spread of a metric are taken from."""
ENOUGH = 20
"""How many values must have been seen before a spike can be told."""


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Release an override if ``metric`` goes wrong on one of its first ``within`` steps.

    With ``factor`` the lr of its groups is multiplied by that instead, on top of what is in force. Wrong is
    what is no finite number, and what lies more than ``sigmas`` standard deviations above the usual level
    before the override (None: no such bound).
    """

    metric: str = "loss"
    within: int = 50
    sigmas: float | None = 6.0
    factor: float | None = None


class Sentry:
    """Looks at every value of one metric; each override is taken back once at most."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._count = 0
        self._mean = 0.0
        self._variance = 0.0
        self._fired: set[str] = set()
        self._own: set[str] = set()

    def spare(self, id: str) -> None:
        """Never hold the override ``id`` responsible: a rule itself has led to it."""
        self._own.add(id)

    def see(self, step: int, value: float, stack: Stack) -> tuple[Override, str] | None:
        """Take in the value of ``step``; which override to release, and why, or None."""
        since = step - self.rules.within
        young = [o for o in stack if since < o.start <= step and o.id not in self._own]
        reason = self._wrong(value)
        if not young:
            if math.isfinite(value):
                self._learn(value)
            return None
        suspect = young[-1]
        if reason is None or suspect.id in self._fired:
            return None
        self._fired.add(suspect.id)
        return suspect, f"{self.rules.metric} {reason} at step {step}, {step - suspect.start} steps after"

    def _wrong(self, value: float) -> str | None:
        if not math.isfinite(value):
            return f"was {value}"
        sigmas = self.rules.sigmas
        if sigmas is None or self._count < ENOUGH:
            return None
        spread = math.sqrt(self._variance)
        if value <= self._mean + sigmas * spread:
            return None
        return f"rose to {value:.4g} from {self._mean:.4g} (usual spread {spread:.2g})"

    def _learn(self, value: float) -> None:
        """Exponentially weighted mean and variance, plain averages at first (West 1979)."""
        self._count += 1
        weight = max(1.0 / self._count, 1.0 / MEMORY)
        off = value - self._mean
        self._mean += weight * off
        self._variance = (1.0 - weight) * (self._variance + weight * off * off)
