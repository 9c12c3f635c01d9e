from __future__ import annotations

import doctest
from types import ModuleType

import pytest
from hypothesis import given, settings

from rheostat.schedule import (
    Schedule,
    ScheduleError,
    build,
    cosine,
    decay,
    drop,
    expo,
    halving,
    hold,
    linear,
    parse,
    poly,
    rsqrt,
    sqrt,
    tanh,
    x,
)
from rheostat.schedule.tree.nodes import Seq
from tests.schedule.rebuild import named, rebuilt
from tests.schedule.strategies import programs

SAME: list[tuple[Schedule, str]] = [
    (linear(0, "1x", "2%") >> hold() >> sqrt(to="0.1x", d="20%"),
     "linear 0 -> 1x for 2%; hold; sqrt -> 0.1x for 20%"),
    (linear(0, x(1), 500) >> cosine(), "linear 0 -> 1x for 500; cosine -> 0"),
    (hold(3e-4, "5ep"), "hold 0.0003 for 5ep"),
    (hold("3e-4"), "hold 3e-4"),
    (poly(2, to="0.1x"), "poly(2) -> 0.1x"),
    (expo("1e-7", 10, 100), "expo 1e-7 -> 10 for 100"),
    (halving("base", 0, "20k", inclusive=True), "halving base -> 0 inclusive for 20k"),
    (tanh(-7, 3, to=0), "tanh(-7, 3) -> 0"),
    (rsqrt("2k", "1x"), "rsqrt(2k) 1x"),
    (drop(0.1, every="30ep"), "drop 0.1x every 30ep"),
    (drop("0.1x", at=("30ep", 500), d="10%"), "drop 0.1x at 30ep, 500 for 10%"),
    (decay(0.95, "1ep"), "decay 0.95x every 1ep"),
    ((linear("0.1x", "1x", 500) >> hold()) * drop(0.5, "10ep"),
     "{ linear 0.1x -> 1x for 500; hold } * drop 0.5x every 10ep"),
    (hold("1x") * hold("2x") * hold("3x"), "hold 1x * hold 2x * hold 3x"),
    (parse("1x + 2x") * hold(), "{ 1x + 2x } * hold"),
    (cosine("1x", 0, "10ep").repeat(stretch=2), "repeat forever stretch 2 { cosine 1x -> 0 for 10ep }"),
    ((linear(1e-4, 1e-3, "2k") >> linear(to=1e-4, d="2k")).repeat(3, shrink="0.5x", toward=1e-4),
     "repeat 3 shrink 0.5x toward 0.0001 { linear 0.0001 -> 0.001 for 2k; linear -> 0.0001 for 2k }"),
    ((linear(to="1x") >> cosine()).lasting("50%"), "{ linear -> 1x; cosine -> 0 } for 50%"),
    (parse("base 0.1; hold for 5") >> linear(), "base 0.1; hold for 5; linear -> 0"),
]  # fmt: skip


@pytest.mark.parametrize(("built", "text"), SAME, ids=[text for _, text in SAME])
def test_builders_make_the_tree_of_the_text(built: Schedule, text: str) -> None:
    assert built == parse(text)
    assert parse(str(built)) == built


@settings(deadline=None, max_examples=200)
@given(programs(comments=False, events=True, full=True))
def test_any_tree_can_be_built(program: Seq) -> None:
    assert rebuilt(program).program == named(program)


def test_what_no_text_can_say_is_refused() -> None:
    for bad in ("cosin", "5%", "-1", "1x 2x"):
        with pytest.raises(ScheduleError):
            hold(bad)
    for length in ("0.1x", "soon", 0):
        with pytest.raises(ScheduleError):
            hold(d=length)
    with pytest.raises(ScheduleError):
        drop(0.1)
    with pytest.raises(ScheduleError):
        linear(float("nan"))
    with pytest.raises(ScheduleError):
        parse("base 1; hold") * hold()
    with pytest.raises(ScheduleError):
        parse("hold # a\n# b") >> hold()
    with pytest.raises(TypeError):
        _ = hold() >> "linear -> 0"  # type: ignore[operator]


def test_the_docstring_tells_the_truth() -> None:
    assert isinstance(build, ModuleType)
    assert doctest.testmod(build).failed == 0
