"""Notices: what the agent tells the user, once a topic, and the errors of ours that it counts."""

from __future__ import annotations

import logging
import warnings

__all__ = ["Notices", "RheostatWarning"]

_log = logging.getLogger("rheostat")


class RheostatWarning(UserWarning):
    """Something in the agent did not work; training is not affected."""


class Notices:
    """``errors`` counts what went wrong inside the agent; the first is warned of. Nothing here raises."""

    def __init__(self) -> None:
        self.errors = 0
        self._told: set[str] = set()

    def failed(self, error: Exception) -> None:
        """Count an error of ours; say so once."""
        self.errors += 1
        if self.errors == 1:
            self.warn("error", f"rheostat: {type(error).__name__}: {error} (training goes on; told once)")

    def inform(self, message: str) -> None:
        """Put a line into the log, at level info."""
        _log.info("%s", message)

    def warn(self, topic: str, message: str) -> None:
        """Warn once a topic. Never raises, even where warnings are errors."""
        if topic in self._told:
            return
        self._told.add(topic)
        try:
            warnings.warn(message, RheostatWarning, stacklevel=4)
        except Warning:
            _log.warning("%s", message)
