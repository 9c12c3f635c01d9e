"""uvicorn's HTTP protocol with a limit on how long a connection may say nothing at first.

It is the one by h11 whatever is installed: the other takes heads of any length.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["HANDSHAKE_S", "Punctual"]

HANDSHAKE_S = 5.0


class Punctual(H11Protocol):
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
        if not self.cycle and self.transport.get_protocol() is self:
            self.transport.close()
