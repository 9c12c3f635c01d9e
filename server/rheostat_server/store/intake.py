"""Flushes on their way into the store: all that came meanwhile are one job of the writer and one answer."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from rheostat.wire import Flush
from rheostat_server.store.chunk import SHORT, Packed, pack
from rheostat_server.store.database import FencedError, OvertakenError, StoreError
from rheostat_server.store.ledger import Ledger
from rheostat_server.store.progress import Guess, Progress
from rheostat_server.store.runs import Stored, add_flush
from rheostat_server.store.writer import Ticket, Writer

__all__ = ["Coming", "Intake", "Outcome"]

log = logging.getLogger("rheostat.store")

_LONG = 1_000
"""Steps of a flush that is worth a commit of its own."""

Outcome = Stored | Exception | None
"""What became of a flush: stored now, stored before (None), or why not."""


@dataclass(slots=True)
class Coming:
    """A flush that waits: where it belongs, the fence and the ticket it is written under, and who is told.

    ``before``: where its run is thought to stand, if that is known.
    """

    flush: Flush
    run: str
    attempt: int
    writer: str
    now: float
    fence: int
    ticket: Ticket
    done: Callable[[Flush, Outcome], None]
    before: Progress | None = None
    packed: Packed | None = field(init=False, default=None)
    guess: Guess | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        # Threads that compute take turns of milliseconds, and each frame the loop reads would wait for one:
        # what is cheap is done on the loop, and the writer is left with the database.
        if self.flush.count < SHORT:
            self.packed = pack(self.flush)
            if self.before is not None:
                self.guess = Guess.of(self.before, self.flush, attempt=self.attempt, now=self.now)

    @property
    def after(self) -> Progress | None:
        """Where the run is thought to stand after it."""
        return None if self.guess is None else self.guess.after


class Intake:
    """Takes flushes on the event loop, has them stored by the writer, and tells the outcomes on the loop.

    They are stored in the order they came; what a connection gives the writer after a flush is done after it.
    """

    def __init__(self, writer: Writer, ledger: Ledger) -> None:
        self._writer = writer
        self._ledger = ledger
        self._lock = threading.Lock()
        self._waiting: list[Coming] | None = None

    def put(self, coming: Coming) -> None:
        """Have a flush stored; its ``done`` is called with it and the outcome."""
        with self._lock:
            if self._waiting is not None:
                self._waiting.append(coming)
                return
            batch = self._waiting = [coming]
        loop = asyncio.get_running_loop()
        # To gather many long flushes saves nothing, and who sends them waits with the next.
        urgent = coming.flush.count >= _LONG
        future = self._writer.submit(lambda connection: self._store(connection, batch), urgent=urgent)
        future.add_done_callback(lambda done: self._answer(loop, batch, done))

    def _store(self, connection: Connection, batch: list[Coming]) -> list[Outcome]:
        with self._lock:
            if self._waiting is batch:
                self._waiting = None
        failed: set[Ticket] = set()
        return [self._one(connection, coming, failed) for coming in batch]

    def _one(self, connection: Connection, coming: Coming, failed: set[Ticket]) -> Outcome:
        if coming.ticket.failed or coming.ticket in failed:
            return StoreError("not stored: an earlier write of this connection failed")
        try:
            return add_flush(
                connection,
                self._ledger,
                coming.flush,
                run=coming.run,
                attempt=coming.attempt,
                writer=coming.writer,
                now=coming.now,
                fence=coming.fence,
                packed=coming.packed,
                guess=coming.guess,
            )
        except (OvertakenError, SQLAlchemyError, OSError):
            raise
        except Exception as error:
            # Raised before anything was written, so the others need not suffer.
            if not isinstance(error, FencedError):
                log.error("a flush of run %s failed", coming.run, exc_info=error)
            failed.add(coming.ticket)
            return error

    def _answer(
        self, loop: asyncio.AbstractEventLoop, batch: list[Coming], done: Future[list[Outcome]]
    ) -> None:
        """In the writer's thread, before it takes the next job."""
        with self._lock:
            if self._waiting is batch:  # the writer is closed, or failed before it came to the batch
                self._waiting = None
        error = done.exception()
        outcomes: list[Outcome] = [error] * len(batch) if isinstance(error, Exception) else done.result()
        for coming, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Exception):
                coming.ticket.failed = True
        # The loop may be gone when the server stops with writes under way.
        if not loop.is_closed():
            loop.call_soon_threadsafe(_tell, batch, outcomes)


def _tell(batch: list[Coming], outcomes: list[Outcome]) -> None:
    for coming, outcome in zip(batch, outcomes, strict=True):
        coming.done(coming.flush, outcome)
