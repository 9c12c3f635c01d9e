"""A schedule: a program with its text, its tree and its JSON, ready to be bound to a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import SupportsIndex

import msgspec

from .analysis import lints
from .binding.bind import Binder
from .binding.bound import Places
from .binding.context import NO_EVENTS, Context, Supplied
from .binding.kinds import check_products, main_parts
from .curve.curves import Curve
from .diagnostics import BindError, Diagnostic, ScheduleError, Span, closest, diagnose
from .events import Tape
from .plan import Plan
from .text.cursor import Spans
from .text.format import write
from .text.parse import read
from .tree.compose import product, summed
from .tree.groups import find_group, group_names, groups_of
from .tree.nodes import Block, Expression, Group, Seq

__all__ = ["Schedule", "parse"]

_LIMIT_JSON = 1_000_000


def parse(text: str) -> Schedule:
    """Read a schedule from its text.

    Raises ScheduleError, whose ``diagnostics`` say what is wrong, where, and what to write instead.
    """
    program, spans, found = read(text)
    faults = [*found, *check_products(text, program, spans)]
    if faults:
        raise ScheduleError(faults)
    return Schedule(text, program, spans)


class Schedule:
    """A learning-rate schedule, equal to another where their trees are equal.

    ``str()`` writes it in the one canonical way; ``text`` is what it was read from. Compose with ``>>`` (one
    after the other), ``*``, ``+`` and ``-`` (together), ``clip``, ``repeat``, ``lasting`` and ``until``.
    """

    __slots__ = ("_spans", "program", "text")

    def __init__(self, text: str, program: Seq, spans: Spans) -> None:
        self.text = text
        self.program = program
        self._spans = spans

    @classmethod
    def of(cls, program: Seq) -> Schedule:
        """Make a schedule from a tree, checked as its text would be.

        Raises ScheduleError where the tree says what no text can say.
        """
        schedule = parse(write(program))
        if schedule.program != program:
            raise ScheduleError.single(
                "tree", "the tree holds what no text can say", "check spellings, comments and nesting"
            )
        return schedule

    @classmethod
    def from_json(cls, text: str) -> Schedule:
        """Read a schedule from its JSON. Raises ScheduleError for anything but what `to_json` writes."""
        if len(text) > _LIMIT_JSON:
            raise ScheduleError.single(
                "too-long", f"the JSON has {len(text)} characters: at most {_LIMIT_JSON}"
            )
        try:
            program = msgspec.json.decode(text.encode(), type=Seq)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
            raise ScheduleError.single("json", f"not the JSON of a schedule: {error}") from None
        try:
            return cls.of(program)
        except RecursionError:
            raise ScheduleError.single("too-deep", "the JSON nests too deep") from None

    def to_json(self) -> str:
        """Return the tree as JSON, each node with its ``kind``; what is default is left out."""
        return msgspec.json.encode(self.program).decode()

    @property
    def groups(self) -> tuple[str, ...]:
        """The param groups named in the text, in order, ranges written out."""
        return groups_of(self.program)

    def kinds_of_group(self) -> tuple[str, ...]:
        """The first param group of each statement that names any: what those of a range share."""
        parts = (part for part in self.program.parts if isinstance(part, Group))
        return tuple(group_names(part)[0] for part in parts)

    def bind(
        self,
        base: float | None = None,
        total: int | None = None,
        epoch: float | None = None,
        step_tokens: float | None = None,
        group: str | None = None,
        *,
        tape: Tape = NO_EVENTS,
    ) -> Plan:
        """Bind to a run: base lr, total steps, steps in an epoch, tokens in a step, name of the param group.

        The text wins over what is given here, with a warning in ``Plan.warnings``. A schedule without
        ``group`` statements binds for any group. ``tape`` has the events of the run so far.

        Raises BindError; its ``missing`` names what is missing.
        """
        run = Supplied.of(base, total, epoch, step_tokens)
        return _Source(self, run, group).replay(tape)

    def _bound(self, run: Supplied, name: str | None, tape: Tape) -> Plan:
        binder, places, curve = self._resolved(run, name, tape)
        context = places.context
        leaves = tuple((leaf, self._spans.of(leaf.node)) for leaf in binder.leaves)
        length = None if context.total is None else int(context.total)
        return Plan(
            text=self.text,
            group=name,
            base=context.base,
            total=length,
            warnings=(*self.lints(), *context.warnings),
            curve=curve,
            leaves=leaves,
            watches=tuple(binder.watches),
            cues=tuple(dict.fromkeys(binder.cues)),
            tape=tape,
            source=_Source(self, run, name, (tape, places)),
            size=binder.size,
        )

    def _resolved(self, run: Supplied, name: str | None, tape: Tape) -> tuple[Binder, Places, Curve]:
        group, index = self._group(name)
        context = Context.of(self.text, self.program, self._spans, run, group=group, index=index, tape=tape)
        main = main_parts(self.program)
        parts = main if group is None or group.curve is None else (group.curve,)
        if not parts:
            raise self._no_curve(group)
        binder = Binder(context, main, self.program.parts)
        curve = binder.program(parts)
        return binder, binder.places(parts), curve

    def _group(self, name: str | None) -> tuple[Group | None, int | None]:
        """Return the statement for a group and the group's number in its range."""
        if name is None or not any(isinstance(part, Group) for part in self.program.parts):
            return None, None
        found = find_group(self.program, name)
        if found is None:
            near = closest(name, self.groups)
            hint = f"did you mean '{near}'?" if near else "groups are " + ", ".join(self.groups[:20])
            fault = Diagnostic("error", 1, 1, 0, "group", f"the schedule names no group '{name}'", hint)
            raise BindError((fault,), ("group",))
        return found

    def _no_curve(self, group: Group | None) -> BindError:
        names = ", ".join(self.groups[:20])
        if group is not None:
            span = self._spans.of(group)
            message = f"group '{group.name}' has no curve of its own, and there is none outside groups"
            return BindError((diagnose(self.text, span, "no-curve", message, suggestion="write '= …'"),))
        hint = f"give group=…, one of {names}" if names else "write a value as 3e-4, or a shape"
        span = Span(0, len(self.text))
        missing = ("group",) if names else ()
        return BindError(
            (diagnose(self.text, span, "no-curve", "no curve outside groups", suggestion=hint),), missing
        )

    def lints(self) -> tuple[Diagnostic, ...]:
        """Return what is doubtful in the text itself, without a run."""
        return lints.of_text(self.text, self.program, self._spans)

    def expression(self) -> Expression:
        """Return the whole as one part, or a block. Raises ScheduleError where it has settings."""
        main = main_parts(self.program)
        if len(main) != len(self.program.parts):
            raise ScheduleError.single(
                "setting", "a schedule with settings or groups cannot be a part of another", "compose first"
            )
        if len(main) == 1 and not self.program.tail and not main[0].above and main[0].note is None:
            return main[0]
        return Block(body=self.program)

    def __rshift__(self, other: Schedule) -> Schedule:
        """One after the other."""
        if not isinstance(other, Schedule):
            return NotImplemented
        a, b = self.program, other.program
        if a.tail:
            raise ScheduleError.single("comment", "comments end the left side", "move them to a part")
        return Schedule.of(Seq((*a.parts, *b.parts), b.tail))

    def __mul__(self, other: Schedule) -> Schedule:
        """Together on one clock, multiplied."""
        if not isinstance(other, Schedule):
            return NotImplemented
        return Schedule.of(Seq((product(self.expression(), other.expression()),)))

    def __add__(self, other: Schedule) -> Schedule:
        """Together on one clock, added."""
        return self._summed(other, "+") if isinstance(other, Schedule) else NotImplemented

    def __sub__(self, other: Schedule) -> Schedule:
        """Together on one clock, taken away; never below 0."""
        return self._summed(other, "-") if isinstance(other, Schedule) else NotImplemented

    def _summed(self, other: Schedule, sign: str) -> Schedule:
        return Schedule.of(Seq((summed(self.expression(), other.expression(), sign),)))

    def repeat(
        self,
        count: int | None = None,
        stretch: float | None = None,
        shrink: str | float | None = None,
        toward: str | float | None = None,
        d: str | float | None = None,
    ) -> Schedule:
        """Over and over, ``count`` times or for ever; each cycle ``stretch`` times as long as the last."""
        from . import build  # noqa: PLC0415 - builders are made of schedules

        return build.repeat(self, count=count, stretch=stretch, shrink=shrink, toward=toward, d=d)

    def clip(self, low: str | float, high: str | float) -> Schedule:
        """The whole kept between two values, as ``… clip 1e-6..1e-3``."""
        from . import build  # noqa: PLC0415

        return build.clip(self, low, high)

    def until(self, cue: str) -> Schedule:
        """The whole until a cue comes, as ``… until @decay``."""
        from . import build  # noqa: PLC0415

        return build.until(self, cue)

    def lasting(self, length: str | float | None = None) -> Schedule:
        """The whole as one block, as ``{ … } for 10k``; without a length as long as its parts."""
        from . import build  # noqa: PLC0415

        return build.lasting(self, length)

    def __eq__(self, other: object) -> bool:
        return self.program == other.program if isinstance(other, Schedule) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.program)

    def __str__(self) -> str:
        return write(self.program)

    def __repr__(self) -> str:
        return f"rheostat.parse({str(self)!r})"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        """Show the curve of every group in a notebook: what Jupyter asks an object for."""
        from .drawing.notebook import sketched  # noqa: PLC0415 - nobody draws in a training job

        return sketched(self)

    def _repr_html_(self) -> str:
        """Show the same where a front end asks for HTML alone."""
        return str(self._repr_mimebundle_()["text/html"])

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[object, ...]:
        return parse, (self.text,)


@dataclass(frozen=True, slots=True)
class _Source:
    """A schedule with what the run supplied for one group; the places that a bind found, with its tape."""

    schedule: Schedule
    run: Supplied
    group: str | None
    known: tuple[Tape, Places] | None = field(default=None, repr=False, compare=False)

    def __reduce__(self) -> tuple[type[_Source], tuple[object, ...]]:
        # Places go by identity, which no copy keeps.
        return _Source, (self.schedule, self.run, self.group)

    def replay(self, tape: Tape) -> Plan:
        """Bind with a tape."""
        return self.schedule._bound(self.run, self.group, tape)

    def places(self, tape: Tape) -> Places:
        """Return where each part stands, and what their numbers come to."""
        if self.known is not None and self.known[0] is tape:
            return self.known[1]
        return self.schedule._resolved(self.run, self.group, tape)[1]
