"""The interface of the bus: four methods, and what can go wrong."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Protocol

__all__ = [
    "Bus",
    "BusError",
    "BusTimeoutError",
    "Listener",
    "NobodyThereError",
    "Responder",
    "Subscription",
    "subject",
]

Listener = Callable[[bytes], None]
Responder = Callable[[bytes], Awaitable[bytes]]


class BusError(Exception):
    """The bus, or who answers on it, failed; the message says how."""


class NobodyThereError(BusError):
    """Nobody responds on the subject. Known at once, not after a timeout."""


class BusTimeoutError(BusError):
    """No answer came in time. Whether the request was carried out is unknown."""


class Subscription(Protocol):
    """A subject that is listened to, until `end`."""

    async def end(self) -> None:
        """Hear no more. Ending twice is harmless."""


class Bus(Protocol):
    """Subjects come from `subject`. Everything runs on the event loop that made the bus."""

    async def publish(self, to: str, data: bytes) -> None:
        """Tell all who subscribe now, if any. Waits for none of them; dropped while disconnected."""

    async def subscribe(self, to: str, listener: Listener) -> Subscription:
        """Call ``listener`` with everything published from now on, in the order of each publisher."""

    async def request(self, to: str, data: bytes, timeout_s: float = 5.0) -> bytes:
        """Ask whoever responds, and give the answer.

        Raises:
            NobodyThereError: nobody responds.
            BusTimeoutError: no answer came in time.
            BusError: who answers failed.
        """

    async def respond(self, to: str, responder: Responder) -> Subscription:
        """Answer requests with ``responder``; of several on one subject, one answer counts."""


def subject(kind: str, *names: str) -> str:
    """A subject such as ``live.PROJECT.RUN``; names may hold any characters, so they are encoded."""
    return ".".join((kind, *(_token(name) for name in names)))


def _token(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=") or "-"
