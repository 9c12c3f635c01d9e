"""When a metric has stopped getting better: the rules of torch, Keras and optax, as they are."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from rheostat.schedule.tree import nodes

__all__ = ["Detector", "Plateau"]


@dataclass(frozen=True, slots=True)
class Plateau:
    """A rule with its settings; `begin` starts one run of it.

    torch: ReduceLROnPlateau, patience + 1 values that are no better. Keras: ReduceLROnPlateau, patience
    values, absolute threshold. optax: contrib.reduce_on_plateau, patience values, none in a cooldown.
    """

    rule: Literal["torch", "keras", "optax"] = "torch"
    patience: int = 10
    threshold: float = 1e-4
    relative: bool = True
    rising: bool = False
    cooldown: int = 0

    @classmethod
    def of(cls, node: nodes.Plateau) -> Plateau:
        """Take the settings of a text; the defaults are those of the rule's library."""
        rule = node.rule or "torch"
        return cls(
            rule,
            10 if node.patience is None else int(node.patience.v),
            1e-4 if node.threshold is None else node.threshold.v,
            (node.threshold_mode or ("abs" if rule == "keras" else "rel")) == "rel",
            node.mode == "max",
            0 if node.cooldown is None else int(node.cooldown.v),
        )

    def begin(self) -> Detector:
        """Start watching."""
        return Detector(self, -math.inf if self.rising else math.inf)


@dataclass(slots=True)
class Detector:
    """One run of a rule: takes the values of the metric one by one."""

    rule: Plateau
    best: float
    bad: int = field(default=0)
    resting: int = field(default=0)
    begun: bool = field(default=False)

    def see(self, value: float) -> bool:
        """Take a value and tell whether the lr drops now. A value that is no number is no better."""
        match self.rule.rule:
            case "torch":
                return self._torch(value)
            case "keras":
                return self._keras(value)
            case "optax":
                return self._optax(value)

    def _torch(self, value: float) -> bool:
        self._count(self._is_better(value), value)
        if self.resting > 0:
            self.resting -= 1
            self.bad = 0
        return self._drop(self.bad > self.rule.patience)

    def _keras(self, value: float) -> bool:
        if self.resting > 0:
            self.resting -= 1
            self.bad = 0
        # The first value is the best so far, whatever it is: after one that is no number none is better.
        better = not self.begun or self._is_better(value)
        self.begun = True
        if better or self.resting == 0:
            self._count(better, value)
        return self._drop(not better and self.resting == 0 and self.bad >= self.rule.patience)

    def _optax(self, value: float) -> bool:
        self._count(self._is_better(value), value)
        if self.resting > 0:
            self.resting -= 1
            self.bad = 0
            return False
        return self._drop(self.bad == self.rule.patience)

    def _count(self, better: bool, value: float) -> None:
        if better:
            self.best = value
        self.bad = 0 if better else self.bad + 1

    def _drop(self, due: bool) -> bool:
        if due:
            self.resting = self.rule.cooldown
            self.bad = 0
        return due

    def _is_better(self, value: float) -> bool:
        # The order of operations is the libraries', to the bit.
        rule, best = self.rule, self.best
        if rule.rule == "keras":
            return value - rule.threshold > best if rule.rising else value + rule.threshold < best
        if rule.rising:
            return value > (best * (rule.threshold + 1.0) if rule.relative else best + rule.threshold)
        return value < (best * (1.0 - rule.threshold) if rule.relative else best - rule.threshold)
