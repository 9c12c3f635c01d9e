"""One run in memory: what its job said of itself, where it stands, when it was last heard."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

from rheostat.wire import Bye, Hello, Newest
from rheostat_server.models import RunState
from rheostat_server.store.edits import Edits
from rheostat_server.store.progress import Progress
from rheostat_server.store.runs import AttemptRow, Origin, RunRow

__all__ = ["Entry"]


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

    @classmethod
    def of(cls, row: RunRow) -> Self:
        """The run as stored; nobody is connected to it."""
        return cls(
            row.hello,
            row.created_at,
            row.progress,
            row.revision,
            list(row.attempts),
            row.progress.heard_at,
            edits=row.edits,
            origin=row.origin,
        )

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

    def end(self, bye: Bye, now: float) -> None:
        """The latest attempt said goodbye."""
        self.attempts[-1] = replace(self.attempts[-1], ended_at=now, state=bye.state, message=bye.message)
        self.heard_at, self.active = now, set()
