"""The socket of one browser: reads what it wants to watch, sends what waits in its outbox."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from rheostat_server.auth.messages import barred
from rheostat_server.auth.pace import Pace
from rheostat_server.auth.roles import Principal
from rheostat_server.live.duplex import duplex
from rheostat_server.live.hub import Viewer
from rheostat_server.live.session import POLICY, UNSUPPORTED
from rheostat_server.models import (
    FromBrowser,
    Listing,
    LiveHello,
    LiveProblem,
    Problem,
    Unwatch,
    Watch,
)
from rheostat_server.store.database import StoreError

if TYPE_CHECKING:
    from rheostat_server.dashboard import Dashboard

__all__ = ["ViewerLink"]

_FROM_BROWSER: TypeAdapter[FromBrowser] = TypeAdapter(FromBrowser)
_RATE, _BURST = 20.0, 100.0
_UNREAD = 64
"""Answers that may wait for a browser which asks and does not read."""
SIGNED_OUT = 4401


class ViewerLink:
    """One browser's connection, from accept to close."""

    def __init__(self, socket: WebSocket, dashboard: Dashboard, principal: Principal) -> None:
        self._socket = socket
        self._dashboard = dashboard
        self._principal = principal
        self._pace = Pace(_RATE, _BURST)
        self._viewer = Viewer(principal)
        self._closing: tuple[int, str] | None = None

    def close(self) -> None:
        """The token is no longer good: say so and close."""
        self._close(SIGNED_OUT, "signed out")

    async def run(self) -> None:
        """Serve the connection until either side closes it."""
        await self._socket.accept()
        dashboard, viewer = self._dashboard, self._viewer
        hello = LiveHello(
            type="hello", version=dashboard.version, epoch=dashboard.epoch, clock=dashboard.clock()
        )
        self._say(hello)
        dashboard.hub.join(viewer)
        try:
            await duplex(self._read(), self._write())
        finally:
            watched = set(viewer.interest)
            dashboard.hub.leave(viewer)
            await self._unwatched(watched)

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if (wait := self._pace.wait(time.monotonic())) > 0:
                await asyncio.sleep(wait)
            text = message.get("text")
            if text is None:
                self._refuse(UNSUPPORTED, "binary_frame", "expected JSON text, but got a binary frame")
                continue
            try:
                wish = _FROM_BROWSER.validate_json(text)
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in first["loc"])
                self._refuse(POLICY, "bad_message", first["msg"], where)
                continue
            await self._on(wish)

    async def _on(self, wish: FromBrowser) -> None:
        viewer, principal, dashboard = self._viewer, self._principal, self._dashboard
        if isinstance(wish, Watch):
            await dashboard.seek(wish.run)
        # The list has no run of its own; each of its rows is judged when it is sent.
        run = (principal.run or "") if isinstance(wish, Listing) else wish.run
        project = principal.project if isinstance(wish, Listing) else dashboard.project_of(run)
        valid = dashboard.valid(principal)
        if not valid:
            self.close()
        elif why := barred(principal, "/ws/live", wish.type, run=run, project=project, valid=valid):
            problem = Problem(code="out_of_reach", message=why, where="run")
            self._say(LiveProblem(type="problem", error=problem))
        elif isinstance(wish, Listing):
            viewer.listing = wish.on
        elif isinstance(wish, Unwatch):
            dashboard.hub.unwatch(viewer, wish.run)
            await self._unwatched({wish.run})
        elif project is None:
            problem = Problem(code="not_found", message=f"there is no run {wish.run!r}", where="run")
            self._say(LiveProblem(type="problem", error=problem))
        else:
            await self._watch(wish)

    async def _watch(self, watch: Watch) -> None:
        viewer, run = self._viewer, watch.run
        self._dashboard.hub.watch(viewer, run)
        await self._dashboard.others.relay.watch(run)
        try:
            beginning = await self._dashboard.beginnings.get(run, watch.cursor)
        except StoreError as error:
            self._say(LiveProblem(type="problem", error=Problem(code="store", message=str(error))))
            viewer.outbox.reset(run)
            viewer.wake.set()
            return
        for command, data in beginning.commands:
            viewer.outbox.command_if_new(run, command, data)
        if beginning.cursor is None:
            viewer.outbox.reset(run)
        else:
            viewer.outbox.caught_up(run, beginning.cursor, beginning.points)
            self._dashboard.others.relay.begin(run, beginning.cursor)
        viewer.wake.set()

    async def _unwatched(self, runs: set[str]) -> None:
        for run in runs:
            if not self._dashboard.hub.watched(run):
                await self._dashboard.others.relay.unwatch(run)

    async def _write(self) -> None:
        viewer = self._viewer
        try:
            while True:
                await viewer.wake.wait()
                viewer.wake.clear()
                for data in viewer.outbox.take():
                    await self._socket.send_text(data.decode())
                if self._closing is not None:
                    await self._socket.close(*self._closing)
                    return
        except (WebSocketDisconnect, RuntimeError):
            return

    def _refuse(self, code: int, name: str, message: str, where: str = "") -> None:
        self._say(LiveProblem(type="problem", error=Problem(code=name, message=message, where=where)))
        self._close(code, f"{name}: {message}".encode()[:120].decode(errors="ignore"))

    def _close(self, code: int, reason: str) -> None:
        self._closing = self._closing or (code, reason)
        self._viewer.wake.set()

    def _say(self, message: LiveHello | LiveProblem) -> None:
        if self._viewer.outbox.said >= _UNREAD:
            self._close(POLICY, "not_reading: too many answers wait to be read")
        else:
            self._viewer.outbox.say(message.model_dump_json().encode())
        self._viewer.wake.set()
