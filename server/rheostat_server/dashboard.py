"""The parts of a running server, wired together, and what they do in common."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from rheostat import __version__
from rheostat_server.alerts.desk import Desk
from rheostat_server.auth.codes import Codes, Limiter
from rheostat_server.auth.roles import Principal
from rheostat_server.auth.shared import SharedCodes
from rheostat_server.auth.sockets import Sockets
from rheostat_server.auth.tokens import TokenBook, find, load, own_token, prune
from rheostat_server.clock import SteadyClock
from rheostat_server.live.agents import AgentLink
from rheostat_server.live.beginnings import Beginnings
from rheostat_server.live.book import Book
from rheostat_server.live.door import Door
from rheostat_server.live.hub import Hub
from rheostat_server.live.lease import Leases
from rheostat_server.live.others import Others
from rheostat_server.models import CommandRecord
from rheostat_server.settings import Settings
from rheostat_server.store import commands, runs
from rheostat_server.store.compactor import Compactor, many_chunks
from rheostat_server.store.database import (
    StoreError,
    StoreUnusableError,
    epoch,
    open_engine,
    reading,
    shut,
)
from rheostat_server.store.edits import remove
from rheostat_server.store.intake import Intake
from rheostat_server.store.ledger import Ledger
from rheostat_server.store.writer import Ticket, Writer

__all__ = ["Dashboard", "prepare"]

T = TypeVar("T")
_RETAIN_S = 3600.0
_TOKENS_S = 2.0
log = logging.getLogger("rheostat.server")


class Dashboard:
    """One server's state: the store, the runs in memory, who is connected, who may enter.

    Raises:
        StoreUnusableError: the data folder or its database cannot be used; the message says what to do.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] | None = None) -> None:
        self.settings = settings
        self.clock = clock = clock or SteadyClock()
        self.version = __version__
        self.url = ""
        self.port = settings.port
        prepare(settings.data_dir)
        if settings.bus_url and not settings.database_url:
            raise StoreUnusableError(
                "RHEOSTAT_BUS_URL is for several servers on one PostgreSQL: set RHEOSTAT_DATABASE_URL too"
            )
        self.engine = open_engine(settings.database_url or settings.data_dir / "rheostat.sqlite3")
        self._reading = reading(self.engine)
        self.ledger = Ledger()
        now = clock()
        with self.engine.begin() as connection:
            alone = not settings.bus_url
            self.epoch = epoch(connection)
            self.agent_token = own_token(connection, settings.data_dir, "agent", now, alone=alone)
            own_token(connection, settings.data_dir, "admin", now, alone=alone)
            prune(connection, now)
            self.tokens = TokenBook(load(connection, now))
            rows = runs.load(connection)
            active = _active(connection, [row.id for row in rows])
            self._many = many_chunks(connection)
        lifetime = settings.code_minutes * 60
        self.codes: Codes | SharedCodes = (
            SharedCodes(self.engine, lifetime)
            if settings.bus_url
            else Codes(lifetime, lambda: secrets.token_urlsafe(16))
        )
        self.sign_ins = Limiter(5, 60.0)
        self.sockets = Sockets()
        self.leases: Leases[AgentLink] = Leases()
        self.book = Book(
            rows,
            silent_after=settings.silent_after_s,
            crash_after=settings.crash_after_s,
            started_at=now,
        )
        for row in rows:
            self.leases.restore(row.id, row.attempts[-1].id, row.attempts[-1].restart)
            self.book.set_active(row.id, active.get(row.id, set()))
        self.writer = Writer(self.engine, self.ledger.save, self.ledger.forget)
        self.intake = Intake(self.writer, self.ledger)
        self.compactor = Compactor(self.engine, self.writer, self._due)
        self.beginnings = Beginnings(self.read)
        self.hub = Hub(self.book, clock, self._turned)
        self.alerts = Desk(self)
        self.others = Others(self)
        self.hub.relay = self.others.relay
        self.door = Door(self.write, self.ledger, self.others.me, clock)
        self.tasks: set[asyncio.Task[None]] = set()

    @property
    def cookie(self) -> str:
        """The session cookie's name. Browsers share cookies between ports, so the port is in it."""
        return "rheostat_session" if self.settings.bus_url else f"rheostat_session_{self.port}"

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one consistent state of the store. Raises as `read`."""
        try:
            with self._reading.connect() as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"cannot read the store: {getattr(error, 'orig', None) or error}") from error

    def read(self, query: Callable[[Connection], T]) -> T:
        """Run ``query`` on one consistent state of the store.

        Raises:
            StoreError: the database could not be read.
        """
        with self.reading() as connection:
            return query(connection)

    async def write(self, job: Callable[[Connection], T], ticket: Ticket | None = None) -> T:
        """Run ``job`` in the writer and wait until it is committed. Raises as `Writer.submit`."""
        return await asyncio.wrap_future(self.writer.submit(job, ticket, urgent=True))

    async def delete_run(self, run: str, note: Callable[[Connection], None] | None = None) -> None:
        """Delete a run and all that is recorded of it, but for the audit log, which ``note`` adds to.

        Raises as `Writer.submit`.
        """

        def job(connection: Connection) -> None:
            self.ledger.drop(connection, run)
            remove(connection, run)
            if note is not None:
                note(connection)

        await self.write(job)
        self.book.removed(run)
        self.tokens.drop_run(run)
        self.sockets.close_unless(self.valid)
        self.hub.changed(run)

    async def retain(self) -> None:
        """Delete what was archived long enough ago, now and every hour."""
        while True:
            before = self.clock() - 86_400 * self.settings.keep_archived_days
            for run in self.book.archived_before(before):
                with contextlib.suppress(StoreError):
                    await self.delete_run(run)
            await asyncio.sleep(_RETAIN_S)

    def project_of(self, run: str) -> str | None:
        """The project a run is of, None if there is no such run."""
        entry = self.book.get(run)
        return None if entry is None else entry.hello.project

    def valid(self, principal: Principal, now: float | None = None) -> bool:
        """Whether the token of ``principal`` is still good, at ``now`` if the clock was read already."""
        return self.tokens.holds(principal.digest, self.clock() if now is None else now)

    def revoke(self, digest: str) -> None:
        """Accept a token, and the sessions that came from it, no longer, and close their sockets."""
        self.sockets.shut(self.tokens.drop(digest))

    async def look_after_tokens(self) -> None:
        """Every two seconds: take in what another server made or revoked, and close what has expired."""
        while True:
            await asyncio.sleep(_TOKENS_S)
            changes, now = self.tokens.changes, self.clock()
            with contextlib.suppress(StoreError):
                known = await asyncio.to_thread(self.read, lambda c, now=now: load(c, now))
                # What changed here meanwhile may not be in what was read.
                if self.tokens.changes == changes:
                    self.tokens.replace(known)
            self.sockets.close_unless(self.valid)

    def start(self, coroutine: Coroutine[object, object, None]) -> None:
        """Run a coroutine beside everything else, until it ends or the server stops."""
        task = asyncio.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self._finished)

    def changed(self, record: CommandRecord) -> None:
        """A command was recorded or changed its state: note it, and tell who watches."""
        self.book.note(record)
        self.hub.command(record)
        self.others.tell(record)

    async def recognise(self, secret: str, run: str | None = None) -> None:
        """Learn a token that another server made, and the run it is for, if they are not known here."""
        if self.settings.bus_url and secret and not self.tokens.knows(secret):
            with contextlib.suppress(StoreError):
                found = await asyncio.to_thread(self.read, lambda c: find(c, secret))
                if found is not None:
                    self.tokens.add(found)
        # The database is not asked on behalf of just anyone.
        if run is not None and self.tokens.knows(secret):
            await self.seek(run)

    async def seek(self, run: str) -> None:
        """Learn a run that another server took in a moment ago, if it is not known here."""
        if self.settings.bus_url and self.book.get(run) is None:
            await self.others.seek(run)

    def close(self) -> None:
        """Commit what is queued and close the store."""
        for task in self.tasks:
            task.cancel()
        self.others.hush()
        self.compactor.close()
        self.writer.close()
        self.others.leave()
        shut(self.engine)

    def _due(self) -> list[str]:
        found, self._many = [*self._many, *self.ledger.many_flushes()], []
        return list(dict.fromkeys(found))

    def _turned(self, run: str) -> None:
        entry = self.book.get(run)
        if entry is not None and entry.shown == "crashed" and entry.active:
            self.start(self._lose(run, "the job was not heard of again"))

    async def _lose(self, run: str, message: str) -> None:
        now = self.clock()
        try:
            lost = await self.write(lambda c: commands.lose(c, run, message, now))
        except StoreError:
            return
        for record in lost:
            self.changed(record)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a background task failed", exc_info=task.exception())


def prepare(folder: Path) -> None:
    """Make the data folder, for its owner alone.

    Raises:
        StoreUnusableError: it cannot be made or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".probe.{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StoreUnusableError(
            f"cannot write to the data folder {folder}: {error.strerror}. "
            "Mend its rights, or name another folder with --data-dir or RHEOSTAT_DATA_DIR"
        ) from None


def _active(connection: Connection, ids: Sequence[str]) -> dict[str, set[str]]:
    """The commands in force, by run."""
    found = commands.open_in(connection, ids)
    return {run: {record.id for record, _ in log if record.active} for run, log in found.items()}
