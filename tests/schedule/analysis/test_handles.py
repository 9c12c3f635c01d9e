from __future__ import annotations

import math
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.schedule import Plan, ScheduleError, parse
from rheostat.schedule.analysis.handles import Handle, Literal
from rheostat.schedule.text.format import write
from rheostat.schedule.tree.nodes import Seq
from tests.schedule.strategies import bind, programs

PROGRAM = """
linear 0 -> 1x for 5%      # warm up
hold
sqrt -> 0.1x for 20%
"""


def bound(text: str, base: float | None = 1e-3, total: int = 10_000) -> Plan:
    return parse(text).bind(base=base, total=total, epoch=100, step_tokens=1000)


def written(text: str, literal: Literal) -> str:
    line = text.split("\n")[literal.line - 1]
    return line[literal.column - 1 :][: literal.length]


def rewritten(text: str, literal: Literal, value: float) -> str:
    lines = text.split("\n")
    line, at = lines[literal.line - 1], literal.column - 1
    lines[literal.line - 1] = f"{line[:at]}{value!r}{literal.suffix}{line[at + literal.length :]}"
    return "\n".join(lines)


def test_ends_of_parts_are_handles_with_the_numbers_that_say_them() -> None:
    start, peak, turn, end = bound(PROGRAM).handles()
    assert (start.step, start.lr, start.across) == (0.0, 0.0, None)
    assert start.up is not None
    # A zero is neither lr nor factor: the first move makes it a factor.
    assert (written(PROGRAM, start.up), start.up.suffix, start.up.rate) == ("0", "x", 1e-3)
    assert peak.step == 500
    assert peak.lr == pytest.approx(1e-3)
    assert peak.across == Literal(line=2, column=20, length=2, value=5.0, suffix="%", rate=100.0)
    assert peak.up is not None
    assert written(PROGRAM, peak.up) == "1x"
    # What stands before takes what is left, so a longer last part starts earlier.
    assert turn.step == 8000
    assert turn.across is not None
    assert (written(PROGRAM, turn.across), turn.across.rate) == ("20%", -100.0)
    assert (end.step, end.across) == (10_000, None)
    assert end.up is not None
    assert written(PROGRAM, end.up) == "0.1x"


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("3e-4", [5000]),
        ("drop 0.1x at 3k, 80ep", [3000, 8000]),
        ("drop 0.5x every 20ep", [2000]),
        ("decay 0.9x every 2Mtok", [2000]),
        ("keys { 0: 0; 5%: 1x; 100%: 0.1x cosine }", [0, 500, 10_000]),
        ("repeat 3 { linear 0 -> 1x for 1k; cosine -> 0 for 1k }", [0, 1000, 2000]),
        ("{ linear 0.1x -> 1x for 500; hold } * { drop 0.5x every 2k }", [0, 500, 2000]),
        ("{ cosine -> 0 } for 3k; 1e-5", [3000, 3000, 6500]),
        ("linear 0 -> 1x for 1k; linear -> base", [0, 1000]),
        ("linear 0 -> (2 * base) for 1k; hold for 2fr; hold", [0, 1000]),
    ],
)
def test_each_construct_has_its_handles(text: str, steps: list[float]) -> None:
    assert [handle.step for handle in bound(text).handles()] == steps


def test_only_the_first_of_several_drops_moves_the_factor() -> None:
    first, second = bound("drop 0.1x at 3k, 8k").handles()
    assert first.up is not None
    assert second.up is None


def test_without_a_base_a_zero_stays_an_lr() -> None:
    handle = bound("linear 0 -> 1e-3 for 1k", base=None).handles()[0]
    assert handle.up is not None
    assert (handle.up.suffix, handle.up.rate) == ("", 1.0)


def test_a_pickled_plan_still_has_its_handles() -> None:
    plan = bound(PROGRAM)
    assert pickle.loads(pickle.dumps(plan)).handles() == plan.handles()


@settings(max_examples=150, deadline=None)
@given(programs(), st.data())
def test_a_literal_is_where_it_is_said_and_reads_as_it_is_said(program: Seq, data: st.DataObject) -> None:
    text = write(program)
    try:
        plan = bind(parse(text))
    except ScheduleError:
        return
    found = plan.handles()
    assert list(found) == sorted(found, key=lambda handle: handle.step)
    for handle in found:
        assert 0 <= handle.step <= plan.horizon
        assert math.isfinite(handle.lr)
        for literal in filter(None, (handle.across, handle.up)):
            shown = written(text, literal)
            assert float(shown.removesuffix(literal.suffix)) == literal.value
            assert literal.rate


MOVABLE = [
    PROGRAM,
    "linear 1e-5 -> 1e-3 for 10ep\ncosine -> 1e-5 for 60%",
    "hold 1x; { cosine -> 0.1x; hold for 500 } for 20%; linear -> 0 for 1k",
    "keys { 0: 0; 5%: 1x; 80%: 1x; 100%: 0.1x cosine }",
    "drop 0.5x every 20ep",
    "{ linear 0.1x -> 1x for 500; hold } * { drop 0.5x every 2k }",
    "repeat 3 { linear 0 -> 1x for 1k; cosine -> 0.1x for 1k }",
]


@pytest.mark.parametrize("text", MOVABLE)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_number_moved_by_the_rate_moves_its_handle_as_far(text: str, data: st.DataObject) -> None:
    plan = bound(text)
    found = plan.handles()
    index = data.draw(st.integers(0, len(found) - 1))
    handle = found[index]
    axis = data.draw(st.sampled_from([name for name in ("across", "up") if getattr(handle, name)]))
    literal: Literal = getattr(handle, axis)
    factor = data.draw(st.floats(0.92, 1.0))
    value = literal.value * factor if literal.value else 0.1 * factor
    moved = bound(rewritten(text, literal, value)).handles()
    wanted = (value - literal.value) * literal.rate
    now: Handle = moved[index]
    if axis == "across":
        assert now.step == pytest.approx(handle.step + wanted, rel=1e-9)
    else:
        assert now.lr == pytest.approx(handle.lr + wanted, rel=1e-9)


def test_parts_behind_a_cue_are_not_asked_for_what_the_run_does_not_say() -> None:
    plan = parse("1x until @go; linear -> 0 for 10sp").bind(base=1.0, total=100)
    assert [handle.step for handle in plan.handles()] == [50.0]
