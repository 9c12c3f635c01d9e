"""Carries alerts from the rules to the store, the viewers and the webhooks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

from rheostat.wire import Flush
from rheostat_server.alerts.rules import Change, Raise, Rules, Watch
from rheostat_server.alerts.webhook import Webhook, WebhookError, body_of, post, words
from rheostat_server.models import Alert
from rheostat_server.store import alerts as store
from rheostat_server.store.database import StoreError

if TYPE_CHECKING:
    from rheostat_server.dashboard import Dashboard

__all__ = ["Desk"]

log = logging.getLogger("rheostat.alerts")

_TICK_S = 1.0
_QUEUE = 100
"""Messages that may wait to be posted; more are dropped, and the log says so."""


class Desk:
    """All runs under watch: those whose job this server let in last. Lives on the event loop."""

    def __init__(self, dashboard: Dashboard, clock: Callable[[], float] = time.monotonic) -> None:
        settings = dashboard.settings
        self._dashboard = dashboard
        self._clock = clock
        self._rules = Rules(settings.alert_spike_sigma, settings.alert_stall_s, settings.alert_silent_s)
        self._watches: dict[str, Watch] = {}
        self._queue: asyncio.Queue[str] = asyncio.Queue(_QUEUE)
        self.hooks = [Webhook(url.get_secret_value(), settings.webhooks_private) for url in settings.webhooks]

    def begin(self, run: str, opened: Iterable[Alert]) -> None:
        """A job was let in here; ``opened`` are the alerts of its run that are open."""
        if run not in self._watches:
            raised = [(alert.kind, alert.subject) for alert in opened]
            self._watches[run] = Watch(self._rules, self._clock(), raised)
        self.heard(run)

    def watches(self, run: str) -> bool:
        """Whether the run is under watch here."""
        return run in self._watches

    def leave(self, run: str) -> None:
        """Another server has the job now, and watches it."""
        self._watches.pop(run, None)

    def heard(self, run: str) -> None:
        """The job gave a sign of life."""
        self._watch(run).heard(self._clock())

    def flushed(self, run: str, flush: Flush) -> None:
        """A flush was committed."""
        entry = self._dashboard.book.get(run)
        if entry is not None and self._dashboard.settings.alerts:
            changes = self._watch(run).flushed(flush, overridden=bool(entry.active), now=self._clock())
            self._note(run, changes)

    def tick(self) -> None:
        """Look at what time alone changes."""
        book, now = self._dashboard.book, self._clock()
        for run, watch in list(self._watches.items()):
            entry = book.get(run)
            if entry is None:
                del self._watches[run]
                continue
            state = book.state(entry, self._dashboard.clock())
            self._note(run, watch.tick(state, now))
            if entry.ended is not None and not entry.connected:
                del self._watches[run]

    async def run(self) -> None:
        """Tick every second until cancelled."""
        if not self._dashboard.settings.alerts:
            return
        self._dashboard.start(self._post_all())
        while True:
            await asyncio.sleep(_TICK_S)
            self.tick()

    async def told(self, alert: Alert) -> None:
        """Show an alert as it stands to those who watch."""
        self._dashboard.hub.alert(alert, self._dashboard.project_of(alert.run))

    async def test(self) -> list[tuple[str, str]]:
        """Post a test message to each webhook; its host and what went wrong, empty if nothing did."""
        body = body_of(f"Rheostat: a test message from {self._dashboard.url}")
        return [(hook.host, await self._send(hook, body)) for hook in self.hooks]

    def _watch(self, run: str) -> Watch:
        found = self._watches.get(run)
        if found is None:
            found = self._watches[run] = Watch(self._rules, self._clock())
        return found

    def _note(self, run: str, changes: list[Change]) -> None:
        for change in changes:
            self._dashboard.start(self._keep(run, change))

    async def _keep(self, run: str, change: Change) -> None:
        now = self._dashboard.clock()
        with contextlib.suppress(StoreError):
            alert = await self._dashboard.write(
                lambda c: (
                    store.raised(c, run, change, now)
                    if isinstance(change, Raise)
                    else store.passed(c, run, change, now)
                )
            )
            if alert is not None:
                await self.told(alert)
                self._enqueue(alert)

    def _enqueue(self, alert: Alert) -> None:
        entry = self._dashboard.book.get(alert.run)
        if not self.hooks or entry is None:
            return
        name = entry.hello.name if entry.edits.title is None else entry.edits.title
        url = f"{self._dashboard.url}{self._dashboard.settings.root_path}/runs/{quote(alert.run, safe='')}"
        try:
            self._queue.put_nowait(words(alert, f"{entry.hello.project} / {name}", url))
        except asyncio.QueueFull:
            log.warning("too many alerts wait to be posted: one is dropped")

    async def _post_all(self) -> None:
        while True:
            body = body_of(await self._queue.get())
            for hook in self.hooks:
                if why := await self._send(hook, body):
                    log.warning("an alert was not posted to %s", why)

    async def _send(self, hook: Webhook, body: bytes) -> str:
        try:
            await asyncio.to_thread(post, hook, body)
        except WebhookError as error:
            return str(error)
        return ""
