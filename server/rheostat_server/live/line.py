"""The wire to one agent: what its session says of each frame, and frames out in order."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from rheostat_server.auth.pace import Pace
from rheostat_server.live.duplex import duplex
from rheostat_server.live.session import Action, AgentSession, Close, Receive, Send, Start
from rheostat_server.protocols import DIRECT, Direct

__all__ = ["Line"]

_HELLO_S = 5.0
_FLUSH = b"\x87\xa4type\xa5flush"
"""How the frames of our agent's flushes begin."""
_BURST_S = 5.0
"""Seconds of its pace that an agent may send at once, as after an outage."""


class Taker(Protocol):
    """Who gets what the agent says, one message after the other."""

    async def take(self, action: Start | Receive) -> None:
        """Take a message, however long that needs."""

    @property
    def ready(self) -> bool:
        """Whether a flush can be taken without waiting."""

    def take_at_once(self, action: Receive) -> None:
        """Take a flush while ``ready``."""


class Line:
    """One agent's socket; ``rate`` is how many messages a second are read from it.

    Flushes and acks go straight from and to the wire, where nothing waits before them and the server offers
    that; all else, and these otherwise, in the turns of a reading and a writing task.
    """

    def __init__(self, socket: WebSocket, rate: float) -> None:
        self.session = AgentSession()
        self._socket = socket
        self._direct: Direct | None = socket.scope.get("extensions", {}).get(DIRECT)
        self._idle = False
        self._pace = Pace(rate, _BURST_S * rate)
        self._out: deque[Action] = deque()
        self._wake = asyncio.Event()
        self._stored = self._reported = 0
        self._news = False

    async def run(self, taker: Taker) -> None:
        """Serve the socket until either side closes it; ``taker`` gets what the agent says."""
        await self._socket.accept()
        if self._direct is not None:
            self._direct.hear(lambda frame: self._at_once(frame, taker))
        late = asyncio.get_running_loop().call_later(_HELLO_S, lambda: self.post(self.session.late()))
        try:
            await duplex(self._read(taker), self._write())
        finally:
            late.cancel()

    def post(self, actions: list[Action]) -> None:
        """Send, or close, after what waits already."""
        self._out.extend(actions)
        self._wake.set()

    def ack(self, *, stored: int = 0, reported: int = 0) -> None:
        """The flush, or the report, of this number is committed; of several acks only the last is sent."""
        self._stored, self._reported = max(self._stored, stored), max(self._reported, reported)
        if self._direct is not None and not self._out and not self._news:
            acks = self.session.stored(self._stored, self._reported)
            if all(isinstance(ack, Send) and self._direct.send(ack.frame) for ack in acks):
                return
        self._news = True
        self._wake.set()

    def _at_once(self, frame: bytes, taker: Taker) -> bool:
        """Take a flush that nothing is before; whether it was one."""
        if not (
            self._idle and frame.startswith(_FLUSH) and taker.ready and self._pace.free(time.monotonic())
        ):
            return False
        for action in self.session.receive(frame):
            if isinstance(action, Receive):
                taker.take_at_once(action)
            else:
                self.post([action])
        return True

    async def _read(self, taker: Taker) -> None:
        while True:
            self._idle = True
            message = await self._socket.receive()
            self._idle = False
            if message["type"] == "websocket.disconnect":
                return
            if (wait := self._pace.wait(time.monotonic())) > 0:
                await asyncio.sleep(wait)
            frame = message.get("bytes")
            for action in self.session.receive(frame if frame is not None else message.get("text") or ""):
                if isinstance(action, Start | Receive):
                    await taker.take(action)
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
