"""The transport: one daemon thread with its own event loop that carries rows to the server and commands back.

Training never waits for it: it takes rows out of the recorder on its own time, four times a second.
"""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
from collections.abc import Callable
from typing import Literal, Protocol

from rheostat.agent.connection import Conversation, is_loss, nap, open_connection
from rheostat.agent.discover import Discovery, DiscoveryError, is_loopback_url
from rheostat.agent.feed import Feed, Job
from rheostat.agent.keeper import spool_dir
from rheostat.agent.leftovers import NotTaken, find_leftovers
from rheostat.agent.session import Backoff, Session
from rheostat.control.command import Command, CommandReport
from rheostat.wire import Bye

__all__ = ["Source", "Transport"]

FLUSH_S = 0.25
APART_S = 60.0
"""How often, at least, rows are taken out while there is no connection; few large flushes are sent fast."""
PATIENCE_S = 0.8
"""How long the end of a job waits for a server that gives no sign."""
LONGEST_END_S = 30.0
LOCAL_BACKOFF_S = 2.0
REMOTE_BACKOFF_S = 15.0

EndState = Literal["finished", "crashed", "stopped"]


class Source(Job, Protocol):
    """The agent, as the transport sees it. All of it may be called from the transport's thread."""

    @property
    def step(self) -> int:
        """The next step."""

    def receive(self, command: Command, *, now: float, offset: float = 0.0) -> CommandReport:
        """Take in a command."""


class Transport:
    """Connects to whatever ``find`` names, again and again, until closed."""

    def __init__(self, source: Source, writer: str, find: Callable[[], Discovery | None]) -> None:
        self.session = Session(writer)
        self._source = source
        self._find = find
        self._feed = Feed(source, self.session)
        self._thread = threading.Thread(target=self._run, name="rheostat", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wakened = asyncio.Event()
        self._bye = Bye(state="finished", step=0, last_seq=0)
        self._closing = False
        self._found = False
        self._parted = False
        self._anew = False
        self._acked = self._reported = 0
        self._progress_at = 0.0
        self._collected_at = 0.0
        self._errand: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The page of the run, as the server told at its welcome."""
        return self.session.url

    def start(self) -> None:
        """Begin, in a thread of its own; rows are kept on disk from now on if that is possible."""
        self._feed.open()
        self._thread.start()

    def wake(self) -> None:
        """Look for new rows and reports at once. From any thread; costs microseconds."""
        loop = self._loop
        if loop is not None:
            try:
                loop.call_soon_threadsafe(self._wakened.set)
            except RuntimeError:
                self._loop = None

    def introduce_anew(self) -> None:
        """What the job says of itself has changed: say it again, on a new connection."""
        self._anew = True
        self.wake()

    def close(self, state: EndState, message: str) -> None:
        """Send what is left and end: at once if there is no server, bounded in any case."""
        self._bye = Bye(state=state, step=self._source.step, last_seq=0, message=message)
        self._progress_at = time.monotonic()
        self._closing = True
        self.wake()
        self._await_end()
        left = 0 if self._parted else self._feed.left
        kept = self._keep_rest()
        if left and self._found and self.session.refused is None:
            self._source.warn(
                "unsent", f"rheostat: {left} steps were not stored: the server did not answer{kept}"
            )

    def _await_end(self) -> None:
        """Wait for the thread while it gets on, and say so on the terminal after a second."""
        begun = told = self._progress_at
        while self._thread.is_alive() and time.monotonic() - begun < LONGEST_END_S:
            self._thread.join(0.05)
            now = time.monotonic()
            if now - self._progress_at > PATIENCE_S + 0.15:
                return
            if now - told > 1.0:
                told = now
                left = self._feed.left
                print(f"rheostat: {left} steps still to send to the server", file=sys.stderr, flush=True)

    def _keep_rest(self) -> str:
        """Leave for a later process what was not stored; says so if it was."""
        if not self._feed.keeps or self._thread.is_alive():
            return ""
        refused = self.session.refused is not None and not self.session.refused.retry
        if refused or self._parted:
            self._feed.finish()
            return ""
        kept = self._feed.leave(self._bye)
        return "; they are kept and sent when a job of yours meets a server next" if kept else ""

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception as error:
            self._source.failed(error)
        finally:
            self._loop = None

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        backoff = Backoff(random.SystemRandom(), LOCAL_BACKOFF_S)
        while not self._given_up():
            found = self._look()
            if found is not None:
                await self._bring_leftovers(found)
                await self._converse(found, backoff)
            if self._parted or (self._closing and found is None):
                break
            if self.session.refused is not None and not self.session.refused.retry:
                self._source.warn("refused", f"rheostat: {self.session.fault}; this run is not sent any more")
                await self._stay_mute()
                return
            if not self._anew:
                await self._idle(backoff.next())
        self._feed.collect(final=True)

    def _given_up(self) -> bool:
        return self._closing and time.monotonic() - self._progress_at > PATIENCE_S

    def _look(self) -> Discovery | None:
        try:
            found = self._find()
            self._found = self._found or found is not None
            return found
        except DiscoveryError as error:
            self._source.warn("discovery", f"rheostat: {error}")
            return None

    async def _bring_leftovers(self, found: Discovery) -> None:
        """First what earlier attempts of this run left, to keep the order; then, beside our own, the rest."""
        if self._errand is None and self._feed.keeps:
            await self._bring(found, self._source.introduce().run)
            self._errand = asyncio.create_task(self._bring(found, None))

    async def _bring(self, found: Discovery, run: str | None) -> None:
        for leftover in find_leftovers(spool_dir(), run):
            try:
                await leftover.bring(found, self._given_up)
                leftover.remove()
                self._progress_at = time.monotonic()
            except NotTaken:
                continue
            except Exception as error:
                if not is_loss(error):
                    self._source.failed(error)
                return
            finally:
                leftover.release()

    async def _converse(self, found: Discovery, backoff: Backoff) -> None:
        """One connection, from opening to its loss or the goodbye."""
        backoff.longest = LOCAL_BACKOFF_S if is_loopback_url(found.url) else REMOTE_BACKOFF_S
        try:
            connection = await open_connection(found)
        except Exception as error:
            self._explain(found, error)
            return
        conversation = Conversation(connection, self.session, self._wakened, self._hear)
        self._anew = False
        try:
            await conversation.begin(self._source.introduce())
            await self._talk(conversation, backoff)
        except Exception as error:
            if not is_loss(error):
                self._source.failed(error)
        finally:
            await conversation.end()
            self._parted = conversation.confirmed

    async def _talk(self, conversation: Conversation, backoff: Backoff) -> None:
        """Send rows and reports until the connection is lost or all has been said and stored."""
        session = self.session
        while not (conversation.over or self._anew or self._given_up()):
            # Asked once: what is logged before the job closes must be taken out before the goodbye.
            closing = self._closing
            if closing or time.monotonic() - self._collected_at >= FLUSH_S:
                self._collect(final=closing)
            else:
                self._feed.collect_reports()
            await conversation.say(self._source.step, self._feed.newest)
            if session.welcomed:
                backoff.reset()
                if closing and session.all_sent and self._feed.drained:
                    await conversation.part(self._bye)
                    break
            await nap(self._wakened, max(FLUSH_S - (time.monotonic() - self._collected_at), 0.01))

        while conversation.parting and not (conversation.over or self._given_up()):
            await nap(self._wakened, FLUSH_S)

    def _hear(self, command: Command | None, now: float) -> None:
        """Something came from the server."""
        session = self.session
        acked = (session.acked, session.reports.acked)
        if command is not None or acked != (self._acked, self._reported):
            self._acked, self._reported = acked
            self._progress_at = now
        if command is not None:
            clock = time.time()
            server = session.server_time(now)
            self._source.receive(command, now=clock, offset=0.0 if server is None else server - clock)

    def _collect(self, *, final: bool = False) -> None:
        self._feed.collect(final=final)
        self._collected_at = time.monotonic()

    async def _stay_mute(self) -> None:
        """Nobody wants the rows: keep the recorder empty until the end."""
        while not self._closing:
            self._feed.discard()
            await nap(self._wakened, FLUSH_S)

    async def _idle(self, seconds: float) -> None:
        """Wait without a connection, keeping the recorder empty, until closing begins at the latest."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0.0:
            if self._closing:
                await asyncio.sleep(min(left, 0.05))
                return
            woken = await nap(self._wakened, left)
            if woken or time.monotonic() - self._collected_at >= APART_S:
                self._collect()

    def _explain(self, found: Discovery, error: Exception) -> None:
        status = getattr(getattr(error, "response", None), "status_code", None)
        if status in {401, 403}:
            self._source.warn("token", f"rheostat: {found.url} does not accept the token (HTTP {status})")
        elif not is_loss(error):
            self._source.warn("connect", f"rheostat: cannot connect to {found.url}: {error}")
