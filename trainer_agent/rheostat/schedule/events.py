"""What happened to a run that its schedule cannot know before: cues given, and drops on a plateau."""

from __future__ import annotations

import msgspec

from .diagnostics import ScheduleError

__all__ = ["CueEvent", "DropEvent", "Event", "Tape"]


class CueEvent(msgspec.Struct, frozen=True, tag_field="kind", tag="cue", forbid_unknown_fields=True):
    """Someone gave a cue: the part that waits for it ends, the next one starts at ``step``."""

    step: int
    name: str


class DropEvent(msgspec.Struct, frozen=True, tag_field="kind", tag="drop", forbid_unknown_fields=True):
    """The patience of a plateau ran out: the lr of ``step`` is the first that is lower.

    ``plateau`` counts those of the text from 0.
    """

    step: int
    plateau: int = 0


Event = CueEvent | DropEvent


class Tape(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Events in order of step. A plan and its tape give the same curve always, everywhere."""

    events: tuple[Event, ...] = ()

    def add(self, *events: Event) -> Tape:
        """Return a tape with more events, put in order."""
        return Tape(tuple(sorted((*self.events, *events), key=lambda event: event.step)))

    def cue(self, name: str, after: float) -> int | None:
        """Return the first step after another at which a cue was given."""
        return next(
            (e.step for e in self.events if isinstance(e, CueEvent) and e.name == name and e.step > after),
            None,
        )

    def drops(self, plateau: int, first: float, last: float) -> tuple[int, ...]:
        """Return the steps in [first, last) at which a plateau dropped."""
        return tuple(
            e.step
            for e in self.events
            if isinstance(e, DropEvent) and e.plateau == plateau and first <= e.step < last
        )

    def to_json(self) -> str:
        """Return the events as JSON."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Tape:
        """Read what `to_json` wrote. Raises ScheduleError for anything else."""
        try:
            found = msgspec.json.decode(text.encode(), type=cls)
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            raise ScheduleError.single("json", f"not the JSON of a tape: {error}", "see to_json") from None
        return cls().add(*found.events)
