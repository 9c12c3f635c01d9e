"""A real server in a thread of this process, and the raw ends that tests talk to it with."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import numpy as np
import uvicorn
from websockets.sync.client import ClientConnection, connect

from rheostat.control.command import Command, CommandReport, Limits
from rheostat.wire import (
    PROTOCOL,
    Ack,
    Bye,
    Column,
    Deliver,
    Flush,
    FromServer,
    Group,
    Hello,
    Plan,
    Report,
    Welcome,
    decode_from_server,
    encode,
)
from rheostat_server.app import create_app
from rheostat_server.dashboard import Dashboard
from rheostat_server.serve import listen, server_config
from rheostat_server.settings import Settings

_Found = TypeVar("_Found")
PATIENCE_S = 15.0


def wait_for(look: Callable[[], _Found]) -> _Found:
    """The first true answer of ``look``."""
    until = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)
    return found


class _Prompt:
    """asyncio as uvicorn's server sees it in tests: it naps tenths of a second at its beginning and end."""

    def __getattr__(self, name: str) -> object:
        return getattr(asyncio, name)

    @staticmethod
    async def sleep(seconds: float) -> None:
        """Sleep, but not for long."""
        await asyncio.sleep(min(seconds, 0.01))


uvicorn.server.asyncio = _Prompt()  # type: ignore[assignment, attr-defined]


class Server:
    """uvicorn and the app on a free port, in a thread."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.settings = Settings(data_dir=folder, port=0, **settings)
        self.app = create_app(self.settings)
        self.dashboard: Dashboard = self.app.state.dashboard
        self._listener = listen(self.settings)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.dashboard.port, self.dashboard.url = self.port, self.url
        self._server = uvicorn.Server(server_config(self.app, self.settings))
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],))

    def __enter__(self) -> Self:
        self._thread.start()
        wait_for(lambda: self._server.started)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_S)
        self._listener.close()
        assert not self._thread.is_alive()

    def token(self, role: str) -> str:
        """The server's own token for a role."""
        return (self.settings.data_dir / f"{role}.token").read_text().strip()

    def client(self, role: str | None = "admin", **more: Any) -> httpx.Client:
        """An HTTP client with that role's token, or none."""
        headers = {} if role is None else {"Authorization": f"Bearer {self.token(role)}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE_S, **more)

    def browser(self) -> httpx.Client:
        """An HTTP client that signed in as a browser does."""
        client = httpx.Client(base_url=self.url, headers={"X-Rheostat": "1"}, timeout=PATIENCE_S)
        code = self.dashboard.codes.mint(self.dashboard.clock())
        client.post("/api/session", json={"code": code}).raise_for_status()
        return client

    def socket(self, path: str, role: str | None, **more: Any) -> ClientConnection:
        """A websocket with that role's token, or none."""
        headers = more.pop("headers", {})
        if role is not None:
            headers["Authorization"] = f"Bearer {self.token(role)}"
        # One whose frames nobody reads does not get to the server's goodbye.
        more.setdefault("close_timeout", 0.5)
        url = self.url.replace("http", "ws") + path
        connection: ClientConnection = connect(
            url, additional_headers=headers, proxy=None, **more
        ).__enter__()
        return connection

    def agent(self, **fields: Any) -> Agent:
        """A raw agent that has said hello and was welcomed."""
        agent = Agent(self.socket("/ws/agent", "agent"), hello(**fields))
        agent.begin()
        return agent

    def viewer(self, *runs: str, cursor: int = 0) -> Viewer:
        """A browser's live socket that watches ``runs``."""
        viewer = Viewer(self.socket("/ws/live", "admin"))
        for run in runs:
            viewer.say({"type": "watch", "run": run, "cursor": cursor})
        return viewer


class Agent:
    """The agent's end of a socket, spoken by hand."""

    def __init__(self, connection: ClientConnection, hello: Hello) -> None:
        self.connection = connection
        self.hello = hello
        self.commands: list[Command] = []
        self.welcome: Welcome | None = None
        self.seq = 0
        self.reports = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def begin(self) -> None:
        """Say hello and take the welcome."""
        self.connection.send(encode(self.hello))
        answer = self.receive()
        assert isinstance(answer, Welcome), answer
        self.welcome = answer
        self.seq, self.reports = answer.acked, answer.reported

    def receive(self) -> FromServer:
        """The next message."""
        frame = self.connection.recv(PATIENCE_S)
        assert isinstance(frame, bytes)
        return decode_from_server(frame)

    def steps(self, first: int, count: int, **metrics: list[float]) -> None:
        """Send a flush of ``count`` steps and wait until it is acknowledged."""
        self.seq += 1
        self.send(flush(self.seq, first, count, groups=[g.name for g in self.hello.groups], **metrics))
        self.acked(self.seq)

    def send(self, message: Flush | CommandReport | Bye) -> None:
        """Send one message."""
        if isinstance(message, CommandReport):
            self.reports += 1
            self.connection.send(encode(Report(self.reports, message)))
        else:
            self.connection.send(encode(message))

    def acked(self, seq: int) -> None:
        """Wait for the ack of ``seq``; commands that come meanwhile are kept."""
        while True:
            message = self.receive()
            if isinstance(message, Ack) and message.seq >= seq:
                return
            self._keep(message)

    def command(self) -> Command:
        """The next command delivered."""
        while not self.commands:
            self._keep(self.receive())
        return self.commands.pop(0)

    def _keep(self, message: FromServer) -> None:
        if isinstance(message, Deliver):
            self.commands.append(message.command)


class Viewer:
    """The browser's end of a live socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.hello = self.receive()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def say(self, message: object) -> None:
        """Send a message as JSON."""
        self.connection.send(json.dumps(message))

    def receive(self) -> dict[str, Any]:
        """The next message."""
        return dict(json.loads(self.connection.recv(PATIENCE_S)))

    def next(self, kind: str, fits: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The next message of a kind that ``fits``; others are passed over."""
        while True:
            message = self.receive()
            if message["type"] == kind and fits(message):
                return message


def hello(**fields: Any) -> Hello:
    """A hello of run ``r1`` with two groups; fields as wanted."""
    given = {
        "protocol": PROTOCOL,
        "run": "r1",
        "project": "demo",
        "name": "a run",
        "writer": fields.get("attempt", "a1"),
        "attempt": "a1",
        "restart": 0,
        "clock": 1000.0,
        "started_at": 1000.0,
        "step": 0,
        "groups": (Group(name="backbone", parameters=10, lr=1e-3), Group(name="head", parameters=2, lr=1e-2)),
        "optimizer": "AdamW",
        "scheduler": None,
        "plan": Plan(
            origin="rheostat", text="cosine -> 0", total=1000, base={"backbone": 1e-3, "head": 1e-2}
        ),
        "control": True,
        "limits": Limits(),
        **fields,
    }
    return Hello(**given)


def flush(seq: int, first: int, count: int, groups: list[str], **metrics: list[float]) -> Flush:
    """Steps ``first`` on, lr 0.001 / (group's number + 1), and metrics (loss by default)."""
    steps = np.arange(first, first + count, dtype=np.int64)
    values = metrics or {"loss": [1.0 / (step + 1) for step in steps.tolist()]}
    planned = {name: np.full(count, 1e-3 / (at + 1)) for at, name in enumerate(groups)}
    return Flush(
        seq=seq,
        steps=steps.astype("<i8").tobytes(),
        times=(1_700_000_000.0 + steps * 0.01).astype("<f8").tobytes(),
        planned={name: Column.of(value) for name, value in planned.items()},
        effective={name: Column.of(value) for name, value in planned.items()},
        metrics={name: Column.of(np.array(value, dtype=np.float64)) for name, value in values.items()},
    )
