"""The bus between servers: NATS core. Needs the extra ``scale``."""

from __future__ import annotations

import asyncio
import logging

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as Native
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout

from rheostat_server.bus.base import BusError, BusTimeoutError, Listener, NobodyThereError, Responder

__all__ = ["NatsBus", "connect"]

log = logging.getLogger("rheostat.bus")

_DONE, _FAILED = b"\x00", b"\x01"
_CONNECT_S = 3.0
_RETRY_S = 0.25
_PENDING_MESSAGES = 10_000
_PENDING_BYTES = 8 << 20


async def connect(url: str) -> NatsBus:
    """Connect to the NATS server at ``url``; from then on it comes back by itself.

    Raises:
        BusError: it cannot be reached.
    """
    try:
        # Left alone it would try for ever, at the start as later.
        async with asyncio.timeout(_CONNECT_S):
            client = await nats.connect(
                url,
                name="rheostat",
                reconnect_time_wait=_RETRY_S,
                max_reconnect_attempts=-1,
                ping_interval=5,
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

        return await self._listen(to, hear)

    async def request(self, to: str, data: bytes, timeout_s: float = 5.0) -> bytes:
        """Ask whoever responds. Raises as `Bus.request`."""
        try:
            answer = await self._client.request(to, data, timeout=timeout_s)
        except NoRespondersError:
            raise NobodyThereError(f"nobody responds on {to}") from None
        except NatsTimeout:
            raise BusTimeoutError(f"no answer on {to} within {timeout_s:g} s") from None
        except (OSError, NatsError) as error:
            raise BusError(f"NATS failed: {error}") from None
        if answer.data[:1] != _DONE:
            raise BusError(f"the other side failed: {answer.data[1:].decode(errors='replace')}")
        return bytes(answer.data[1:])

    async def respond(self, to: str, responder: Responder) -> _Subscribed:
        """Answer requests with ``responder``."""

        async def hear(message: Msg) -> None:
            try:
                answer = _DONE + await responder(message.data)
            except Exception as error:
                log.warning("a responder on %s failed: %r", to, error)
                answer = _FAILED + str(error).encode()
            await message.respond(answer)

        return await self._listen(to, hear)

    async def close(self) -> None:
        """Leave."""
        await self._client.close()

    async def _listen(self, to: str, hear: object) -> _Subscribed:
        native = await self._client.subscribe(
            to,
            cb=hear,  # type: ignore[arg-type]  # a coroutine function
            pending_msgs_limit=_PENDING_MESSAGES,
            pending_bytes_limit=_PENDING_BYTES,
        )
        # Known to NATS before the caller goes on: what is published next is heard.
        await self._client.flush()
        return _Subscribed(self._client, native)


class _Subscribed:
    def __init__(self, client: Client, native: Native) -> None:
        self._client = client
        self._native: Native | None = native

    async def end(self) -> None:
        """Hear no more."""
        native, self._native = self._native, None
        if native is None or not self._client.is_connected:
            return
        await native.unsubscribe()
        # Known to NATS before the caller goes on: who asks next is told at once that nobody is there.
        await self._client.flush()


async def _note(error: Exception) -> None:
    log.warning("NATS: %r", error)
