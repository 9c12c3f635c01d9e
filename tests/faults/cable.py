"""The cable between a job and its server: it can be pulled, cut, and be as slow as a bad line."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from types import TracebackType
from typing import Self

__all__ = ["Cable"]

_RESENT_S = 0.6
"""What a lost packet costs: on a line of 300 ms, TCP sends it again after about so long."""


class Cable:
    """Forwards connections to ``port`` of this machine; ``self.port`` is the near end.

    ``pulled``: nothing passes and nobody is told. ``delay``: seconds each way. ``loss``: the part of packets
    that come a retransmission later (and all behind them). ``rate``: bytes a second, 0 for as many as come.
    """

    def __init__(self, port: int) -> None:
        self._far = port
        self.port = 0
        self.pulled = False
        self.delay = self.loss = 0.0
        self.rate = 0
        self.connections = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def cut(self) -> None:
        """Reset every connection."""
        self._loop.call_soon_threadsafe(self._abort)

    def _abort(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = int(server.sockets[0].getsockname()[1])
        self._ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far = await asyncio.open_connection("127.0.0.1", self._far)
        except OSError:
            writer.transport.abort()
            return
        self.connections += 1
        ends = {writer, far}
        self._open |= ends
        try:
            await asyncio.gather(self._carry(reader, far), self._carry(far_reader, writer))
        finally:
            self._open -= ends
            for end in ends:
                end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One way: what is read now arrives later, in order."""
        packets: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        out = asyncio.create_task(self._deliver(packets, writer))
        free = 0.0
        try:
            while data := await reader.read(1400):
                now = time.monotonic()
                lost = _RESENT_S if self.delay and random.random() < self.loss else 0.0
                free = max(now, free) + (len(data) / self.rate if self.rate else 0.0)
                packets.put_nowait((free + self.delay + lost, data))
        except OSError:
            pass
        finally:
            packets.put_nowait((0.0, b""))
            await out

    async def _deliver(
        self, packets: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        while True:
            due, data = await packets.get()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            while self.pulled:
                await asyncio.sleep(0.02)
            if not data:
                writer.transport.abort()
                return
            writer.write(data)
