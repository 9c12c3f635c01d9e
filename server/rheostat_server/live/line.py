"""The wire to one agent: what its session says of each frame, and frames out in order."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from rheostat_server.auth.pace import Pace
from rheostat_server.live.duplex import duplex
from rheostat_server.live.session import Action, AgentSession, Close, Receive, Send, Start

__all__ = ["Line"]

_HELLO_S = 5.0
_BURST_S = 5.0
"""Seconds of its pace that an agent may send at once, as after an outage."""


class Line:
    """One agent's socket; ``rate`` is how many messages a second are read from it."""

    def __init__(self, socket: WebSocket, rate: float) -> None:
        self.session = AgentSession()
        self._socket = socket
        self._pace = Pace(rate, _BURST_S * rate)
        self._out: deque[Action] = deque()
        self._wake = asyncio.Event()
        self._stored = self._reported = 0
        self._news = False

    async def run(self, take: Callable[[Start | Receive], Awaitable[None]]) -> None:
        """Serve the socket until either side closes it; ``take`` gets what the agent says."""
        await self._socket.accept()
        late = asyncio.get_running_loop().call_later(_HELLO_S, lambda: self.post(self.session.late()))
        try:
            await duplex(self._read(take), self._write())
        finally:
            late.cancel()

    def post(self, actions: list[Action]) -> None:
        """Send, or close, after what waits already."""
        self._out.extend(actions)
        self._wake.set()

    def ack(self, *, stored: int = 0, reported: int = 0) -> None:
        """The flush, or the report, of this number is committed; of several acks only the last is sent."""
        self._stored, self._reported = max(self._stored, stored), max(self._reported, reported)
        self._news = True
        self._wake.set()

    async def _read(self, take: Callable[[Start | Receive], Awaitable[None]]) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if (wait := self._pace.wait(time.monotonic())) > 0:
                await asyncio.sleep(wait)
            frame = message.get("bytes")
            for action in self.session.receive(frame if frame is not None else message.get("text") or ""):
                if isinstance(action, Start | Receive):
                    await take(action)
                else:
                    self.post([action])

    async def _write(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                if self._news:
                    self._news = False
                    self._out.extendleft(self.session.stored(self._stored, self._reported))
                while self._out:
                    action = self._out.popleft()
                    if isinstance(action, Send):
                        await self._socket.send_bytes(action.frame)
                    elif isinstance(action, Close):
                        await self._socket.close(action.code, action.reason)
                        return
        except (WebSocketDisconnect, RuntimeError):
            return
