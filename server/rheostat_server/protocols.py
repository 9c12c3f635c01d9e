"""uvicorn's protocols as they are run here: heads that come in time, and websockets that read ahead.

A message on its way through ASGI takes a queue, a turn of a task and a row of wrappers. With the flushes of
thousands of jobs that costs about as much as what is done about them, so `Ahead` offers a way past: `Direct`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

__all__ = ["DIRECT", "HANDSHAKE_S", "Ahead", "Direct", "Punctual"]

DIRECT = "rheostat.direct"
"""The extension of a websocket's scope that holds its `Direct`."""

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

    taker: Callable[[bytes], bool] | None = None

    def handle_connect(self, event: Any) -> None:
        """Offer the way past the queue."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[DIRECT] = Direct(self)

    def send_receive_event_to_app(self) -> None:
        """Hand a message on at once, or queue it; stop reading only behind many."""
        if self._taken():
            self.frames = []
            return
        paused = self.read_paused
        few = self.queue.qsize() < _AHEAD
        self.read_paused = paused or few
        super().send_receive_event_to_app()
        if few:
            self.read_paused = paused

    def _taken(self) -> bool:
        """Nothing waits before it, it is in one piece, and who takes such messages takes this one."""
        return (
            self.taker is not None
            and self.queue.empty()
            and self.curr_msg_data_type == "bytes"
            and len(self.frames) == 1
            and not self.close_sent
            and self.taker(self.frames[0])
        )


class Direct:
    """Messages straight from and to one websocket, without a turn of a task."""

    def __init__(self, protocol: Ahead) -> None:
        self._protocol = protocol

    def hear(self, taker: Callable[[bytes], bool]) -> None:
        """Ask ``taker`` about each binary message that nothing waits before; it says whether it took it."""
        self._protocol.taker = taker

    def send(self, frame: bytes) -> bool:
        """Send a binary message now; False where it has to wait its turn, or goes nowhere any more."""
        wire = self._protocol
        if wire.close_sent or wire.disconnected or not wire.writable.is_set():
            return False
        try:
            wire.conn.send_binary(frame)
        except InvalidState:
            return False
        wire.transport.write(b"".join(wire.conn.data_to_send()))
        return True
