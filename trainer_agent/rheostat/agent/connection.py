"""A connection to a server, and what is said on it from the hello to its loss or the goodbye."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING

from rheostat.agent.discover import Discovery, is_loopback_url, websocket_url
from rheostat.agent.session import Session
from rheostat.control.command import Command
from rheostat.wire import MAX_FRAME, Bye, Hello, Newest

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

__all__ = ["Conversation", "is_loss", "nap", "open_connection"]

PING_S = 10.0
OPEN_S = 5.0
NORMAL, GOING_AWAY = 1000, 1001

Heard = Callable[[Command | None, float], None]


class Conversation:
    """Carries the frames of ``session`` over one connection.

    What comes in is taken at once: ``heard`` is told of it, with the command that came or None, and when
    (monotonic seconds); then ``wakened`` is set. ``parting`` tells that the goodbye has been said.
    """

    def __init__(
        self, connection: ClientConnection, session: Session, wakened: asyncio.Event, heard: Heard
    ) -> None:
        self._connection = connection
        self._session = session
        self._wakened = wakened
        self._heard = heard
        self._receiving: asyncio.Task[None] | None = None
        self.parting = False

    async def begin(self, hello: Hello) -> None:
        """Say who we are, and listen from now on."""
        await self._connection.send(self._session.opened(hello, time.monotonic()))
        self._receiving = asyncio.create_task(self._receive())

    async def say(self, step: int, newest: Newest | None = None) -> None:
        """Send what is due; ``step`` is the next step of the job, ``newest`` the last where many wait."""
        for frame in self._session.outgoing(step, time.time(), time.monotonic(), newest):
            await self._connection.send(frame)

    @property
    def over(self) -> str:
        """Why nothing more can be said; empty while there can."""
        if self._session.fault:
            return self._session.fault
        if self._receiving is None or self._receiving.done():
            return "the connection was lost"
        return self._session.overdue(time.monotonic())

    async def part(self, bye: Bye) -> None:
        """Say goodbye, once; the server answers by closing when all that was sent is stored."""
        if not self.parting:
            self.parting = True
            await self._connection.send(self._session.bye(bye))

    @property
    def confirmed(self) -> bool:
        """Whether the server has answered the goodbye: it has everything."""
        return self.parting and self._connection.close_code == NORMAL

    async def end(self) -> None:
        """Close."""
        self._session.welcomed = False
        if self._receiving is not None:
            self._receiving.cancel()
            await asyncio.gather(self._receiving, return_exceptions=True)
        await self._connection.close(GOING_AWAY)

    async def _receive(self) -> None:
        try:
            async for frame in self._connection:
                now = time.monotonic()
                if not isinstance(frame, bytes):
                    self._session.fault = "the server sent text"
                    return
                command = self._session.received(frame, now)
                if self._session.fault:
                    return
                self._heard(command, now)
                self._wakened.set()
        finally:
            self._wakened.set()


async def open_connection(found: Discovery) -> ClientConnection:
    """A websocket to the agents' end of a server; raises what websockets raises."""
    from websockets.asyncio.client import connect  # noqa: PLC0415

    local = is_loopback_url(found.url)
    options: dict[str, None] = {"proxy": None} if local and _has_proxies() else {}
    return await connect(
        websocket_url(found.url),
        additional_headers={"Authorization": f"Bearer {found.agent_token}"},
        compression=None,
        max_size=MAX_FRAME,
        open_timeout=OPEN_S,
        ping_interval=PING_S,
        ping_timeout=PING_S,
        close_timeout=0.5,
        **options,  # type: ignore[arg-type]
    )


async def nap(wakened: asyncio.Event, seconds: float) -> bool:
    """Wait until ``wakened`` is set, ``seconds`` at most; whether it was."""
    try:
        async with asyncio.timeout(seconds):
            await wakened.wait()
    except TimeoutError:
        return False
    finally:
        wakened.clear()
    return True


def is_loss(error: Exception) -> bool:
    """Whether ``error`` is a connection that broke: nothing unusual."""
    from websockets.exceptions import ConnectionClosed, InvalidHandshake  # noqa: PLC0415

    return isinstance(error, ConnectionClosed | InvalidHandshake | OSError | TimeoutError | EOFError)


def _has_proxies() -> bool:
    """Whether this version of websockets looks for a proxy by itself (15 and later)."""
    return int(version("websockets").partition(".")[0]) >= 15
