"""One agent that is connected: let in, and what it says stored and noted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, assert_never

from msgspec.structs import replace
from sqlalchemy import Connection
from starlette.websockets import WebSocket

from rheostat.scrub import scrub
from rheostat.wire import Beat, Bye, Flush, Hello, Refused, Report
from rheostat_server.auth.messages import barred
from rheostat_server.auth.roles import Principal
from rheostat_server.commands.convert import event_of, to_wire
from rheostat_server.live.admission import Greeting
from rheostat_server.live.line import Line
from rheostat_server.live.session import TRY_LATER, Receive, Start
from rheostat_server.models import CommandRecord
from rheostat_server.store import commands, fences, runs
from rheostat_server.store.database import FencedError, StoreError
from rheostat_server.store.intake import Coming, Outcome
from rheostat_server.store.progress import Progress
from rheostat_server.store.writer import Ticket

if TYPE_CHECKING:
    from rheostat_server.dashboard import Dashboard

__all__ = ["AgentLink"]

log = logging.getLogger("rheostat.agents")

_PENDING = 64
"""Flushes that may wait for their commit; the socket is not read meanwhile."""


class AgentLink:
    """One agent's connection, from accept to close."""

    def __init__(self, socket: WebSocket, dashboard: Dashboard, principal: Principal) -> None:
        self._dashboard = dashboard
        self._principal = principal
        self._line = Line(socket, dashboard.settings.agent_messages_per_s)
        self._session = self._line.session
        self._ticket = Ticket()
        self._under_way = 0
        self._stands: Progress | None = None
        self._room = asyncio.Event()
        self._hello: Hello | None = None
        self._ordinal = 0
        self.granted = 0

    async def run(self) -> None:
        """Serve the connection until either side closes it."""
        try:
            await self._line.run(self)
        finally:
            self._leave()

    def deliver(self, record: CommandRecord) -> None:
        """Hand a command to the agent."""
        command = to_wire(
            record.request, command_id=record.id, issued_by=record.issued_by, issued_at=record.issued_at
        )
        self._line.post(self._session.deliver(command))

    def close(self) -> None:
        """The token is no longer good: say so and close."""
        self._line.post(self._session.refuse("token", "the token is no longer valid"))

    def fence(self) -> None:
        """Another connection took the run over: say so and close."""
        self._line.post(self._session.refuse("fenced", "another connection took this run over"))

    @property
    def ready(self) -> bool:
        """Whether a flush can be taken without waiting for the commit of another."""
        return self._under_way < _PENDING

    def take_at_once(self, action: Receive) -> None:
        """Take a flush while ``ready``."""
        assert isinstance(action.message, Flush)
        now = self._dashboard.clock()
        if why := self._barred(action, now):
            self._line.post(self._session.refuse("forbidden", why))
        else:
            self._flush(action.message, now)

    async def take(self, action: Start | Receive) -> None:
        """Take what the agent says; waits where too much is under way."""
        now = self._dashboard.clock()
        if isinstance(action, Start):
            # A run that another server took in a moment ago keeps its project too.
            await self._dashboard.seek(action.hello.run)
        if why := self._barred(action, now):
            self._line.post(self._session.refuse("forbidden", why))
        elif isinstance(action, Start):
            await self._start(action.hello)
        else:
            await self._receive(action.message, now)

    def _barred(self, action: Start | Receive, now: float) -> str:
        """Why the token may not send this message; empty if it may."""
        hello = action.hello if isinstance(action, Start) else self._hello
        assert hello is not None
        message = action.hello if isinstance(action, Start) else action.message
        # A run that is there already belongs to its project, whatever the hello says.
        project = self._dashboard.project_of(hello.run)
        return barred(
            self._principal,
            "/ws/agent",
            str(message.__struct_config__.tag),
            run=hello.run,
            project=hello.project if project in (None, hello.project) else project,
            valid=self._dashboard.valid(self._principal, now),
        )

    async def _start(self, hello: Hello) -> None:
        dashboard = self._dashboard
        # Our agent has done so; others speak the protocol too.
        hello = replace(hello, config={name: scrub(name, text) for name, text in hello.config.items()})
        granted = dashboard.leases.acquire(hello, self)
        if isinstance(granted, Refused):
            self._line.post(self._session.refuse(granted.code, granted.message, retry=granted.retry))
            return
        self._hello = hello
        if granted.fenced is not None:
            granted.fenced.fence()
        try:
            admitted = await dashboard.door.enter(Greeting(hello, self._principal.project))
        except StoreError as error:
            self._line.post(self._session.refuse("not_stored", str(error), TRY_LATER, retry=True))
            return
        if isinstance(admitted, Refused):
            # Another server holds the run; the lease here was given without knowing.
            dashboard.leases.release(hello.run, self)
            self._line.post(self._session.refuse(admitted.code, admitted.message, retry=admitted.retry))
            return
        admission, self.granted = admitted.admission, admitted.admission.fence
        self._ordinal = admission.ordinal
        if dashboard.leases.holder(hello.run) is not self:
            return
        dashboard.book.admit(admission.run, dashboard.clock())
        dashboard.alerts.begin(hello.run, admitted.alerts)
        clock = dashboard.clock()
        self._line.post(
            self._session.welcome(
                epoch=dashboard.epoch,
                acked=admission.acked,
                reported=admission.reported,
                clock=clock,
                url=dashboard.url,
                metrics=admission.run.progress.metrics,
                groups=admission.run.progress.effective,
            )
        )
        for record in admitted.deliver:
            self.deliver(record)
        for record in admitted.changed:
            dashboard.changed(record)
        await dashboard.others.switchboard.connect(hello.run, self.granted, self.deliver)
        dashboard.hub.changed(hello.run)

    async def _receive(self, message: Flush | Report | Beat | Bye, now: float) -> None:
        assert self._hello is not None
        dashboard, run = self._dashboard, self._hello.run
        if isinstance(message, Beat):
            dashboard.book.heard(run, now, message)
            dashboard.alerts.heard(run)
            dashboard.hub.changed(run)
        elif isinstance(message, Flush):
            await self._enter()
            self._flush(message, now)
        elif isinstance(message, Report):
            await self._report(message, run, now)
        elif isinstance(message, Bye):
            await self._bye(message, run, now)
        else:
            assert_never(message)

    async def _enter(self) -> None:
        """Wait until a write may be begun; only the reading task waits."""
        while not self.ready:
            self._room.clear()
            await self._room.wait()

    def _done(self) -> None:
        self._under_way -= 1
        self._room.set()

    def _flush(self, flush: Flush, now: float) -> None:
        assert self._hello is not None
        dashboard, run, writer = self._dashboard, self._hello.run, self._hello.writer
        dashboard.book.heard(run, now)
        self._under_way += 1
        ticket, fence = self._ticket, self.granted
        coming = Coming(flush, run, self._ordinal, writer, now, fence, ticket, self._flushed, self._stands)
        self._stands = coming.after
        dashboard.intake.put(coming)

    def _flushed(self, flush: Flush, stored: Outcome) -> None:
        self._done()
        if isinstance(stored, Exception):
            self._failed(stored)
            return
        assert self._hello is not None
        if stored is not None:
            run = self._hello.run
            if not self._under_way:
                self._stands = stored.progress
            self._dashboard.book.flushed(run, stored.progress)
            self._dashboard.hub.flushed(run, flush, stored)
            self._dashboard.alerts.flushed(run, flush)
        self._line.ack(stored=flush.seq)

    async def _report(self, told: Report, run: str, now: float) -> None:
        assert self._hello is not None
        dashboard, attempt, report = self._dashboard, self._hello.attempt, told.report
        dashboard.book.heard(run, now)
        await self._enter()
        self._under_way += 1
        loop, fence = asyncio.get_running_loop(), self.granted

        def job(connection: Connection) -> CommandRecord | None:
            if not dashboard.ledger.take_report(connection, run, attempt, told.seq, fence):
                return None
            if report.command is not None:
                commands.adopt(connection, run, attempt, report.command, now)
            return commands.append(connection, run, report.id, event_of(report, now))

        future = dashboard.writer.submit(job, self._ticket)
        future.add_done_callback(lambda done: _call(loop, lambda: self._noted(told.seq, done)))

    def _noted(self, seq: int, done: Future[CommandRecord | None]) -> None:
        self._done()
        if (error := done.exception()) is not None:
            self._failed(error)
            return
        if (record := done.result()) is not None:
            self._dashboard.changed(record)
        self._line.ack(reported=seq)

    async def _bye(self, bye: Bye, run: str, now: float) -> None:
        dashboard, ordinal, fence = self._dashboard, self._ordinal, self.granted

        def job(connection: Connection) -> list[CommandRecord]:
            dashboard.ledger.check(connection, run, fence, lock=True)
            runs.end(connection, run, ordinal, bye, now)
            dashboard.ledger.ended(run)
            return commands.close_all(connection, run, bye.step, now)

        try:
            changed = await dashboard.write(job, self._ticket)
        except StoreError as error:
            self._failed(error)
            return
        if dashboard.leases.holder(run) is self:
            dashboard.book.said_bye(run, bye, now)
        for record in changed:
            dashboard.changed(record)
        dashboard.hub.changed(run)
        self._line.post(self._session.farewell())

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, FencedError):
            self.fence()
            return
        if not isinstance(error, StoreError):
            log.error("a write for an agent failed: %r", error)
        self._line.post(self._session.refuse("not_stored", str(error), TRY_LATER, retry=True))

    def _leave(self) -> None:
        if self._hello is None:
            return
        self._dashboard.start(self._part(self._hello.run, self.granted))
        if self._dashboard.leases.release(self._hello.run, self) and self._dashboard.book.get(
            self._hello.run
        ):
            self._dashboard.book.left(self._hello.run)
            self._dashboard.hub.changed(self._hello.run)

    async def _part(self, run: str, fence: int) -> None:
        await self._dashboard.others.switchboard.disconnect(run, fence)
        if not self._dashboard.settings.bus_url:
            return
        with contextlib.suppress(StoreError):
            # Failing that, the run is free once this server is not heard of any more.
            await self._dashboard.write(lambda c: fences.give_back(c, run, fence))


def _call(loop: asyncio.AbstractEventLoop, action: Callable[[], None]) -> None:
    # The loop may be gone when the server stops with writes under way.
    if not loop.is_closed():
        loop.call_soon_threadsafe(action)
