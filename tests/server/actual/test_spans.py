"""A group's lr as spans: what one rule makes is one span, and what begins anew is another."""

from __future__ import annotations

from rheostat.control.effects import Effect, Faded, Glided
from rheostat.control.override import Override
from rheostat_server.actual.history import Turn
from rheostat_server.actual.spans import Fade, Line, Planned, Span, spans_of


def acting(effect: Effect, start: int, id: str = "a") -> tuple[Override, ...]:
    return (Override(id=id, groups=("g",), start=start, end=None, effect=effect),)


def test_a_fade_that_begins_anew_from_the_same_lr_is_a_span_of_its_own() -> None:
    fade = Faded({"g": 0.007}, 13)
    turns = [Turn(147, acting(fade, 147)), Turn(150, acting(fade, 150, "b")), Turn(163, ())]
    assert spans_of(turns, "g") == [
        Span(147, 150, Fade(0.007, 13, 0)),
        Span(150, 163, Fade(0.007, 13, 0)),
        Span(163, None, Planned()),
    ]


def test_a_turn_of_another_group_cuts_no_ramp() -> None:
    ramp = acting(Glided({"g": 1.0}, {"g": 2.0}, 9), 3)
    other = Override(id="b", groups=("h",), start=5, end=None, effect=Faded({"h": 1.0}, 4))
    turns = [Turn(0, ()), Turn(3, ramp), Turn(5, (*ramp, other)), Turn(12, ())]
    assert spans_of(turns, "g") == [
        Span(0, 3, Planned()),
        Span(3, 12, Line(1.0, 2.0, 9, 0)),
        Span(12, None, Planned()),
    ]
