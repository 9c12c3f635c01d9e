"""The one writer: a thread that runs write jobs in order and commits them in groups."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, SQLAlchemyError

from rheostat_server.store.database import FencedError, OvertakenError, StoreError, writing

__all__ = ["Ticket", "Writer"]

T = TypeVar("T")
log = logging.getLogger("rheostat.store")

_GROUP_S = 0.1
_REST = 2.0
"""Jobs are gathered this many times as long as the commit before them took, and `_GROUP_S` at most."""
_MAX_GROUP = 2000


_AT_FAULT = DataError, IntegrityError
"""What the database says of a row that it cannot take: no other is the worse for it."""


class Ticket:
    """Marks the jobs of one connection: once one of them fails, the later ones fail too.

    Without it a flush could be stored and acknowledged after the one before it was lost.
    """

    __slots__ = ("failed",)

    def __init__(self) -> None:
        self.failed = False


class _Job:
    __slots__ = ("future", "run", "ticket", "urgent")

    def __init__(self, run: Callable[[Connection], object], ticket: Ticket | None, urgent: bool) -> None:
        self.run = run
        self.ticket = ticket
        self.urgent = urgent
        self.future: Future[object] = Future()


class Writer:
    """Runs jobs on the engine's only writing connection.

    A job that finds no company is committed at once; under load, jobs wait for a common commit, the longer
    the longer commits take (up to 100 ms), or until an urgent one comes. ``before_commit`` runs inside each
    transaction, ``forget`` after one was rolled back.
    """

    def __init__(
        self, engine: Engine, before_commit: Callable[[Connection], None], forget: Callable[[], None]
    ) -> None:
        self._lines = writing(engine)
        self._own = self._lines.pool is not engine.pool
        self._before_commit = before_commit
        self._forget = forget
        self._jobs: deque[_Job] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._urgent = False
        self._problem = ""
        self._thread = threading.Thread(target=self._work, name="rheostat-writer", daemon=True)
        self._thread.start()

    @property
    def problem(self) -> str:
        """Why the last commit failed; empty when it went well."""
        return self._problem

    def submit(
        self, job: Callable[[Connection], T], ticket: Ticket | None = None, *, urgent: bool = False
    ) -> Future[T]:
        """Have ``job`` run in the writer's thread; its result is there once it is committed.

        An urgent one, for which someone waits, has all that is queued committed at once. The future
        carries StoreError when nothing was stored, or whatever the job itself raised.
        """
        entry = _Job(job, ticket, urgent)
        with self._wake:
            if self._closing:
                entry.future.set_exception(StoreError("the server is stopping"))
            else:
                self._jobs.append(entry)
                self._urgent = self._urgent or urgent
                self._wake.notify()
        return entry.future  # type: ignore[return-value]

    def close(self) -> None:
        """Commit what is queued and stop."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()
        if self._own:
            self._lines.dispose()

    def _work(self) -> None:
        committed_at = took = 0.0
        while True:
            with self._wake:
                while not self._jobs and not self._closing:
                    self._wake.wait()
                if not self._jobs:
                    return
                pause = committed_at + min(_GROUP_S, _REST * took) - time.monotonic()
                if pause > 0:
                    self._wake.wait_for(lambda: self._urgent or self._closing, pause)
            begun = time.monotonic()
            self._commit(self._take())
            committed_at = time.monotonic()
            took = committed_at - begun

    def _take(self) -> list[_Job]:
        with self._wake:
            count = min(len(self._jobs), _MAX_GROUP)
            jobs = [self._jobs.popleft() for _ in range(count)]
            self._urgent = any(job.urgent for job in self._jobs)
            return jobs

    def _commit(self, jobs: list[_Job]) -> None:
        try:
            outcomes = self._attempt(jobs, again=True)
        except (SQLAlchemyError, OSError) as error:
            self._forget()
            if isinstance(error, _AT_FAULT) and len(jobs) > 1:
                self._part(jobs, error)
                return
            self._problem = str(getattr(error, "orig", None) or error)
            log.error("not stored: %s", self._problem)
            for job in jobs:
                _fail(job, StoreError(f"not stored: {self._problem}"))
            return
        except Exception as error:
            self._forget()
            self._part(jobs, error)
            return
        self._problem = ""
        for job, outcome in zip(jobs, outcomes, strict=True):
            if isinstance(outcome, Exception):
                _fail(job, outcome)
            else:
                with suppress(InvalidStateError):  # who waited was cancelled; it is stored all the same
                    job.future.set_result(outcome)

    def _part(self, jobs: list[_Job], error: Exception) -> None:
        if len(jobs) == 1:
            log.error("a write job failed", exc_info=error)
            _fail(jobs[0], error)
            return
        # One faulty job must not take the others of its group with it.
        for job in jobs:
            self._commit([job])

    def _attempt(self, jobs: list[_Job], *, again: bool) -> list[object]:
        try:
            with self._lines.connect() as connection, connection.begin():
                outcomes = [_run(job, connection) for job in jobs]
                self._before_commit(connection)
        except (OvertakenError, OperationalError) as error:
            # Seen only at the end that a run was taken over, or that two servers waited for each other. Once
            # more from the start: what belongs to that run is refused by itself, the rest is stored.
            if not again or not (isinstance(error, OvertakenError) or _deadlocked(error)):
                raise
            self._forget()
            return self._attempt(jobs, again=False)
        return outcomes


def _run(job: _Job, connection: Connection) -> object:
    if job.ticket is not None and job.ticket.failed:
        return StoreError("not stored: an earlier write of this connection failed")
    try:
        return job.run(connection)
    except OvertakenError:
        raise
    except FencedError as error:
        # Raised before the job wrote anything, so the others of its group need not suffer.
        return error


def _deadlocked(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlstate", None) in ("40P01", "40001")


def _fail(job: _Job, error: Exception) -> None:
    if job.ticket is not None:
        job.ticket.failed = True
    with suppress(InvalidStateError):
        job.future.set_exception(error)
