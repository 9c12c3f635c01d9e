"""How fast one connection may send. Pure."""

from __future__ import annotations

__all__ = ["Pace"]


class Pace:
    """``rate`` messages a second in the long run, ``burst`` at once.

    Who is faster is not cut off but read later, so that a job which brings what it kept during an outage
    is slowed down and not refused.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at: float | None = None

    def wait(self, now: float) -> float:
        """Count a message at the monotonic time ``now``; seconds to wait before reading the next."""
        self._pass(now)
        self._left -= 1.0
        return max(0.0, -self._left / self._rate)

    def free(self, now: float) -> bool:
        """Count a message if that asks for no wait; whether it did."""
        self._pass(now)
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def _pass(self, now: float) -> None:
        if self._at is not None:
            self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
