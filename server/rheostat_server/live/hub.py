"""From what is committed to the viewers: one encoding per update, and nobody waits for anybody."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from rheostat.wire import Flush
from rheostat_server.auth.roles import Principal, sees
from rheostat_server.live.book import Book
from rheostat_server.live.encode import flush_points, points_message
from rheostat_server.live.outbox import Outbox
from rheostat_server.live.relay import Alarm, Points, Relay, Rewound, Shown
from rheostat_server.models import (
    Alert,
    Annotation,
    CommandRecord,
    LiveAlert,
    LiveAnnotation,
    LiveCommand,
    LiveRun,
)
from rheostat_server.store.runs import Stored

__all__ = ["Hub", "Viewer"]

_TICK_S = 0.25


class Viewer:
    """One browser's socket as the hub sees it: what its ``principal`` may not see is not sent to it."""

    __slots__ = ("interest", "listing", "outbox", "principal", "wake")

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self.outbox = Outbox()
        self.interest: set[str] = set()
        self.listing = True
        self.wake = asyncio.Event()


class Hub:
    """All viewers. Lives on the event loop; `run` is its ticker for rows of the list."""

    def __init__(self, book: Book, clock: Callable[[], float], turned: Callable[[str], None]) -> None:
        """``turned`` is called with each run whose state changed by the mere passing of time."""
        self._turned = turned
        self._book = book
        self._clock = clock
        self._viewers: set[Viewer] = set()
        self._interested: dict[str, set[Viewer]] = {}
        self._changed: set[str] = set()
        self.relay: Relay | None = None

    @property
    def viewers(self) -> int:
        """How many are connected."""
        return len(self._viewers)

    def join(self, viewer: Viewer) -> None:
        """Count ``viewer`` in from now on."""
        self._viewers.add(viewer)

    def leave(self, viewer: Viewer) -> None:
        """Count it out."""
        self._viewers.discard(viewer)
        for run in list(viewer.interest):
            self.unwatch(viewer, run)

    def watch(self, viewer: Viewer, run: str) -> None:
        """``viewer`` is interested in ``run`` from now on; its points are held until its outbox caught up."""
        viewer.outbox.watch(run)
        viewer.interest.add(run)
        self._interested.setdefault(run, set()).add(viewer)

    def unwatch(self, viewer: Viewer, run: str) -> None:
        """It is no longer."""
        viewer.outbox.unwatch(run)
        viewer.interest.discard(run)
        interested = self._interested.get(run, set())
        interested.discard(viewer)
        if not interested:
            self._interested.pop(run, None)

    def changed(self, run: str) -> None:
        """The run's row is another; it is sent at the next tick."""
        self._changed.add(run)

    def flushed(self, run: str, flush: Flush, stored: Stored) -> None:
        """A flush was committed: its points go to those who watch the run."""
        self.changed(run)
        relay = self.relay if self.relay is not None and self.relay.wants(run) else None
        if not self.watched(run) and relay is None:
            return
        cursor = stored.progress.chunk
        if stored.rewound:
            self.rewound(run)
            if relay is not None:
                relay.publish(Rewound(relay.me, run, cursor))
            return
        data = points_message(run, stored.after, cursor, flush_points(flush))
        self.points(run, stored.after, cursor, data)
        if relay is not None:
            relay.publish(Points(relay.me, run, stored.after, cursor, data))

    def points(self, run: str, after: int, cursor: int, data: bytes) -> None:
        """Points that lead from the cursor ``after`` to ``cursor`` go to those who watch the run."""
        for viewer in self._interested.get(run, ()):
            if viewer.outbox.watches(run):
                viewer.outbox.points(run, cursor, data, after)
                viewer.wake.set()

    def rewound(self, run: str) -> None:
        """Those who watch the run must fetch it again."""
        for viewer in self._interested.get(run, ()):
            if viewer.outbox.watches(run):
                viewer.outbox.reset(run)
                viewer.wake.set()

    def watched(self, run: str) -> bool:
        """Whether anyone here is interested in the run."""
        return run in self._interested

    def command(self, record: CommandRecord) -> None:
        """A command changed its state: its record goes to those who watch the run."""
        self.changed(record.run)
        if self.watched(record.run):
            message = LiveCommand.model_construct(type="command", run=record.run, command=record)
            self.shown(record.run, record.id, message.model_dump_json().encode())

    def annotation(self, annotation: Annotation, *, deleted: bool = False) -> None:
        """An annotation was written, changed or taken away: it goes to those who watch the run."""
        message = LiveAnnotation.model_construct(
            type="annotation", run=annotation.run, annotation=annotation, deleted=deleted
        )
        key, data = f"annotation {annotation.id}", message.model_dump_json().encode()
        self.shown(annotation.run, key, data)
        if self.relay is not None:
            self.relay.publish(Shown(self.relay.me, annotation.run, key, data))

    def shown(self, run: str, key: str, data: bytes) -> None:
        """A message for those who watch the run, in place of any other that waits under ``key``."""
        for viewer in self._interested.get(run, ()):
            viewer.outbox.command(run, key, data)
            viewer.wake.set()

    def alert(self, alert: Alert, project: str | None) -> None:
        """An alert changed: it goes to everybody who may see the run, watching or not."""
        data = LiveAlert.model_construct(type="alert", alert=alert).model_dump_json().encode()
        self.alarm(alert.run, project, alert.id, data)
        if self.relay is not None:
            self.relay.publish(Alarm(self.relay.me, alert.run, project, alert.id, data))

    def alarm(self, run: str, project: str | None, alert: int, data: bytes) -> None:
        """A message about an alert of ``run``, which is of ``project``."""
        for viewer in self._viewers:
            if sees(viewer.principal, run, project):
                viewer.outbox.alert(alert, data)
                viewer.wake.set()

    def tick(self) -> None:
        """Send the rows of the runs that changed since the last tick, or turned silent since."""
        now = self._clock()
        turned = self._book.turned(now)
        for run in turned:
            self._turned(run)
        runs = self._changed.union(turned)
        self._changed = set()
        if not self._viewers:
            return
        listing = {viewer for viewer in self._viewers if viewer.listing}
        for run in runs:
            entry = self._book.get(run)
            concerned = listing | self._interested.get(run, set())
            if entry is None or not concerned:
                continue
            row = LiveRun.model_construct(type="run", run=self._book.summary(entry, now))
            data = row.model_dump_json().encode()
            for viewer in concerned:
                if sees(viewer.principal, run, entry.hello.project):
                    viewer.outbox.run(run, data)
                    viewer.wake.set()

    async def run(self) -> None:
        """Tick four times a second until cancelled."""
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(_TICK_S)
                self.tick()
