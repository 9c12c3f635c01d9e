"""The transport: one daemon thread with its own event loop that carries rows to the server and commands back.

Training never waits for it: it takes rows out of the recorder on its own time, four times a second.
"""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal, Protocol

from rheostat.agent.discover import Discovery, DiscoveryError, is_loopback_url, websocket_url
from rheostat.agent.keeper import CAN_LOCK, Keeper, spool_dir
from rheostat.agent.leftovers import NotTaken, find_leftovers
from rheostat.agent.session import Backoff, Session
from rheostat.control.command import Command, CommandReport
from rheostat.wire import MAX_FRAME, Bye, Flush, Hello

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

__all__ = ["Source", "Transport", "open_connection"]

FLUSH_S = 0.25
PING_S = 10.0
OPEN_S = 5.0
PATIENCE_S = 0.8
"""How long the end of a job waits for a server that gives no sign."""
LONGEST_END_S = 30.0
LOCAL_BACKOFF_S = 2.0
REMOTE_BACKOFF_S = 15.0
KEPT_BYTES = 8 << 20
"""With a spool on disk, what waits beyond this is not held in memory too."""

EndState = Literal["finished", "crashed", "stopped"]


class Source(Protocol):
    """The agent, as the transport sees it. All of it may be called from the transport's thread."""

    @property
    def step(self) -> int:
        """The next step."""

    def collect(self, *, final: bool) -> list[Flush]:
        """Take out the rows that are complete."""

    def collect_reports(self) -> list[CommandReport]:
        """Take out the reports not yet sent."""

    def introduce(self) -> Hello:
        """Who this job is, now."""

    def keep_in(self, keeper: Keeper) -> None:
        """Have ``keeper`` make the rows outlive this process."""

    def receive(self, command: Command, *, now: float, offset: float = 0.0) -> CommandReport:
        """Take in a command."""

    def warn(self, topic: str, message: str) -> None:
        """Tell the user, once a topic."""

    def failed(self, error: Exception) -> None:
        """Count an error."""


class Transport:
    """Connects to whatever ``find`` names, again and again, until closed."""

    def __init__(self, source: Source, writer: str, find: Callable[[], Discovery | None]) -> None:
        self.session = Session(writer)
        self._source = source
        self._find = find
        self._thread = threading.Thread(target=self._run, name="rheostat", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wakened = asyncio.Event()
        self._state: EndState = "finished"
        self._message = ""
        self._closing = False
        self._found = False
        self._progress_at = 0.0
        self._keeper: Keeper | None = None
        self._handed = 0
        self._said_bye = False
        self._waiting: Iterator[Flush] | None = None
        self._errand: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The page of the run, as the server told at its welcome."""
        return self.session.url

    def start(self) -> None:
        """Begin, in a thread of its own; rows are kept on disk from now on if that is possible."""
        try:
            if CAN_LOCK:
                self._keeper = Keeper(self._source.introduce())
                self._source.keep_in(self._keeper)
                self._look_after(self._keeper)
        except OSError as error:
            self._warn_unkept(error.strerror or str(error))
        self._thread.start()

    def wake(self) -> None:
        """Look for new rows and reports at once. From any thread; costs microseconds."""
        loop = self._loop
        if loop is not None:
            try:
                loop.call_soon_threadsafe(self._wakened.set)
            except RuntimeError:
                self._loop = None

    def close(self, state: EndState, message: str) -> None:
        """Send what is left and end: at once if there is no server, bounded in any case."""
        self._state, self._message = state, message
        self._progress_at = time.monotonic()
        self._closing = True
        self.wake()
        begun = told = self._progress_at
        while self._thread.is_alive() and time.monotonic() - begun < LONGEST_END_S:
            self._thread.join(0.05)
            now = time.monotonic()
            if now - self._progress_at > PATIENCE_S + 0.15:
                break
            if now - told > 1.0:
                told = now
                left = self.session.unacked_steps
                print(f"rheostat: {left} steps still to send to the server", file=sys.stderr, flush=True)
        left = self.session.unacked_steps
        kept = self._keep_rest()
        if left and self._found and self.session.refused is None:
            self._source.warn(
                "unsent", f"rheostat: {left} steps were not stored: the server did not answer{kept}"
            )

    def _keep_rest(self) -> str:
        """Leave for a later process what was not stored; says so if it was."""
        keeper = self._keeper
        if keeper is None or self._thread.is_alive():
            return ""
        refused = self.session.refused is not None and not self.session.refused.retry
        if refused or (self._all_handed() and self.session.drained and self._said_bye):
            keeper.finish()
            return ""
        keeper.leave(Bye(state=self._state, step=self._source.step, last_seq=0, message=self._message))
        return "" if keeper.failure else "; they are kept and sent when a job of yours meets a server next"

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
            if found is None:
                if self._closing:
                    self._collect(final=True)
                    return
            else:
                await self._bring_leftovers(found)
                if await self._converse(found, backoff):
                    return
            if self.session.refused is not None and not self.session.refused.retry:
                self._source.warn("refused", f"rheostat: {self.session.fault}; this run is not sent any more")
                await self._stay_mute()
                return
            self._collect()
            await self._idle(backoff.next())

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
        if self._errand is None and self._keeper is not None:
            await self._bring(found, self._source.introduce().run)
            self._errand = asyncio.create_task(self._bring(found, None))

    async def _bring(self, found: Discovery, run: str | None) -> None:
        for leftover in find_leftovers(spool_dir(), run):
            try:
                async with await open_connection(found, is_loopback_url(found.url)) as connection:
                    await leftover.bring(connection, self._given_up)
                leftover.remove()
                self._progress_at = time.monotonic()
            except NotTaken:
                continue
            except Exception as error:
                if not _is_loss(error):
                    self._source.failed(error)
                return
            finally:
                leftover.release()

    async def _converse(self, found: Discovery, backoff: Backoff) -> bool:
        """One connection from opening to loss; True when all has been said."""
        local = is_loopback_url(found.url)
        backoff.longest = LOCAL_BACKOFF_S if local else REMOTE_BACKOFF_S
        try:
            connection = await open_connection(found, local)
        except Exception as error:
            self._explain(found, error)
            return False
        receiving: asyncio.Task[None] | None = None
        try:
            await connection.send(self.session.opened(self._source.introduce(), time.monotonic()))
            receiving = asyncio.create_task(self._receive(connection, backoff))
            return await self._send(connection, receiving)
        except Exception as error:
            if not _is_loss(error):
                self._source.failed(error)
            return False
        finally:
            self.session.welcomed = False
            if receiving is not None:
                receiving.cancel()
                await asyncio.gather(receiving, return_exceptions=True)
            await connection.close()

    async def _receive(self, connection: ClientConnection, backoff: Backoff) -> None:
        async for frame in connection:
            now = time.monotonic()
            if not isinstance(frame, bytes):
                self.session.fault = "the server sent text"
                break
            acked = self.session.acked
            command = self.session.received(frame, now)
            if self.session.fault:
                break
            if command is not None:
                self._obey(command, now)
            if self.session.welcomed:
                backoff.reset()
            if self.session.acked != acked or command is not None:
                self._progress_at = now
            self._wakened.set()
        self._wakened.set()

    def _obey(self, command: Command, now: float) -> None:
        clock = time.time()
        server = self.session.server_time(now)
        self._source.receive(command, now=clock, offset=0.0 if server is None else server - clock)

    async def _send(self, connection: ClientConnection, receiving: asyncio.Task[None]) -> bool:
        """Send rows and reports until the connection is lost (False) or all has been said (True)."""
        source, session = self._source, self.session
        collected_at = 0.0
        while not receiving.done():
            now = time.monotonic()
            if now - collected_at >= FLUSH_S or self._closing:
                self._collect(final=self._closing)
                collected_at = now
            for report in source.collect_reports():
                session.report(report)
            for frame in session.outgoing(source.step, time.time(), now):
                await connection.send(frame)
            if self._closing and session.welcomed and session.drained and self._all_handed():
                bye = Bye(state=self._state, step=source.step, last_seq=0, message=self._message)
                await connection.send(session.bye(bye))
                self._said_bye = True
                return True
            if session.fault or session.overdue(now) or self._given_up():
                return self._given_up()
            await self._nap(max(FLUSH_S - (time.monotonic() - collected_at), 0.01))
        return False

    def _collect(self, *, final: bool = False) -> None:
        """Take rows out; what the session has no room for stays on disk until it has."""
        try:
            keeper = self._keeper
            before = 0 if keeper is None else keeper.spool.last
            flushes = self._source.collect(final=final)
            spooled = 0 if keeper is None else keeper.spool.last - before
            if self._handed == before and self.session.size < KEPT_BYTES:
                self._handed += spooled
                for flush in flushes[:spooled]:
                    self.session.add(flush)
            if keeper is not None:
                self._catch_up(keeper, everything=spooled < len(flushes))
            for flush in flushes[spooled:]:
                self.session.add(flush)
            self._look_after(keeper)
        except Exception as error:
            self._source.failed(error)
        if self.session.lost_steps:
            self._source.warn(
                "lost", "rheostat: no server for so long that the oldest steps are no longer kept in memory"
            )

    def _catch_up(self, keeper: Keeper, *, everything: bool) -> None:
        """Hand over what waits on disk, as far as there is room."""
        while self._handed < keeper.spool.last and (everything or self.session.size < KEPT_BYTES):
            if self._waiting is None:
                self._waiting = keeper.spool.after(self._handed)
                flush = next(self._waiting, None)
                if flush is None:
                    self._handed = keeper.spool.last
            else:
                flush = next(self._waiting, None)
            if flush is None:
                self._waiting = None
            else:
                self._handed = flush.seq
                self.session.add(flush)

    def _look_after(self, keeper: Keeper | None) -> None:
        if keeper is None:
            return
        if self.session.writer == keeper.writer:
            keeper.spool.drop(self.session.acked)
        if keeper.failure:
            self._warn_unkept(keeper.failure)
        if keeper.thinned:
            self._source.warn(
                "thinned",
                f"rheostat: no server for so long that {keeper.folder} is full: of the oldest steps only "
                "the extremes are kept",
            )

    def _warn_unkept(self, why: str) -> None:
        self._source.warn(
            "unkept",
            f"rheostat: steps cannot be kept on disk ({why}): those still in memory are lost if this process "
            "is killed; training is not affected",
        )

    def _all_handed(self) -> bool:
        return self._keeper is None or self._handed >= self._keeper.spool.last

    async def _stay_mute(self) -> None:
        """Nobody wants the rows: keep the recorder empty until the end."""
        while not self._closing:
            self._source.collect(final=False)
            self._source.collect_reports()
            if self._keeper is not None:
                self._keeper.spool.clear()
            await self._nap(FLUSH_S)

    async def _idle(self, seconds: float) -> None:
        """Wait without a connection, keeping the recorder empty, until closing begins at the latest."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0.0:
            if self._closing:
                await asyncio.sleep(min(left, 0.05))
                return
            await self._nap(min(left, FLUSH_S))
            self._collect()

    async def _nap(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wakened.wait()
        except TimeoutError:
            return
        finally:
            self._wakened.clear()

    def _explain(self, found: Discovery, error: Exception) -> None:
        status = getattr(getattr(error, "response", None), "status_code", None)
        if status in {401, 403}:
            self._source.warn("token", f"rheostat: {found.url} does not accept the token (HTTP {status})")
        elif not isinstance(error, OSError | TimeoutError | EOFError) and not _is_loss(error):
            self._source.warn("connect", f"rheostat: cannot connect to {found.url}: {error}")


async def open_connection(found: Discovery, local: bool) -> ClientConnection:
    """A websocket to the agents' end of a server; raises what websockets raises."""
    from websockets.asyncio.client import connect  # noqa: PLC0415

    options: dict[str, None] = {"proxy": None} if local and _has_proxies() else {}
    return await connect(
        websocket_url(found.url),
        additional_headers={"Authorization": f"Bearer {found.agent_token}"},
        compression=None,
        max_size=MAX_FRAME,
        open_timeout=OPEN_S,
        ping_interval=PING_S,
        ping_timeout=PING_S,
        close_timeout=0.5,
        **options,  # type: ignore[arg-type]
    )


def _has_proxies() -> bool:
    """Whether this version of websockets looks for a proxy by itself (15 and later)."""
    return int(version("websockets").partition(".")[0]) >= 15


def _is_loss(error: Exception) -> bool:
    """Whether ``error`` is a connection that broke: nothing unusual."""
    from websockets.exceptions import ConnectionClosed, InvalidHandshake  # noqa: PLC0415

    return isinstance(error, ConnectionClosed | InvalidHandshake | OSError | TimeoutError)
