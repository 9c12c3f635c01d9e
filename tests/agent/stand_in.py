"""A small real server for the agent's protocol: stores each flush once, acks it, delivers commands."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from rheostat.control.command import Command, CommandReport
from rheostat.wire import (
    MAX_FRAME,
    Ack,
    Beat,
    Bye,
    Deliver,
    Flush,
    Hello,
    Refused,
    Report,
    Welcome,
    decode_from_agent,
    encode,
)

TOKEN = "agent-token"


class StandIn:
    """What it stores outlives `stop` and `start`, as a database would outlive kill -9."""

    def __init__(self) -> None:
        self.port = 0
        self.hellos: list[Hello] = []
        self.byes: list[Bye] = []
        self.reports: list[CommandReport] = []
        self.beats: list[tuple[Beat, int]] = []
        """Each beat, with how many steps were stored when it came."""
        self.told: dict[str, int] = {}
        self.flushes: dict[tuple[str, str], dict[int, Flush]] = {}
        self.refusal: Refused | None = None
        self.mute = False
        """Answers nothing."""
        self.silent = False
        """Acks nothing."""
        self.pause_s = 0.0
        self._news = threading.Condition()
        self._connections: set[ServerConnection] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._main(ready),))
        self._thread.start()
        assert ready.wait(10.0)

    def stop(self) -> None:
        """Break off everything at once."""
        loop, thread = self._loop, self._thread
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(self._break)
            thread.join(10.0)
            assert not thread.is_alive()
        self._loop = self._thread = None

    def deliver(self, command: Command) -> None:
        loop = self._loop
        assert loop is not None
        frame = encode(Deliver(command))
        for connection in self._connections:
            asyncio.run_coroutine_threadsafe(connection.send(frame), loop)

    def until(self, truth: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait for something to become true of what has been received."""
        with self._news:
            assert self._news.wait_for(truth, seconds)

    def rows(self) -> list[Flush]:
        return [f for _, stored in sorted(self.flushes.items()) for _, f in sorted(stored.items())]

    def steps(self) -> npt.NDArray[np.int64]:
        """The steps stored, in order of their flushes; rows of metrics alone are no steps."""
        parts = [f.step_array() for f in self.rows() if f.planned]
        return np.concatenate(parts) if parts else np.array([], dtype=np.int64)

    def series(self, part: str, name: str) -> dict[int, float]:
        found: dict[int, float] = {}
        for flush in self.rows():
            column = getattr(flush, part).get(name)
            if column is not None:
                steps = flush.step_array()[column.row_numbers(flush.count)]
                found.update(zip(steps.tolist(), column.array().tolist(), strict=True))
        return found

    def states(self, id: str) -> list[str]:
        return [r.state for r in self.reports if r.id == id]

    async def _main(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        async with serve(
            self._talk, "127.0.0.1", self.port, max_size=MAX_FRAME, process_request=self._check
        ) as server:
            self._server = server
            self.port = next(iter(server.sockets)).getsockname()[1]
            ready.set()
            await server.wait_closed()

    def _break(self) -> None:
        for connection in self._connections:
            connection.transport.abort()
        if self._server is not None:
            self._server.close()

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.path != "/ws/agent" or request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return connection.respond(401, "no\n")
        return None

    async def _talk(self, connection: ServerConnection) -> None:
        self._connections.add(connection)
        hello: Hello | None = None
        try:
            async for frame in connection:
                assert isinstance(frame, bytes)
                message = decode_from_agent(frame)
                if isinstance(message, Hello):
                    hello = message
                    if self.refusal is not None:
                        await connection.send(encode(self.refusal))
                        return
                    stored = self.flushes.setdefault((hello.run, hello.writer), {})
                    if not self.mute:
                        told = self.told.setdefault(hello.attempt, hello.oldest_report - 1)
                        await connection.send(
                            encode(
                                Welcome(
                                    epoch="e",
                                    acked=max([hello.oldest - 1, *stored]),
                                    clock=time.time(),
                                    reported=told,
                                )
                            )
                        )
                assert hello is not None
                stored = self.flushes.setdefault((hello.run, hello.writer), {})
                with self._news:
                    self._keep(message, stored, hello)
                    self._news.notify_all()
                await asyncio.sleep(self.pause_s if isinstance(message, Flush) else 0.0)
                if isinstance(message, Flush | Report) and not (self.mute or self.silent):
                    await connection.send(encode(Ack(max(stored, default=0), self.told[hello.attempt])))
                if isinstance(message, Bye):
                    return
        except ConnectionClosed:
            pass
        finally:
            self._connections.discard(connection)

    def _keep(self, message: object, stored: dict[int, Flush], hello: Hello) -> None:
        if isinstance(message, Flush):
            assert message.seq <= max([hello.oldest - 1, *stored]) + 1
            assert stored.setdefault(message.seq, message) == message
        elif isinstance(message, Hello):
            self.hellos.append(message)
        elif isinstance(message, Report):
            assert message.seq == self.told[hello.attempt] + 1
            self.told[hello.attempt] = message.seq
            self.reports.append(message.report)
        elif isinstance(message, Beat):
            self.beats.append((message, len(self.steps())))
        elif isinstance(message, Bye):
            self.byes.append(message)
