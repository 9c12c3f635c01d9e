"""The bus between servers: NATS core. Needs the extra ``scale``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as Native
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout

from rheostat_server.bus.base import BusError, BusTimeoutError, Listener, NobodyThereError, Responder

__all__ = ["NatsBus", "connect"]

log = logging.getLogger("rheostat.bus")

_DONE, _FAILED, _GONE = b"\x00", b"\x01", b"\x02"
_PING = b"PING\r\n"
_CONNECT_S = 3.0
_RETRY_S = 0.25
_PING_S = 2
"""A NATS that answers nothing is given up after three of these."""
_PENDING_MESSAGES = 10_000
_PENDING_BYTES = 8 << 20


class _Ordered(Client):
    """The client with its pings in line.

    As it is (2.16), `flush` writes PING to the socket past the commands that still wait in its buffer, so
    that the PONG says nothing of the SUB or UNSUB sent just before. In line, the PONG means that NATS
    knows of them, and that whatever it sent us under a subscription that ended has arrived: that is what
    `flush` and `Subscription.drain` promise.
    """

    async def _send_ping(self, future: asyncio.Future[bool] | None = None) -> None:
        self._pongs.append(asyncio.get_running_loop().create_future() if future is None else future)
        await self._send_command(_PING)
        await self._flush_pending()


async def connect(url: str) -> NatsBus:
    """Connect to the NATS server at ``url``; from then on it comes back by itself.

    Raises:
        BusError: it cannot be reached.
    """
    client = _Ordered()
    try:
        # Left alone it would try for ever, at the start as later.
        async with asyncio.timeout(_CONNECT_S):
            await client.connect(
                url,
                name="rheostat",
                reconnect_time_wait=_RETRY_S,  # type: ignore[arg-type]  # only ever slept for
                max_reconnect_attempts=-1,
                ping_interval=_PING_S,
                error_cb=_note,
            )
    except (OSError, NatsError, TimeoutError) as error:
        raise BusError(f"cannot reach NATS at {url} ({error or 'no answer'}). Is it running?") from None
    return NatsBus(client)


class NatsBus:
    """A `Bus` over a connection to NATS."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def connected(self) -> bool:
        """Whether NATS can be reached now."""
        return self._client.is_connected

    async def publish(self, to: str, data: bytes) -> None:
        """Tell all who subscribe now; dropped while disconnected."""
        if not self._client.is_connected:
            return
        try:
            await self._client.publish(to, data)
        except (OSError, NatsError) as error:
            log.warning("not published on %s: %r", to, error)

    async def subscribe(self, to: str, listener: Listener) -> _Subscribed:
        """Call ``listener`` with everything published from now on."""

        async def hear(message: Msg) -> None:
            try:
                listener(message.data)
            except Exception as error:
                log.warning("a listener on %s failed: %r", to, error)

        return _Subscribed(self._client, await self._listen(to, hear))

    async def request(self, to: str, data: bytes, timeout_s: float = 5.0) -> bytes:
        """Ask whoever responds. Raises as `Bus.request`."""
        if not self._client.is_connected:
            # It would be kept and sent later, when nobody waits for the answer any more.
            raise BusError("NATS cannot be reached")
        try:
            answer = await self._client.request(to, data, timeout=timeout_s)
        except NoRespondersError:
            raise NobodyThereError(f"nobody responds on {to}") from None
        except NatsTimeout:
            raise BusTimeoutError(f"no answer on {to} within {timeout_s:g} s") from None
        except (OSError, NatsError) as error:
            raise BusError(f"NATS failed: {error}") from None
        kind, body = answer.data[:1], answer.data[1:]
        if kind == _GONE:
            raise NobodyThereError(f"nobody responds on {to} any more")
        if kind != _DONE:
            raise BusError(f"the other side failed: {body.decode(errors='replace')}")
        return bytes(body)

    async def respond(self, to: str, responder: Responder) -> _Responding:
        """Answer requests with ``responder``."""
        responding = _Responding(self._client, to, responder)
        responding.native = await self._listen(to, responding.hear)
        return responding

    async def close(self) -> None:
        """Leave."""
        await self._client.close()

    async def _listen(self, to: str, hear: Callable[[Msg], Awaitable[None]]) -> Native:
        try:
            native = await self._client.subscribe(
                to, cb=hear, pending_msgs_limit=_PENDING_MESSAGES, pending_bytes_limit=_PENDING_BYTES
            )
            if self._client.is_connected:
                # Known to NATS before the caller goes on: what is published next is heard.
                await self._client.flush()
        except (OSError, NatsError) as error:
            raise BusError(f"NATS failed: {error}") from None
        return native


class _Subscribed:
    def __init__(self, client: Client, native: Native | None = None) -> None:
        self._client = client
        self.native = native

    async def end(self) -> None:
        """Hear no more. NATS knows of it when this returns."""
        native, self.native = self.native, None
        if native is None or self._client.is_closed:
            return
        try:
            if self._client.is_connected:
                await native.drain()  # type: ignore[no-untyped-call]
            else:
                await native.unsubscribe()
        except (OSError, NatsError) as error:
            # The connection broke meanwhile; NATS forgot the subscription with it.
            log.debug("while ending a subscription: %r", error)


class _Responding(_Subscribed):
    """A responder. Once it ends, requests that were under way are told so instead of left to time out."""

    def __init__(self, client: Client, to: str, responder: Responder) -> None:
        super().__init__(client)
        self._to = to
        self._responder = responder
        self._gone = False

    async def hear(self, message: Msg) -> None:
        """Answer one request."""
        try:
            answer = _GONE if self._gone else _DONE + await self._responder(message.data)
        except Exception as error:
            log.warning("a responder on %s failed: %r", self._to, error)
            answer = _FAILED + str(error).encode()
        try:
            await message.respond(answer)
        except (OSError, NatsError) as error:
            log.warning("an answer on %s was not sent: %r", self._to, error)

    async def end(self) -> None:
        """Answer no more."""
        self._gone = True
        await super().end()


async def _note(error: Exception) -> None:
    log.warning("NATS: %r", error)
