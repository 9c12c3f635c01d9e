"""The feed: takes the rows out of the job and, over the spool where there is one, into the session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from rheostat.agent.keeper import CAN_LOCK, Keeper
from rheostat.agent.session import Session
from rheostat.control.command import CommandReport
from rheostat.wire import Bye, Flush, Hello

__all__ = ["Feed", "Job"]

KEPT_BYTES = 8 << 20
"""With a spool on disk, what waits beyond this is not held in memory too."""


class Job(Protocol):
    """The agent, as the feed sees it. All of it may be called from the transport's thread."""

    def collect(self, *, final: bool) -> list[Flush]:
        """Take out the rows that are complete."""

    def collect_reports(self) -> list[CommandReport]:
        """Take out the reports not yet sent."""

    def introduce(self) -> Hello:
        """Who this job is, now."""

    def keep_in(self, keeper: Keeper) -> None:
        """Have ``keeper`` make the rows outlive this process."""

    def warn(self, topic: str, message: str) -> None:
        """Tell the user, once a topic."""

    def failed(self, error: Exception) -> None:
        """Count an error."""


class Feed:
    """What the session has room for goes into it at once; the rest stays on disk until it has."""

    def __init__(self, job: Job, session: Session) -> None:
        self._job = job
        self._session = session
        self._keeper: Keeper | None = None
        self._handed = 0
        self._waiting: Iterator[Flush] | None = None

    @property
    def keeps(self) -> bool:
        """Whether rows were ever kept on disk."""
        return self._keeper is not None

    @property
    def drained(self) -> bool:
        """Whether all that was taken out of the job has been handed to the session."""
        return self._keeper is None or self._handed >= self._keeper.spool.last

    def open(self) -> None:
        """Keep rows on disk from now on, if that is possible. Before the first step."""
        try:
            if CAN_LOCK:
                self._keeper = Keeper(self._job.introduce())
                self._job.keep_in(self._keeper)
                self._look_after(self._keeper)
        except OSError as error:
            self._warn_unkept(error.strerror or str(error))

    def collect(self, *, final: bool = False) -> None:
        """Take rows and reports out of the job."""
        try:
            self._collect(final)
        except Exception as error:
            self._job.failed(error)
        if self._session.lost_steps:
            self._job.warn(
                "lost", "rheostat: no server for so long that the oldest steps are no longer kept in memory"
            )

    def discard(self) -> None:
        """Nobody wants the rows: empty the job and the disk of them."""
        self._job.collect(final=False)
        self._job.collect_reports()
        if self._keeper is not None:
            self._keeper.spool.clear()

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

    def _collect(self, final: bool) -> None:
        keeper, session = self._keeper, self._session
        before = 0 if keeper is None else keeper.spool.last
        flushes = self._job.collect(final=final)
        spooled = 0 if keeper is None else keeper.spool.last - before
        if self._handed == before and session.size < KEPT_BYTES:
            self._handed += spooled
            for flush in flushes[:spooled]:
                session.add(flush)
        if keeper is not None:
            self._catch_up(keeper, everything=spooled < len(flushes))
        for flush in flushes[spooled:]:
            session.add(flush)
        for report in self._job.collect_reports():
            session.report(report)
        if keeper is not None:
            self._look_after(keeper)

    def _catch_up(self, keeper: Keeper, *, everything: bool) -> None:
        """Hand over what waits on disk, as far as there is room."""
        while self._handed < keeper.spool.last and (everything or self._session.size < KEPT_BYTES):
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
                self._session.add(flush)

    def _look_after(self, keeper: Keeper) -> None:
        keeper.spool.drop(self._session.acked)
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
