"""The bus of a server that is alone: everything stays in this process."""

from __future__ import annotations

import asyncio
import logging
from typing import Generic, TypeVar

from rheostat_server.bus.base import BusError, BusTimeoutError, Listener, NobodyThereError, Responder

__all__ = ["LocalBus"]

H = TypeVar("H")
log = logging.getLogger("rheostat.bus")


class LocalBus:
    """A `Bus` within one event loop."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = {}
        self._responders: dict[str, list[Responder]] = {}

    async def publish(self, to: str, data: bytes) -> None:
        """Tell all who subscribe now."""
        loop = asyncio.get_running_loop()
        for listener in self._listeners.get(to, ()):
            loop.call_soon(self._tell, to, listener, data)

    async def subscribe(self, to: str, listener: Listener) -> _Local[Listener]:
        """Call ``listener`` with everything published from now on."""
        return _Local(self._listeners, to, listener)

    async def request(self, to: str, data: bytes, timeout_s: float = 5.0) -> bytes:
        """Ask whoever responds. Raises as `Bus.request`."""
        responders = self._responders.get(to)
        if not responders:
            raise NobodyThereError(f"nobody responds on {to}")
        try:
            return await asyncio.wait_for(responders[0](data), timeout_s)
        except TimeoutError:
            raise BusTimeoutError(f"no answer on {to} within {timeout_s:g} s") from None
        except Exception as error:
            log.warning("a responder on %s failed: %r", to, error)
            raise BusError(f"the other side failed: {error}") from error

    async def respond(self, to: str, responder: Responder) -> _Local[Responder]:
        """Answer requests with ``responder``."""
        return _Local(self._responders, to, responder)

    def _tell(self, to: str, listener: Listener, data: bytes) -> None:
        if listener not in self._listeners.get(to, ()):
            return
        try:
            listener(data)
        except Exception as error:
            log.warning("a listener on %s failed: %r", to, error)


class _Local(Generic[H]):
    def __init__(self, table: dict[str, list[H]], to: str, handler: H) -> None:
        self._table = table
        self._to = to
        self._handler: H | None = handler
        table.setdefault(to, []).append(handler)

    async def end(self) -> None:
        """Hear no more."""
        if self._handler is None:
            return
        handlers = self._table[self._to]
        handlers.remove(self._handler)
        self._handler = None
        if not handlers:
            del self._table[self._to]
