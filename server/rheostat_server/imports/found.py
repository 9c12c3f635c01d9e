"""What a file of another tool holds: runs, each with series on ascending steps. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rheostat.scrub import scrub
from rheostat.wire import MAX_METRICS, MAX_NAME

__all__ = ["MAX_VALUES", "Found", "ImportFileError", "Log"]

MAX_VALUES = 5_000_000
"""Values that one file may hold."""
_MOST_CONFIG = 200
# How tools call the lr; what follows a dash or a slash names the optimizer or the group.
_LR = re.compile(r"(?:.*/)?(?:learning_rate|lr)(?:[-/:](?P<group>.+))?", re.IGNORECASE)

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]


class ImportFileError(ValueError):
    """A file that cannot be read as runs: what is wrong, where, and what was expected."""


@dataclass(frozen=True, slots=True)
class Found:
    """One run: ``steps`` (n,) ascending, ``times`` Unix seconds (n,) or none.

    Of each series the row numbers and the values. ``planned`` and ``effective`` are lrs by group.
    """

    name: str
    steps: Steps
    times: Floats | None
    planned: dict[str, tuple[Steps, Floats]]
    effective: dict[str, tuple[Steps, Floats]]
    metrics: dict[str, tuple[Steps, Floats]]
    config: dict[str, str] = field(default_factory=dict)
    total: int | None = None
    notes: tuple[str, ...] = ()


class Log:
    """Values of one run as they are read, in any order; the last one for a step of a series counts."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.config: dict[str, object] = {}
        self.total: int | None = None
        self.notes: list[str] = []
        self._series: dict[str, dict[int, float]] = {}
        self._times: dict[int, float] = {}
        self._count = 0

    def add(self, name: str, step: int, value: float, time: float | None = None) -> None:
        """Note one value.

        Raises:
            ImportFileError: the step is no step, or the file holds too much.
        """
        if not 0 <= step < 1 << 53:
            raise ImportFileError(f"{name!r} has a value at step {step}: expected 0 or above")
        self._count += 1
        if self._count > MAX_VALUES:
            raise ImportFileError(f"the file holds more than {MAX_VALUES:,} values")
        self._series.setdefault(name, {})[step] = value
        if time is not None and math.isfinite(time):
            self._times.setdefault(step, time)

    def found(self) -> Found:
        """The run.

        Raises:
            ImportFileError: it has no values, or too many series.
        """
        names = {name: _printable(name) for name in self._series}
        if not names:
            raise ImportFileError(f"run {self.name!r} has no numbers")
        if len(names) > MAX_METRICS:
            raise ImportFileError(
                f"run {self.name!r} has {len(names)} series: expected at most {MAX_METRICS}"
            )
        steps = np.array(sorted(set().union(*self._series.values())), dtype=np.int64)
        parts: dict[str, dict[str, tuple[Steps, Floats]]] = {"plan": {}, "lr": {}, "metric": {}}
        for name, values in self._series.items():
            at = np.array(sorted(values), dtype=np.int64)
            column = np.array([values[step] for step in at.tolist()], dtype=np.float64)
            part, label = _part(names[name])
            parts[part][label] = (np.searchsorted(steps, at), column)
        return Found(
            name=_printable(self.name) or "imported",
            steps=steps,
            times=self._filled(steps),
            planned=parts["plan"],
            effective=parts["lr"],
            metrics=parts["metric"],
            config=_config(self.config),
            total=self.total,
            notes=tuple(self.notes),
        )

    def _filled(self, steps: Steps) -> Floats | None:
        """A time for every step; of one without its own, the time of the step before."""
        if not self._times:
            return None
        known = np.array(sorted(self._times), dtype=np.int64)
        values = np.array([self._times[step] for step in known.tolist()])
        at = np.maximum(np.searchsorted(known, steps, side="right") - 1, 0)
        times: Floats = values[at]
        return times


def _part(name: str) -> tuple[str, str]:
    """Where a series belongs, and under which name."""
    if name.startswith("plan:"):
        return "plan", name[5:]
    lr = _LR.fullmatch(name)
    return ("metric", name) if lr is None else ("lr", lr["group"] or "lr")


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else " " for c in name).strip()[:MAX_NAME]


def _config(config: dict[str, object]) -> dict[str, str]:
    """As an agent sends it: short texts, secrets left out."""
    plain: Iterable[tuple[str, object]] = list(config.items())[:_MOST_CONFIG]
    return {str(key)[:500]: scrub(str(key), str(value))[:500] for key, value in plain}
