"""The feed: takes the rows out of the job and, over the spool where there is one, into the session."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Protocol

from rheostat.agent.backlog import Backlog
from rheostat.agent.keeper import CAN_LOCK, Keeper
from rheostat.agent.session import MAX_REPORTS, Session
from rheostat.wire import Bye, Flush, Hello, Newest, Report

__all__ = ["Feed", "Job"]

ROOM_BYTES = 2 << 20
"""What waits beyond this stays on disk; or, where it cannot be kept there, in the job."""
MUCH_BYTES = 512 << 10
"""What waits beyond this comes from a time without a server."""
ROOM_REPORTS = 256
ROUND = 32
"""Flushes taken at a time: a job may make rows as fast as they are taken."""


class Job(Protocol):
    """The agent, as the feed sees it. All of it may be called from the transport's thread."""

    @property
    def waiting(self) -> int:
        """How many rows have not been taken out."""

    def newest(self) -> Newest | None:
        """The newest step, if there is one."""

    def collect(self, *, final: bool) -> Iterator[Flush]:
        """Take out the rows that are complete; what was made safe has its number."""

    def collect_reports(self) -> list[Report]:
        """Take out the reports not yet sent; what was made safe has its number."""

    def introduce(self) -> Hello:
        """Who this job is, now."""

    def keep_in(self, keeper: Keeper) -> None:
        """Have ``keeper`` make rows and reports outlive this process."""

    def warn(self, topic: str, message: str) -> None:
        """Tell the user, once a topic."""

    def failed(self, error: Exception) -> None:
        """Count an error."""


class Feed:
    """What the session has room for goes into it at once; the rest stays on disk until it has.

    So what waits takes no memory, however long no server takes it.
    """

    def __init__(self, job: Job, session: Session) -> None:
        self._job = job
        self._session = session
        self._keeper: Keeper | None = None
        self._rows: Backlog[Flush] | None = None
        self._unkept: Flush | None = None
        self._reports: Backlog[Report] | None = None
        self._untold: deque[Report] = deque(maxlen=MAX_REPORTS)
        self._taken = 0

    @property
    def keeps(self) -> bool:
        """Whether rows were ever kept on disk."""
        return self._keeper is not None

    @property
    def drained(self) -> bool:
        """Whether everything has been handed to the session, once the last has been taken out of the job."""
        told = not self._untold and (self._reports is None or self._reports.handed)
        return told and not self._job.waiting and self._unkept is None and self._handed

    @property
    def newest(self) -> Newest | None:
        """The newest step, where so many older ones wait that it would be long in coming."""
        if self._handed and self._session.size < MUCH_BYTES:
            return None
        return self._job.newest()

    @property
    def left(self) -> int:
        """How many steps no server has stored."""
        session = self._session
        return max(self._taken - session.stored_steps - session.lost_steps, 0) + self._job.waiting

    def open(self) -> None:
        """Keep rows on disk from now on, if that is possible. Before the first step."""
        try:
            if CAN_LOCK:
                keeper = Keeper(self._job.introduce())
                self._keeper = keeper
                self._rows = Backlog(keeper.spool, self._session.flushes, self._session.add, ROOM_BYTES)
                self._reports = Backlog(
                    keeper.reports,
                    self._session.reports,
                    lambda told: self._session.report(told.report),
                    ROOM_REPORTS,
                )
                self._job.keep_in(keeper)
                self._look_after(keeper)
        except OSError as error:
            self._warn_unkept(error.strerror or str(error))

    def collect(self, *, final: bool = False) -> None:
        """Take rows and reports out of the job."""
        try:
            self._collect(final)
            self._collect_reports()
            if self._keeper is not None:
                self._look_after(self._keeper)
        except Exception as error:
            self._job.failed(error)

    def collect_reports(self) -> None:
        """Take reports out of the job: they are waited for."""
        try:
            self._collect_reports()
        except Exception as error:
            self._job.failed(error)

    def discard(self) -> None:
        """Nobody wants the rows: empty the job and the disk of them."""
        for _ in self._job.collect(final=False):
            pass
        self._job.collect_reports()
        if self._keeper is not None:
            self._keeper.spool.clear()
            self._keeper.reports.clear()

    def finish(self) -> None:
        """A server has everything, or wants nothing: what is on disk goes."""
        if self._keeper is not None:
            self._keeper.finish()

    def leave(self, bye: Bye) -> bool:
        """Leave on disk, for a later process, what was not stored; whether that could be done."""
        if self._keeper is None:
            return False
        self._keeper.leave(bye)
        return not self._keeper.failure

    @property
    def _handed(self) -> bool:
        return self._rows is None or self._rows.handed

    def _collect(self, final: bool) -> None:
        most = (None if final else ROUND) if self._ready() else 0
        for flush in islice(self._job.collect(final=final), most):
            self._taken += flush.count
            if flush.seq and self._rows is not None:
                self._rows.offer(flush)
            elif self._handed:
                self._session.add(flush)
            else:
                self._unkept = flush
            if not self._ready():
                break
        if self._rows is not None:
            self._rows.catch_up()
        if self._unkept is not None and self._handed:
            self._session.add(self._unkept)
            self._unkept = None

    def _collect_reports(self) -> None:
        backlog = self._reports
        for told in self._job.collect_reports():
            if told.seq and backlog is not None:
                backlog.offer(told)
            else:
                self._untold.append(told)
        if backlog is not None:
            backlog.catch_up()
        while self._untold and (backlog is None or backlog.handed):
            self._session.report(self._untold.popleft().report)

    def _ready(self) -> bool:
        """Whether a flush taken now has a place: on disk, or in the session after all that is on disk."""
        if self._keeper is not None and not self._keeper.failure:
            return True
        return self._handed and self._unkept is None and self._session.size < ROOM_BYTES

    def _look_after(self, keeper: Keeper) -> None:
        if keeper.failure:
            self._warn_unkept(keeper.failure)
        if keeper.thinned:
            self._job.warn(
                "thinned",
                f"rheostat: no server for so long that {keeper.folder} is full: of the oldest steps only "
                "the extremes are kept",
            )

    def _warn_unkept(self, why: str) -> None:
        self._job.warn(
            "unkept",
            f"rheostat: steps cannot be kept on disk ({why}): those still in memory are lost if this process "
            "is killed; training is not affected",
        )
