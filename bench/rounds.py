"""Time contenders in turn, A B C A B C ..., so that a machine whose speed drifts is the same for all."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds a call took in each round, and the ratio to the yardstick round by round."""

    seconds: tuple[float, ...]
    ratios: tuple[float, ...]

    def row(self, name: str) -> str:
        """One line: median and range of the time, median and range of the ratio."""
        low, middle, high = _three(self.seconds)
        bottom, ratio, top = _three(self.ratios)
        return (
            f"{name:44} {_time(middle):>10} ({_time(low)} to {_time(high)})"
            f"   {ratio:10.3g} x ({bottom:.3g} to {top:.3g})"
        )

    def spelled(self) -> tuple[str, str, str]:
        """The median, least and greatest time, with units."""
        low, middle, high = _three(self.seconds)
        return _time(middle), _time(low), _time(high)


def compare(
    contenders: Mapping[str, Callable[[], object]],
    yardstick: str,
    *,
    rounds: int = 7,
    calls: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Times]:
    """Call every contender ``calls`` times in each round, after one round that is not counted.

    Returns a `Times` by name; times are seconds a call, ratios are to ``yardstick`` in the same round.
    ``clock`` is the one on the wall, or `time.process_time` for the processor time of all threads.
    """
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    gc.disable()
    try:
        for number in range(rounds + 1):
            for name, contender in contenders.items():
                begun = clock()
                for _ in range(calls):
                    contender()
                if number:
                    taken[name].append((clock() - begun) / calls)
            gc.collect()
    finally:
        gc.enable()
    base = taken[yardstick]
    return {
        name: Times(tuple(times), tuple(a / b for a, b in zip(times, base, strict=True)))
        for name, times in taken.items()
    }


def report(title: str, times: Mapping[str, Times]) -> None:
    """Print a table."""
    print(f"\n{title}\n{'':44} {'median':>10} (range)   {'ratio':>10} (range)")
    for name, measured in times.items():
        print(measured.row(name))


def _three(values: tuple[float, ...]) -> tuple[float, float, float]:
    return min(values), statistics.median(values), max(values)


def _time(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
