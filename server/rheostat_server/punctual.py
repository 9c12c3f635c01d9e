"""uvicorn's HTTP protocol with a limit on how long a connection may say nothing at first."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

__all__ = ["HANDSHAKE_S", "Punctual"]

HANDSHAKE_S = 5.0


class Punctual(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # which class it is depends on what is installed
    """Closes a connection whose first request's head is not there in time: an idle one costs a descriptor."""

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
        if self.cycle is None and self.transport.get_protocol() is self:
            self.transport.close()
