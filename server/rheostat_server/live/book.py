"""Every run in memory, as the run list shows it: filled from the store, kept current by what is committed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from rheostat.wire import Beat, Bye, Hello, Newest
from rheostat_server.live.state import attempt_state
from rheostat_server.models import (
    Attempt,
    CommandRecord,
    GroupLr,
    LimitsInfo,
    PlanInfo,
    RunDetail,
    RunState,
    RunSummary,
)
from rheostat_server.resume import resume_of
from rheostat_server.store.edits import Edits
from rheostat_server.store.progress import Progress
from rheostat_server.store.runs import AttemptRow, Origin, RunRow

__all__ = ["Book", "Entry"]


@dataclass(slots=True)
class Entry:
    """One run: what its job said of itself, where it stands, and when it was last heard."""

    hello: Hello
    created_at: float
    progress: Progress
    revision: int
    attempts: list[AttemptRow]
    heard_at: float
    connected: bool = False
    active: set[str] = field(default_factory=set)
    shown: RunState | None = None
    beat_step: int = 0
    newest: Newest | None = None
    edits: Edits = field(default_factory=Edits)
    origin: Origin = "job"

    @property
    def step(self) -> int:
        """Steps taken so far."""
        return max(self.progress.step, self.beat_step)

    @property
    def ahead(self) -> Newest | None:
        """What the job told of its newest step, while what is stored is behind it."""
        return self.newest if self.beat_step > self.progress.step else None

    @property
    def ended(self) -> AttemptRow | None:
        """The latest attempt, if it said how it ended."""
        last = self.attempts[-1]
        return None if last.state is None else last


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
        self._entries = {row.id: _entry(row) for row in rows}
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
        entry = _entry(row)
        entry.heard_at, entry.connected = now, True
        if before is not None:
            entry.active = before.active
        self._entries[row.id] = entry
        return entry

    def imported(self, row: RunRow) -> Entry:
        """A run was read from a file; it has ended."""
        entry = self._entries[row.id] = _entry(row)
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
        entry = self._entries[run]
        last = entry.attempts[-1]
        entry.attempts[-1] = AttemptRow(
            last.ordinal,
            last.id,
            last.restart,
            last.host,
            last.pid,
            last.started_at,
            now,
            bye.state,
            bye.message,
        )
        entry.heard_at, entry.active = now, set()

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
        return RunSummary.model_construct(None, **self._summary_fields(entry, now))

    def detail(self, entry: Entry, now: float) -> RunDetail:
        """All that the run's page needs."""
        hello = entry.hello
        state = self.state(entry, now)
        return RunDetail.model_construct(
            None,
            **self._summary_fields(entry, now),
            optimizer=hello.optimizer,
            scheduler=hello.scheduler,
            plan=PlanInfo.model_construct(**msgspec.structs.asdict(hello.plan)),
            limits=LimitsInfo.model_construct(
                **{**msgspec.structs.asdict(hello.limits), "kinds": list(hello.limits.kinds)}
            ),
            metrics=list(entry.progress.metrics),
            report=list(hello.report),
            config=hello.config,
            environment=hello.environment,
            notes=entry.edits.notes,
            resume=resume_of(hello),
            attempts=[_attempt(row, state, entry) for row in entry.attempts],
        )

    def summaries(self, now: float, *, archived: bool = False) -> list[RunSummary]:
        """Every run that is not archived (or is), the one started last first."""
        wanted = [e for e in self._entries.values() if (e.edits.archived_at is not None) == archived]
        entries = sorted(wanted, key=_newest, reverse=True)
        return [self.summary(entry, now) for entry in entries]

    def _summary_fields(self, entry: Entry, now: float) -> dict[str, object]:
        hello, progress = entry.hello, entry.progress
        state = self.state(entry, now)
        ended = entry.ended
        over = entry.heard_at if state == "crashed" else None
        return {
            "id": hello.run,
            "project": hello.project,
            "name": hello.name if entry.edits.title is None else entry.edits.title,
            "tags": list(entry.edits.tags),
            "archived": entry.edits.archived_at is not None,
            "state": state,
            "origin": entry.origin,
            "step": entry.step,
            "total": hello.plan.total,
            "groups": _groups(hello, progress, entry.ahead),
            "metric": progress.metric,
            "value": _value(progress, entry.ahead),
            "rate": progress.rate if state == "live" else None,
            "sparkline": progress.sparkline.means(),
            "started_at": entry.attempts[0].started_at,
            "heard_at": entry.heard_at,
            "ended_at": over if ended is None else ended.ended_at,
            "overridden": _overridden(entry),
            "control": hello.control,
            "revision": entry.revision,
        }


def _entry(row: RunRow) -> Entry:
    return Entry(
        row.hello,
        row.created_at,
        row.progress,
        row.revision,
        list(row.attempts),
        row.progress.heard_at,
        edits=row.edits,
        origin=row.origin,
    )


def _newest(entry: Entry) -> tuple[float, float]:
    return entry.attempts[-1].started_at, entry.created_at


def _value(progress: Progress, ahead: Newest | None) -> float | None:
    if progress.metric is None:
        return None
    stored = progress.metrics[progress.metric]
    return _finite(stored if ahead is None else ahead.metrics.get(progress.metric, stored))


def _groups(hello: Hello, progress: Progress, ahead: Newest | None) -> list[GroupLr]:
    planned, effective = progress.planned, progress.effective
    if ahead is not None:
        planned, effective = planned | ahead.planned, effective | ahead.effective
    return [
        GroupLr.model_construct(
            name=group.name,
            parameters=group.parameters,
            planned=_finite(planned.get(group.name, group.lr)),
            effective=_finite(effective.get(group.name, group.lr)),
        )
        for group in hello.groups
    ]


def _overridden(entry: Entry) -> bool:
    planned, effective = entry.progress.planned, entry.progress.effective
    differs = any(planned.get(name) != value for name, value in effective.items())
    return entry.ended is None and (bool(entry.active) or differs)


def _attempt(row: AttemptRow, state: RunState, entry: Entry) -> Attempt:
    last = row.ordinal == entry.attempts[-1].ordinal
    return Attempt.model_construct(
        id=row.id,
        restart=row.restart,
        host=row.host,
        pid=row.pid,
        started_at=row.started_at,
        ended_at=row.ended_at,
        state=row.state or (state if last else "crashed"),
        message=row.message,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
