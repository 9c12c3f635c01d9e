"""One-time codes for start-up links, and a limit on failed sign-ins. Pure."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Codes", "Limiter"]


class Codes:
    """Codes that sign a browser in once, within ``lifetime`` seconds. Kept in memory only."""

    def __init__(self, lifetime: float, make: Callable[[], str]) -> None:
        self._lifetime = lifetime
        self._make = make
        self._expiry: dict[str, float] = {}

    def mint(self, now: float) -> str:
        """A new code."""
        for old in [code for code, expiry in list(self._expiry.items()) if expiry <= now]:
            self._expiry.pop(old, None)
        code = self._make()
        self._expiry[code] = now + self._lifetime
        return code

    def redeem(self, code: str, now: float) -> bool:
        """Whether ``code`` is good; it is used up by asking."""
        return self._expiry.pop(code, now) > now


class Limiter:
    """At most ``count`` failures in ``period`` seconds from one place."""

    def __init__(self, count: int, period: float) -> None:
        self._count = count
        self._period = period
        self._failures: dict[str, list[float]] = {}

    def wait(self, place: str, now: float) -> float:
        """Seconds until ``place`` may try again; 0 if it may now."""
        recent = [at for at in self._failures.get(place, ()) if now - at < self._period]
        self._failures[place] = recent
        if not recent:
            del self._failures[place]
        if len(recent) < self._count:
            return 0.0
        return self._period - (now - recent[-self._count])

    def fail(self, place: str, now: float) -> None:
        """Note a failure."""
        self._failures.setdefault(place, []).append(now)
