"""What a preview is tried on: metrics from a CSV, and cues at steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rheostat.schedule import Plan
from rheostat.schedule.drawing.svg import Line
from rheostat.schedule.events import CueEvent
from rheostat_server.trace import Trace, TraceError, follow, read_csv, watched

__all__ = ["Events", "EventsError"]


class EventsError(Exception):
    """A trace that cannot be read, or a cue that nothing waits for."""


@dataclass(frozen=True, slots=True)
class Events:
    """A trace, if there is one, and cues with their steps."""

    trace: Trace | None
    cues: tuple[tuple[str, int], ...]

    @classmethod
    def read(cls, path: Path | None, cues: Sequence[tuple[str, int]]) -> Events:
        """Read the trace. Raises EventsError."""
        if path is None:
            return cls(None, tuple(cues))
        try:
            return cls(read_csv(path.read_text(encoding="utf-8-sig")), tuple(cues))
        except OSError as error:
            raise EventsError(f"cannot read {path}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise EventsError(f"cannot read {path}: expected a CSV in UTF-8") from None
        except TraceError as error:
            raise EventsError(f"{path}: {error}") from None

    @property
    def end(self) -> int:
        """The step after the last one of the trace; 0 without a trace."""
        return 0 if self.trace is None else int(self.trace.steps[-1]) + 1

    def replay(self, plan: Plan) -> Plan:
        """The plan after the cues and the trace. Raises EventsError, BindError."""
        for name, step in self.cues:
            if name not in plan.cues:
                waited = ", ".join(plan.cues) or "none"
                raise EventsError(f"nothing waits for the cue '{name}': the schedule has {waited}")
            plan = plan.replay(plan.tape.add(CueEvent(step, name)))
        if self.trace is None:
            return plan
        try:
            return follow(plan, self.trace)
        except TraceError as error:
            raise EventsError(str(error)) from None

    def lines(self, plans: Iterable[Plan]) -> tuple[Line, ...]:
        """The metrics that any of the plans watches, to draw."""
        if self.trace is None:
            return ()
        names = dict.fromkeys(name for plan in plans for name in watched(plan))
        values = self.trace.of(names)
        return tuple(Line(name, self.trace.steps, values[name]) for name in names)
