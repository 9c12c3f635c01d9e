"""Simulated agents and viewers in numbers, real frames over real sockets, and a proxy in front of servers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from rheostat.wire import Ack, Deliver, Refused, Welcome, decode_from_server, encode
from tests.server.running import flush, hello

__all__ = ["STEPS", "Job", "Watcher", "front"]

STEPS = 20
"""Steps in a flush."""
_PLAIN: dict[str, Any] = {"proxy": None, "compression": None, "max_size": None, "open_timeout": 30}


@contextlib.asynccontextmanager
async def front(ports: Sequence[int]) -> AsyncIterator[int]:
    """A load balancer in its simplest form: each connection goes to the next port that takes it."""
    order = 0

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal order
        for _ in ports:
            order += 1
            try:
                there = await asyncio.open_connection("127.0.0.1", ports[order % len(ports)])
            except OSError:
                continue
            # Cancelled when the loop ends; asyncio would report that as a fault.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(copy(reader, there[1]), copy(there[0], writer))
            return
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=4096)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


@dataclass
class Job:
    """An agent that flushes at a steady rate, and sends again what was not acknowledged."""

    run: str
    port: int
    token: str
    rate: float
    sent: int = 0
    lags: list[float] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    refusals: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._open: dict[int, tuple[bytes, float]] = {}
        self._stop = asyncio.Event()
        self._first = asyncio.Event()
        self._socket: ClientConnection | None = None

    async def live(self) -> None:
        """Connect, flush, come back, until stopped and everything is acknowledged."""
        self._producer = asyncio.create_task(self._produce())
        try:
            while not (self._stop.is_set() and not self._open):
                try:
                    await self._connect()
                except (OSError, WebSocketException, TimeoutError):
                    await asyncio.sleep(random.uniform(0.1, 1.0))
        finally:
            self._producer.cancel()

    def stop(self) -> None:
        """Flush no more."""
        self._stop.set()

    async def _connect(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"ws://127.0.0.1:{self.port}/ws/agent"
        async with connect(
            url, additional_headers=headers, proxy=None, compression=None, open_timeout=30
        ) as ws:
            await ws.send(encode(hello(run=self.run, writer="w", attempt="a")))
            welcome = decode_from_server(await ws.recv())  # type: ignore[arg-type]
            if not isinstance(welcome, Welcome):
                assert isinstance(welcome, Refused)
                self.refusals.append(welcome.code)
                await asyncio.sleep(0.5)
                return
            self.connections += 1
            self._first.set()
            self._acked(welcome.acked)
            for frame, _ in list(self._open.values()):
                await ws.send(frame)
            self._socket = ws
            try:
                while not (self._stop.is_set() and not self._open):
                    message = decode_from_server(await asyncio.wait_for(ws.recv(), 20))  # type: ignore[arg-type]
                    if isinstance(message, Ack):
                        self._acked(message.seq)
                    elif isinstance(message, Deliver):
                        self.commands.append(message.command.id)
            finally:
                self._socket = None

    async def _produce(self) -> None:
        await self._first.wait()
        await asyncio.sleep(random.random() / self.rate)
        due = time.monotonic()
        while not self._stop.is_set():
            self.sent += 1
            frame = encode(flush(self.sent, STEPS * (self.sent - 1), STEPS, ["backbone", "head"]))
            self._open[self.sent] = frame, time.monotonic()
            if self._socket is not None:
                with contextlib.suppress(WebSocketException):
                    await self._socket.send(frame)
            due += 1.0 / self.rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def _acked(self, seq: int) -> None:
        now = time.monotonic()
        for known in [known for known in self._open if known <= seq]:
            self.lags.append(now - self._open.pop(known)[1])


@dataclass
class Watcher:
    """A browser that watches one run as the page does, through resets and reconnections."""

    run: str
    port: int
    token: str
    seen: int = 0
    resets: int = 0
    broken: int = 0
    longest: float = 0.0

    async def live(self) -> None:
        """Watch until cancelled."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"ws://127.0.0.1:{self.port}/ws/live"
        cursor, last = 0, 0.0
        while True:
            try:
                async with connect(
                    url,
                    additional_headers=headers,
                    proxy=None,
                    compression=None,
                    max_size=None,
                    open_timeout=30,
                ) as ws:
                    await ws.send(json.dumps({"type": "list", "on": False}))
                    await ws.send(json.dumps({"type": "watch", "run": self.run, "cursor": cursor}))
                    async for text in ws:
                        message = json.loads(text)
                        if message["type"] == "reset":
                            self.resets += 1
                            cursor = self.seen = 0
                            await ws.send(json.dumps({"type": "watch", "run": self.run, "cursor": 0}))
                        elif message["type"] == "points":
                            x = message["series"]["loss"]["x"]
                            self.broken += x[0] != self.seen
                            cursor, self.seen = message["cursor"], x[-1] + 1
                            now = time.monotonic()
                            self.longest, last = max(self.longest, now - last if last else 0.0), now
            except (OSError, WebSocketException):
                await asyncio.sleep(random.uniform(0.1, 1.0))
