"""The other servers on the same database: reaching jobs that they hold, and hearing what they do."""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING

from rheostat_server.bus import BusError, NobodyThereError
from rheostat_server.live.encode import points_message
from rheostat_server.live.follower import Follower
from rheostat_server.live.relay import Alarm, Change, Noted, Relay, Rewound, Shown
from rheostat_server.live.switchboard import Switchboard
from rheostat_server.models import CommandRecord
from rheostat_server.store import commands
from rheostat_server.store.points import read_after

if TYPE_CHECKING:
    from rheostat_server.bus.nats import NatsBus
    from rheostat_server.dashboard import Dashboard

__all__ = ["Others"]

log = logging.getLogger("rheostat.bus")

_FILL_STEPS = 20_000


class Others:
    """There are none unless RHEOSTAT_BUS_URL is set. ``me`` names this server to them."""

    def __init__(self, dashboard: Dashboard) -> None:
        self.me = secrets.token_hex(8)
        self.relay = Relay(self.me, self._hear, self._fill)
        self.switchboard = Switchboard()
        self.bus: NatsBus | None = None
        self._dashboard = dashboard
        self._follower = Follower(dashboard, self)
        self._heard: dict[str, int] = {}

    def start(self) -> None:
        """Follow the others in the database and over the bus, until the server stops."""
        if self._dashboard.settings.bus_url:
            self._dashboard.start(self._follower.run())
            self._dashboard.start(self._join())

    async def seek(self, run: str) -> None:
        """Learn a run that another of them took in a moment ago, if there is one."""
        await self._follower.seek(run)

    def hush(self) -> None:
        """Read nothing more for viewers."""
        self.relay.close()

    def leave(self) -> None:
        """Free what this server holds, so that the others need not wait."""
        if self._dashboard.settings.bus_url:
            self._follower.close()

    def tell(self, record: CommandRecord) -> None:
        """A command changed its state here."""
        self.relay.publish(Noted(self.me, record.run, record.model_dump_json().encode()))

    def learn(self, record: CommandRecord) -> None:
        """A command that was changed elsewhere: note it, and tell who watches, unless that is known."""
        count = len(record.events)
        if self._dashboard.book.get(record.run) is None or self._heard.get(record.id, 0) >= count:
            return
        self._heard[record.id] = count
        self._dashboard.book.note(record)
        self._dashboard.hub.command(record)

    async def deliver(self, record: CommandRecord, fence: int) -> CommandRecord:
        """Hand a command to its job; the record as it is then: rejected, if nobody holds the job.

        Raises:
            StoreError: nobody holds the job, and that could not be recorded.
        """
        try:
            await self.switchboard.deliver(record, fence)
        except NobodyThereError:
            now = self._dashboard.clock()
            turned = await self._dashboard.write(
                lambda c: commands.turn_away(c, record.run, record.id, fence, now)
            )
            if turned is not None:
                self._dashboard.changed(turned)
                return turned
        except BusError as error:
            # It is recorded: the server that holds the job finds it there within a second or two.
            log.warning("command %s goes through the database: %s", record.id, error)
        return record

    async def _join(self) -> None:
        """Connect to the bus, however long that takes, and use it until the server stops."""
        from rheostat_server.bus.nats import connect  # noqa: PLC0415 - the extra `scale`

        said = False
        while self.bus is None:
            try:
                self.bus = await connect(self._dashboard.settings.bus_url)
            except BusError as error:
                if not said:
                    log.warning("%s Until then, other servers hear of changes a second or two later", error)
                said = True
                await asyncio.sleep(1.0)
        await self.switchboard.use(self.bus)
        try:
            await self.relay.run(self.bus)
        finally:
            await self.bus.close()

    def _hear(self, change: Change) -> None:
        hub = self._dashboard.hub
        if isinstance(change, Noted):
            self.learn(CommandRecord.model_validate_json(change.record))
        elif isinstance(change, Rewound):
            hub.rewound(change.run)
        elif isinstance(change, Shown):
            hub.shown(change.run, change.key, change.data)
        elif isinstance(change, Alarm):
            hub.alarm(change.run, change.project, change.alert, change.data)
        else:
            hub.points(change.run, change.after, change.cursor, change.data)

    async def _fill(self, run: str, cursor: int) -> int:
        found = await asyncio.to_thread(
            self._dashboard.read, lambda c: read_after(c, run, cursor, _FILL_STEPS)
        )
        if found is None:
            self._dashboard.hub.rewound(run)
            entry = self._dashboard.book.get(run)
            return cursor if entry is None else entry.progress.chunk
        reached, series = found
        if series:
            self._dashboard.hub.points(run, cursor, reached, points_message(run, cursor, reached, series))
        return reached
