"""Keeping one server's picture of the runs true while other servers write them: the database is asked.

Nothing here depends on the bus: without it the picture is a second or two old.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from rheostat_server.live.entry import Entry
from rheostat_server.store import fences
from rheostat_server.store.database import StoreError
from rheostat_server.store.follow import Beaten, Moved, News, look, look_for

if TYPE_CHECKING:
    from rheostat_server.dashboard import Dashboard
    from rheostat_server.live.others import Others

__all__ = ["Follower"]

log = logging.getLogger("rheostat.server")

_LOOK_S = 1.0
_REST = 4.0
"""Rests this many times as long as looking took, so that many runs cannot take the server's time."""


class Follower:
    """Looks at the database about once a second."""

    def __init__(self, dashboard: Dashboard, others: Others) -> None:
        self._dashboard = dashboard
        self._others = others
        self._since = 0.0
        self._known: dict[str, tuple[int, int]] = {}
        self._holders: dict[str, str] = {}
        self._told: dict[str, float] = {}

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            begun, known = time.monotonic(), self._dashboard.book.ids()
            try:
                news = await asyncio.to_thread(self._look, self._beaten())
            except SQLAlchemyError as error:
                log.warning("cannot see what other servers do: %s", getattr(error, "orig", None) or error)
            else:
                self._take(news, known)
            await asyncio.sleep(max(_LOOK_S, _REST * (time.monotonic() - begun)))

    async def seek(self, run: str) -> None:
        """Learn a run that another server took in a moment ago, if there is one."""
        dashboard = self._dashboard
        try:
            found = await asyncio.to_thread(dashboard.read, lambda c: look_for(c, run))
        except StoreError:
            return
        if found is not None and dashboard.book.get(run) is None:
            self._learn(*found)

    def close(self) -> None:
        """Free what this server holds, so that others need not wait."""
        try:
            with self._dashboard.engine.begin() as connection:
                fences.leave(connection, self._others.me)
        except SQLAlchemyError as error:
            log.warning("left without a word: %s", getattr(error, "orig", None) or error)

    def _look(self, beaten: list[Beaten]) -> News:
        dashboard = self._dashboard
        with dashboard.engine.begin() as connection:
            return look(
                connection,
                self._others.me,
                dashboard.url,
                since=self._since,
                known=self._known,
                beaten=beaten,
            )

    def _beaten(self) -> list[Beaten]:
        dashboard, found = self._dashboard, []
        for run, link in dashboard.leases.held():
            entry = dashboard.book.get(run)
            # A flush tells the time by itself.
            if entry is None or entry.heard_at <= self._told.get(run, entry.progress.heard_at):
                continue
            self._told[run] = entry.heard_at
            found.append(Beaten(run, link.granted, entry.heard_at, entry.beat_step))
        return found

    def _take(self, news: News, known: set[str]) -> None:
        """Take ``news`` in; ``known`` are the runs that were known before it was looked for."""
        self._since = news.now
        dashboard = self._dashboard
        for moved in news.moved:
            self._learn(moved, news.alive)
        for run, holder in self._holders.items():
            entry = dashboard.book.get(run)
            if entry is not None and holder != self._others.me:
                entry.connected = holder in news.alive
        for run in known - news.runs:
            if dashboard.leases.holder(run) is None:
                dashboard.book.removed(run)
                self._known.pop(run, None)
        self._others.relay.behind((moved.run, moved.progress.chunk) for moved in news.moved)

    def _learn(self, moved: Moved, alive: set[str]) -> None:
        if moved.holder is None:
            self._holders.pop(moved.run, None)
        else:
            self._holders[moved.run] = moved.holder
        self._follow(moved, moved.holder in alive)
        self._known[moved.run] = moved.fence, moved.noted

    def _follow(self, moved: Moved, alive: bool) -> None:
        dashboard, run = self._dashboard, moved.run
        link = dashboard.leases.holder(run)
        if link is not None and link.granted == moved.fence:
            # Written here: news is only what was asked for on other servers, if the bus did not bring it.
            for record in moved.commands:
                if record.state == "requested":
                    link.deliver(record)
                self._others.learn(record)
            return
        if moved.holder not in (None, self._others.me):
            dashboard.alerts.leave(run)
        if link is not None and 0 < link.granted < moved.fence and moved.holder != self._others.me:
            link.fence()
        entry = dashboard.book.get(run)
        if moved.row is not None:
            heard = max(moved.progress.heard_at, moved.beat_at)
            entry = dashboard.book.admit(moved.row, heard)
            if link is None and moved.row.attempts:
                last = moved.row.attempts[-1]
                dashboard.leases.restore(run, last.id, last.restart)
        if entry is not None:
            self._refresh(entry, moved, alive)
        for record in moved.commands:
            self._others.learn(record)

    def _refresh(self, entry: Entry, moved: Moved, alive: bool) -> None:
        before = (entry.progress, entry.connected, entry.heard_at, entry.edits)
        entry.progress, entry.edits = moved.progress, moved.edits
        entry.beat_step = max(entry.beat_step, moved.beat_step)
        entry.heard_at = max(entry.heard_at, moved.progress.heard_at, moved.beat_at)
        entry.connected = moved.holder is not None and alive
        if moved.row is not None or before != (entry.progress, entry.connected, entry.heard_at, entry.edits):
            self._dashboard.hub.changed(moved.run)
