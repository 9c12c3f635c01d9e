"""The cable between a job and its server: it can be pulled, cut, and be as slow as a bad line."""

from __future__ import annotations

import asyncio
import random
import time

from tests.relay import Relay

__all__ = ["Cable"]

_RESENT_S = 0.6
"""What a lost packet costs: on a line of 300 ms, TCP sends it again after about so long."""


class Cable(Relay):
    """Forwards connections to ``port`` of this machine; ``self.port`` is the near end.

    ``pulled``: nothing passes and nobody is told. ``delay``: seconds each way. ``loss``: the part of packets
    that come a retransmission later (and all behind them). ``rate``: bytes a second, 0 for as many as come.
    """

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.pulled = False
        self.delay = self.loss = 0.0
        self.rate = 0
        self.connections = 0

    def cut(self) -> None:
        """Reset every connection."""
        self.loop.call_soon_threadsafe(self._abort)

    def _abort(self) -> None:
        for writer in list(self.open):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry both ways until one end closes."""
        try:
            far_reader, far = await asyncio.open_connection("127.0.0.1", self.far)
        except OSError:
            writer.transport.abort()
            return
        self.connections += 1
        self.open.add(far)
        try:
            await asyncio.gather(self._carry(reader, far), self._carry(far_reader, writer))
        finally:
            self.open.discard(far)
            for end in (writer, far):
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
