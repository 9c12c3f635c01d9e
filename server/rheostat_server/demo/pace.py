"""Keep a demo job from taking a whole core: at most so many steps a second."""

from __future__ import annotations

import time

STEPS_PER_SECOND = 40.0


class Pace:
    """Sleeps between steps so that they begin at least ``1 / rate`` seconds apart."""

    def __init__(self, rate: float) -> None:
        self._period = 1.0 / rate
        self._next = time.monotonic()

    def wait(self) -> None:
        """Sleep until the next step may begin."""
        now = time.monotonic()
        self._next = max(self._next + self._period, now)
        time.sleep(self._next - now)
