"""Simulated agents and viewers in numbers, cheap enough to leave the machine to the servers.

Real frames over real sockets, by a client library that is compiled. All jobs send the same flushes, so that
each is encoded once.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import time
from abc import abstractmethod
from collections import deque
from collections.abc import Sequence
from functools import lru_cache

import msgspec
from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from rheostat.wire import Ack, Deliver, Refused, Welcome, decode_from_server, encode
from tests.server.running import flush, hello

__all__ = ["STEPS", "Job", "Watcher"]

STEPS = 20
"""Steps in a flush."""
_AWAY_S = 20.0
"""A socket that said nothing for so long is given up."""


@lru_cache(maxsize=4096)
def _flush(seq: int) -> bytes:
    return encode(flush(seq, STEPS * (seq - 1), STEPS, ["backbone", "head"]))


class _Line(WSListener):
    """One websocket of an `_End`."""

    def __init__(self, end: _End) -> None:
        super().__init__()
        self._end = end

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._end.opened(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type in (WSMsgType.BINARY, WSMsgType.TEXT):
            self._end.heard(transport, frame.get_payload_as_bytes())


class _End:
    """A client that comes back by the next of ``ports`` that takes it, as through a load balancer."""

    def __init__(self, path: str, ports: Sequence[int], token: str) -> None:
        self._path = path
        self._ports = itertools.cycle(ports)
        self._token = token
        self._next = next(self._ports)

    @abstractmethod
    def opened(self, transport: WSTransport) -> None:
        """The socket is open."""

    @abstractmethod
    def heard(self, transport: WSTransport, data: bytes) -> None:
        """A message came."""

    async def _connect(self) -> None:
        port, self._next = self._next, next(self._ports)
        transport, _ = await ws_connect(
            lambda: _Line(self),
            f"ws://127.0.0.1:{port}{self._path}",
            extra_headers={"Authorization": f"Bearer {self._token}"},
            websocket_handshake_timeout=30,
            enable_auto_ping=True,
            auto_ping_idle_timeout=_AWAY_S / 2,
            auto_ping_reply_timeout=_AWAY_S / 2,
            max_frame_size=1 << 26,
        )
        try:
            await transport.wait_disconnected()
        finally:
            transport.disconnect()

    async def _lives(self) -> None:
        """Be connected, over and over, until cancelled."""
        while True:
            with contextlib.suppress(OSError, WSError, TimeoutError):
                await self._connect()
            await asyncio.sleep(random.uniform(0.1, 1.0))


class Job(_End):
    """An agent that flushes ``rate`` times a second, and sends again what was not acknowledged.

    ``stamps`` are the monotonic times of its flushes, ``lags`` the seconds until each was acknowledged.
    """

    def __init__(self, run: str, ports: Sequence[int], token: str, rate: float) -> None:
        super().__init__("/ws/agent", ports, token)
        self.run = run
        self.sent = 0
        self.stamps: list[float] = []
        self.lags: list[float] = []
        self.commands: list[str] = []
        self.connections = 0
        self.refusals: list[str] = []
        self._rate = rate
        self._open: deque[float] = deque()
        self._socket: WSTransport | None = None
        self._done = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False

    async def live(self) -> None:
        """Connect, flush, come back, until stopped and everything is acknowledged."""
        task = asyncio.create_task(self._lives())
        await self._done.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def start(self) -> None:
        """Flush from now on."""
        self._wait(time.monotonic() + random.random() / self._rate)

    def stop(self) -> None:
        """Flush no more."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        self._look()

    def opened(self, transport: WSTransport) -> None:
        self._socket = None
        transport.send(WSMsgType.BINARY, encode(hello(run=self.run, writer="w", attempt="a")))

    def heard(self, transport: WSTransport, data: bytes) -> None:
        message = decode_from_server(data)
        if isinstance(message, Ack):
            self._acked(message.seq)
        elif isinstance(message, Deliver):
            self.commands.append(message.command.id)
        elif isinstance(message, Refused):
            self.refusals.append(message.code)
        elif isinstance(message, Welcome):
            self._begin(transport, message.acked)

    def _begin(self, transport: WSTransport, acked: int) -> None:
        self.connections += 1
        self._acked(acked)
        for seq in range(self.sent - len(self._open) + 1, self.sent + 1):
            transport.send(WSMsgType.BINARY, _flush(seq))
        self._socket = transport

    def _wait(self, due: float) -> None:
        delay = max(0.0, due - time.monotonic())
        self._timer = asyncio.get_running_loop().call_later(delay, self._produce, due)

    def _produce(self, due: float) -> None:
        self.sent += 1
        now = time.monotonic()
        self.stamps.append(now)
        self._open.append(now)
        if self._socket is not None and not self._socket.is_disconnected:
            self._socket.send(WSMsgType.BINARY, _flush(self.sent))
        self._wait(due + 1.0 / self._rate)

    def _acked(self, seq: int) -> None:
        now = time.monotonic()
        for _ in range(seq - (self.sent - len(self._open))):
            self.lags.append(now - self._open.popleft())
        self._look()

    def _look(self) -> None:
        if self._stopped and not self._open:
            self._done.set()


class _Points(msgspec.Struct):
    x: list[int]


class _Update(msgspec.Struct):
    type: str
    cursor: int = 0
    series: dict[str, _Points] = {}


_update = msgspec.json.Decoder(_Update).decode


class Watcher(_End):
    """A browser that watches one run as the page does, through resets and reconnections.

    ``stamps`` are those of the run's job; ``lags`` are the seconds from each flush until its steps were here,
    but for what came as the catching up of a watch that began.
    """

    def __init__(self, run: str, ports: Sequence[int], token: str, stamps: Sequence[float] = ()) -> None:
        super().__init__("/ws/live", ports, token)
        self.run = run
        self.lags: list[float] = []
        self.there = False
        self.seen = 0
        self.resets = 0
        self.broken = 0
        self.longest = 0.0
        self._stamps = stamps
        self._cursor = 0
        self._last = 0.0

    async def live(self) -> None:
        """Watch until cancelled."""
        await self._lives()

    def opened(self, transport: WSTransport) -> None:
        self._say(transport, type="list", on=False)
        self._say(transport, type="watch", run=self.run, cursor=self._cursor)

    def heard(self, transport: WSTransport, data: bytes) -> None:
        message = _update(data)
        self.there = True
        if message.type == "reset":
            self.resets += 1
            self._cursor = self.seen = 0
            self._say(transport, type="watch", run=self.run, cursor=0)
        elif message.type == "points":
            x, before, now = message.series["loss"].x, self.seen, time.monotonic()
            self.broken += x[0] != before
            self._cursor, self.seen = message.cursor, x[-1] + 1
            if before:
                self.lags += [now - sent for sent in self._stamps[before // STEPS : self.seen // STEPS]]
            self.longest = max(self.longest, now - self._last if self._last else 0.0)
            self._last = now

    @staticmethod
    def _say(transport: WSTransport, **words: object) -> None:
        transport.send(WSMsgType.TEXT, json.dumps(words).encode())
