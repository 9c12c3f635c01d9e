"""Unix time that never jumps: durations, time-outs and TTLs must not notice when somebody sets the clock."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

__all__ = ["SteadyClock"]

log = logging.getLogger("rheostat.server")

_SLEW = 0.01
_JUMP_S = 2.0


def _elapsed() -> float:
    # Where there is one, a clock that goes on while the machine sleeps.
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


def _wall() -> float:
    return time.time()


class SteadyClock:
    """Starts at the machine's clock and goes on by time elapsed, drawn towards the machine's clock.

    A difference is made up by at most a hundredth of the time that passes: a correction of a second takes
    two minutes, one of an hour four days, or a new start of the server. Both sources give seconds.
    """

    def __init__(self, wall: Callable[[], float] = _wall, elapsed: Callable[[], float] = _elapsed) -> None:
        self._wall, self._elapsed = wall, elapsed
        self._at = elapsed()
        self._now = wall()
        self._apart = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        """Unix seconds."""
        with self._lock:
            return self._read()

    def _read(self) -> float:
        at, wall = self._elapsed(), self._wall()
        passed = max(0.0, at - self._at)
        self._at = at
        expected = self._now + passed
        apart = wall - expected
        if abs(apart - self._apart) > _JUMP_S + passed:
            log.warning(
                "the machine's clock jumped by %.0f s; this server's goes on and follows slowly", apart
            )
        self._apart = apart
        self._now = expected + max(-_SLEW * passed, min(_SLEW * passed, apart))
        return self._now
