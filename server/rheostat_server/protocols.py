"""uvicorn's protocols as they are run here: heads that come in time, and websockets that read ahead."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

__all__ = ["HANDSHAKE_S", "Ahead", "Punctual"]

HANDSHAKE_S = 5.0
_AHEAD = 8
"""Messages that may wait for the app before no more is read from their connection."""


class Punctual(H11Protocol):
    """Closes a connection whose first request's head is not there in time: an idle one costs a descriptor.

    By h11 whatever is installed: the other takes heads of any length.
    """

    def connection_made(self, transport: Any) -> None:
        """Start the clock."""
        super().connection_made(transport)
        self._late = asyncio.get_running_loop().call_later(HANDSHAKE_S, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop it."""
        self._late.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        # A websocket has its own protocol by now, and a request that came in time has a cycle.
        if not self.cycle and self.transport.get_protocol() is self:
            self.transport.close()


class Ahead(WebSocketsSansIOProtocol):
    """Reads a few messages ahead. uvicorn's own has the kernel stop and start reading at each of them."""

    def send_receive_event_to_app(self) -> None:
        """Queue a message; stop reading only behind many."""
        paused = self.read_paused
        few = self.queue.qsize() < _AHEAD
        self.read_paused = paused or few
        super().send_receive_event_to_app()
        if few:
            self.read_paused = paused
