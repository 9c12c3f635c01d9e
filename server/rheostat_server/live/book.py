"""Every run in memory, as the run list shows it: filled from the store, kept current by what is committed."""

from __future__ import annotations

from collections.abc import Iterable

from rheostat.wire import Beat, Bye
from rheostat_server.live import shown
from rheostat_server.live.entry import Entry
from rheostat_server.live.state import attempt_state
from rheostat_server.models import CommandRecord, RunDetail, RunState, RunSummary
from rheostat_server.store.edits import Edits
from rheostat_server.store.progress import Progress
from rheostat_server.store.runs import RunRow

__all__ = ["Book"]


class Book:
    """The runs by id.

    ``silent_after`` and ``crash_after`` are the seconds of `attempt_state`; ``started_at`` is when the
    server began to listen: silence before that says nothing.
    """

    def __init__(
        self, rows: Iterable[RunRow], *, silent_after: float, crash_after: float, started_at: float
    ) -> None:
        self._silent_after = silent_after
        self._crash_after = crash_after
        self._started_at = started_at
        self._entries = {row.id: Entry.of(row) for row in rows}
        for entry in self._entries.values():
            # Stored before the machine's clock was put back: nobody is heard from the future.
            entry.heard_at = min(entry.heard_at, started_at)

    @property
    def connected(self) -> int:
        """How many runs have a job connected."""
        return sum(entry.connected for entry in self._entries.values())

    def get(self, run: str) -> Entry | None:
        """The run's entry, None if there is no such run."""
        return self._entries.get(run)

    def ids(self) -> set[str]:
        """The ids of all runs."""
        return set(self._entries)

    def admit(self, row: RunRow, now: float) -> Entry:
        """A job said hello; ``row`` is the run as stored with it."""
        before = self._entries.get(row.id)
        entry = Entry.of(row)
        entry.heard_at, entry.connected = now, True
        if before is not None:
            entry.active = before.active
        self._entries[row.id] = entry
        return entry

    def imported(self, row: RunRow) -> Entry:
        """A run was read from a file; it has ended."""
        entry = self._entries[row.id] = Entry.of(row)
        return entry

    def heard(self, run: str, now: float, beat: Beat | None = None) -> None:
        """The job gave a sign of life."""
        entry = self._entries[run]
        entry.heard_at = now
        if beat is not None:
            entry.beat_step = beat.step
            entry.newest = beat.newest

    def flushed(self, run: str, progress: Progress) -> None:
        """A flush was committed; the run stands at ``progress`` now."""
        self._entries[run].progress = progress

    def left(self, run: str) -> None:
        """The job's connection is gone."""
        self._entries[run].connected = False

    def said_bye(self, run: str, bye: Bye, now: float) -> None:
        """The latest attempt ended."""
        self._entries[run].end(bye, now)

    def set_active(self, run: str, ids: set[str]) -> None:
        """Which commands of the run are in force."""
        self._entries[run].active = ids

    def edited(self, run: str, edits: Edits) -> None:
        """Someone wrote about the run, or archived it."""
        self._entries[run].edits = edits

    def removed(self, run: str) -> None:
        """The run was deleted."""
        self._entries.pop(run, None)

    def archived_before(self, time: float) -> list[str]:
        """The runs that were archived before ``time`` and that no job writes."""
        return [
            run
            for run, entry in self._entries.items()
            if not entry.connected and entry.edits.archived_at is not None and entry.edits.archived_at < time
        ]

    def note(self, record: CommandRecord) -> None:
        """A command was recorded or changed its state."""
        entry = self._entries[record.run]
        entry.revision = max(entry.revision, record.revision)
        entry.active = entry.active | {record.id} if record.active else entry.active - {record.id}

    def state(self, entry: Entry, now: float) -> RunState:
        """The run's state at ``now``."""
        ended = entry.ended
        return attempt_state(
            ended=None if ended is None else ended.state,
            connected=entry.connected,
            heard_ago=now - max(entry.heard_at, self._started_at if not entry.connected else 0.0),
            silent_after=self._silent_after,
            crash_after=self._crash_after,
        )

    def turned(self, now: float) -> list[str]:
        """The runs whose state is another than when last asked."""
        changed = []
        for run, entry in self._entries.items():
            state = self.state(entry, now)
            if state != entry.shown:
                entry.shown = state
                changed.append(run)
        return changed

    def summary(self, entry: Entry, now: float) -> RunSummary:
        """The run's row in the list."""
        return shown.summary(entry, self.state(entry, now))

    def detail(self, entry: Entry, now: float) -> RunDetail:
        """All that the run's page needs."""
        return shown.detail(entry, self.state(entry, now))

    def summaries(self, now: float, *, archived: bool = False) -> list[RunSummary]:
        """Every run that is not archived (or is), the one started last first."""
        wanted = [e for e in self._entries.values() if (e.edits.archived_at is not None) == archived]
        entries = sorted(wanted, key=_newest, reverse=True)
        return [self.summary(entry, now) for entry in entries]


def _newest(entry: Entry) -> tuple[float, float]:
    return entry.attempts[-1].started_at, entry.created_at
