"""The keeper: one folder per attempt that holds what no server has stored yet, however the process ends.

    <data folder>/spool/<attempt>/  lock  hello  end  ring-*  flush-*  report-*

Rows go from training into ring files; taken out as flushes they go into the spool; acked by a server they are
gone. What became of a command is noted before anything comes of it. The folder belongs to whoever holds the
lock, which ends with the process.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec

from rheostat.agent.discover import data_dir
from rheostat.agent.ring import Ring
from rheostat.agent.spool import Spool
from rheostat.agent.thin import thin
from rheostat.control.command import CommandReport
from rheostat.wire import Bye, Flush, Hello, Report, encode

try:
    import fcntl
except ImportError:  # Windows: without locks nothing could tell whether a process is gone
    fcntl = None  # type: ignore[assignment]

__all__ = ["CAN_LOCK", "Keeper", "Lock", "spool_dir"]

MAX_REPORT_BYTES = 64 << 20
MAX_BYTES = 1 << 30
"""Room for the spool of one attempt, and for all that earlier ones left."""

CAN_LOCK = fcntl is not None
"""Whether it can be told if the process that left a folder is gone."""

_held: set[Path] = set()


def spool_dir() -> Path:
    """Where the folders of all attempts are."""
    return data_dir() / "spool"


class Lock:
    """Ownership of a folder. Record locks are not inherited by forked children and end with the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._descriptor = -1

    def take(self) -> bool:
        """Take it, unless a living process has it."""
        if fcntl is None or self._folder in _held:
            return False
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        _held.add(self._folder)
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give it back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            _held.discard(self._folder)


class Keeper:
    """Keeps the rows of this attempt, and the reports on its commands.

    ``failure`` tells why it cannot (disk full, read-only); from then on rows live in memory alone.
    ``thinned`` counts the steps whose rows were given up so that the rest fits.

    Raises:
        OSError: there is no making the folder.
    """

    def __init__(self, hello: Hello, root: Path | None = None, max_bytes: int = MAX_BYTES) -> None:
        self.writer = hello.writer
        self.thinned = 0
        self._failure = ""
        self._max_bytes = max_bytes
        self.folder = (root or spool_dir()) / hello.attempt
        self.folder.mkdir(mode=0o700, parents=True)
        self._lock = Lock(self.folder)
        if not self._lock.take():
            raise OSError("file locks do not work here")
        part = self.folder / "hello.part"
        part.write_bytes(encode(hello))
        part.replace(self.folder / "hello")
        self.ring = Ring(self.folder)
        self.spool = Spool(self.folder, Flush)
        self.reports = Spool(self.folder, Report)
        self._notes = True

    @property
    def failure(self) -> str:
        """Why rows are no longer kept; empty if they are."""
        return self._failure or self.ring.failure

    def keep(self, flush: Flush) -> Flush:
        """Append to the spool; returns the flush, with its number if that went well."""
        if self._failure:
            return flush
        try:
            flush = self.spool.append(flush)
            while self.spool.bytes > self._max_bytes and self.spool.rewrite_largest(self._thin):
                pass
        except OSError as error:
            self._failure = error.strerror or str(error)
        return flush

    def note(self, report: CommandReport) -> int:
        """Append a report; returns its number, or 0 where it cannot be kept: then no later one is either."""
        self._notes = self._notes and not self.failure and self.reports.bytes < MAX_REPORT_BYTES
        if not self._notes:
            return 0
        try:
            return self.reports.append(Report(0, report)).seq
        except OSError as error:
            self._failure = error.strerror or str(error)
            self._notes = False
            return 0

    def _thin(self, flush: Flush) -> Flush:
        thinned = thin(flush)
        self.thinned += flush.count - thinned.count
        return thinned

    def finish(self) -> None:
        """A server has everything: the folder goes."""
        self._close()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.release()

    def leave(self, bye: Bye) -> None:
        """The attempt has ended with rows still here; a later process brings them to a server."""
        self._close()
        try:
            (self.folder / "end").write_bytes(msgspec.json.encode(bye))
        except OSError as error:
            self._failure = error.strerror or str(error)
        self._lock.release()

    def _close(self) -> None:
        self.spool.close()
        self.reports.close()
