"""One group's lr as spans of steps, in each of which one rule makes it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rheostat.control.command import Shape
from rheostat.control.effects import Faded, Followed, Glided, Scaled
from rheostat.control.override import Override
from rheostat_server.actual.history import Turn

__all__ = ["Fade", "Follow", "Line", "Planned", "Rule", "Span", "Still", "spans_of"]


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan."""


@dataclass(frozen=True, slots=True)
class Still:
    """One lr."""

    value: float


@dataclass(frozen=True, slots=True)
class Line:
    """From ``origin`` to ``target`` in ``over`` steps, of which ``age`` are past where the span begins."""

    origin: float
    target: float
    over: int
    age: int
    shape: Shape = "linear"


@dataclass(frozen=True, slots=True)
class Fade:
    """As `Line`, with the plan for a target."""

    origin: float
    over: int
    age: int


@dataclass(frozen=True, slots=True)
class Follow:
    """The plan that another schedule makes, its step 0 being step ``first`` of the run, times ``factor``."""

    schedule: str
    first: int
    factor: float


Rule = Planned | Still | Line | Fade | Follow


@dataclass(frozen=True, slots=True)
class Span:
    """Steps [start, end) (None: to the end of the run): a rule, and factors upon it from first to last."""

    start: int
    end: int | None
    rule: Rule
    factors: tuple[float, ...] = ()


def spans_of(turns: Sequence[Turn], group: str) -> list[Span]:
    """The spans of ``group``, without gaps from step 0 on."""
    found: list[Span] = []
    for at, turn in enumerate(turns):
        end = turns[at + 1].step if at + 1 < len(turns) else None
        for span in _parts(turn, group, end):
            if found and _goes_on(found[-1], span):
                found[-1] = replace(found[-1], end=span.end)
            else:
                found.append(span)
    return found


def _goes_on(before: Span, after: Span) -> bool:
    """Whether one rule makes both; a line or a fade that begins anew from the same lr is another one."""
    rule = before.rule
    if isinstance(rule, Line | Fade):
        rule = replace(rule, age=rule.age + after.start - before.start)
    return rule == after.rule and before.factors == after.factors


def _parts(turn: Turn, group: str, end: int | None) -> Iterator[Span]:
    """A turn, cut where a ramp or a fade within it arrives."""
    mine = [o for o in turn.stack if group in o.groups]
    top = max((at for at, o in enumerate(mine) if not isinstance(o.effect, Scaled)), default=-1)
    factors = tuple(o.effect.factor for o in mine[top + 1 :] if isinstance(o.effect, Scaled))
    if top < 0:
        yield Span(turn.step, end, Planned(), factors)
        return
    moving, arrived, arrival = _rules(mine[top], group, turn.step)
    if moving is not None and turn.step < arrival:
        until = arrival if end is None else min(arrival, end)
        yield Span(turn.step, until, moving, factors)
        if end is not None and end <= arrival:
            return
        yield Span(arrival, end, arrived, factors)
        return
    yield Span(turn.step, end, arrived, factors)


def _rules(override: Override, group: str, step: int) -> tuple[Rule | None, Rule, int]:
    """How the lr moves under an override from ``step`` on, what it comes to, and at which step."""
    effect, age = override.effect, step - override.start
    if isinstance(effect, Glided):
        target = effect.targets[group]
        moving = Line(effect.origins[group], target, effect.over, age, effect.shape) if effect.over else None
        return moving, Still(target), override.start + effect.over
    if isinstance(effect, Faded):
        faded = Fade(effect.origins[group], effect.over, age) if effect.over else None
        return faded, Planned(), override.start + effect.over
    assert isinstance(effect, Followed)
    return None, Follow(effect.schedule, effect.first, effect.factors[group]), step
