from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.control.command import Command, Hold, Ramp, Release, Scale, Swap
from rheostat.control.override import Change, OverrideError, Stack, apply, begin, expire

PLANNED = {"body": 0.1, "head": 0.4}
rates = st.floats(1e-12, 1e6)
lrs = st.dictionaries(st.sampled_from(["a", "b", "c"]), rates, min_size=1)


def command(
    action: Hold | Scale | Ramp | Release | Swap,
    id: str = "c",
    *,
    groups: tuple[str, ...] | None = None,
    for_steps: int | None = None,
    keep_ratio: bool = True,
) -> Command:
    return Command(id=id, action=action, groups=groups, for_steps=for_steps, keep_ratio=keep_ratio)


def stacked(*commands: Command, step: int = 0, planned: dict[str, float] | None = None) -> Stack:
    stack: Stack = ()
    for each in commands:
        stack = begin(stack, each, step, PLANNED if planned is None else planned).stack
    return stack


def test_nothing_in_force_is_the_plan_itself() -> None:
    assert apply((), 7, PLANNED) == PLANNED


@given(st.lists(st.floats(1e-3, 1e3), max_size=6), lrs)
def test_scales_multiply_in_the_order_given(factors: list[float], planned: dict[str, float]) -> None:
    commands = [command(Scale(f), str(i)) for i, f in enumerate(factors)]
    expected = dict(planned)
    for factor in factors:
        expected = {g: v * factor for g, v in expected.items()}
    assert apply(stacked(*commands, planned=planned), 3, planned) == expected


@given(st.floats(1e-3, 1e3), rates, lrs)
def test_a_hold_hides_what_is_beneath_it_and_bears_what_is_on_it(
    factor: float, value: float, planned: dict[str, float]
) -> None:
    stack = stacked(
        command(Scale(factor), "below", for_steps=100),
        command(Hold(value), "hold", keep_ratio=False, for_steps=50),
        planned=planned,
    )
    assert apply(stack, 3, planned) == dict.fromkeys(planned, value)
    halved = begin(stack, command(Scale(0.5), "above"), 3, planned).stack
    assert apply(halved, 3, planned) == dict.fromkeys(planned, value * 0.5)


def test_a_hold_gives_its_value_to_the_first_group_and_keeps_the_ratio_of_the_others() -> None:
    assert apply(stacked(command(Hold(0.05))), 0, PLANNED) == {"body": 0.05, "head": 0.2}
    assert apply(stacked(command(Hold(0.05), groups=("head",))), 0, PLANNED) == {"body": 0.1, "head": 0.05}
    assert apply(stacked(command(Hold(0.05), keep_ratio=False)), 0, PLANNED) == {"body": 0.05, "head": 0.05}


def test_the_ratio_is_that_of_the_first_overridden_step() -> None:
    stack = stacked(command(Hold(0.05)))
    assert apply(stack, 9, {"body": 0.01, "head": 0.01}) == {"body": 0.05, "head": 0.2}


def test_a_ratio_to_nothing_is_refused() -> None:
    with pytest.raises(OverrideError, match="keep_ratio") as refused:
        begin((), command(Hold(0.05)), 0, {"body": 0.0, "head": 0.4})
    assert refused.value.code == "no_ratio"


@given(st.integers(1, 50), st.integers(0, 100), rates)
def test_an_end_is_exact(steps: int, start: int, value: float) -> None:
    stack = begin((), command(Hold(value), for_steps=steps, keep_ratio=False), start, PLANNED).stack
    for step in range(start, start + steps):
        assert apply(stack, step, PLANNED) == dict.fromkeys(PLANNED, value)
        assert expire(stack, step) == Change(stack)
    assert apply(stack, start + steps, PLANNED) == PLANNED
    gone = expire(stack, start + steps)
    assert gone.stack == ()
    assert [e.code for e in gone.ended] == ["done"]


@given(st.integers(1, 60), rates, rates)
def test_a_ramp_is_linear_from_the_present_lr_and_then_holds(over: int, value: float, plan: float) -> None:
    stack = begin((), command(Ramp(value, over)), 10, {"a": plan}).stack
    walk = [apply(stack, 10 + k, {"a": plan})["a"] for k in range(over + 3)]
    assert walk[0] == plan
    assert walk[over:] == [value, value, value]
    for k in range(over):
        assert walk[k] == pytest.approx(plan + (value - plan) * k / over, rel=1e-12, abs=0.0)


def test_a_ramp_starts_where_it_is_told_to() -> None:
    stack = stacked(command(Ramp(0.2, 4, start=0.05), groups=("body",)))
    assert apply(stack, 0, PLANNED)["body"] == 0.05
    assert apply(stack, 4, PLANNED)["body"] == 0.2


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from([Hold(0.3), Scale(0.5), Scale(3.0), Ramp(0.7, 9)]), min_size=1, max_size=6),
    st.integers(0, 20),
    lrs,
)
def test_release_lands_bitwise_on_the_plan(
    actions: list[Hold | Scale | Ramp], over: int, planned: dict[str, float]
) -> None:
    stack = stacked(*(command(a, str(i)) for i, a in enumerate(actions)), planned=planned)
    present = apply(stack, 5, planned)
    released = begin(stack, command(Release(over), "r"), 5, planned)
    assert {e.id for e in released.ended} == {o.id for o in stack}
    later = {g: v * 1.7 for g, v in planned.items()}
    for step in range(5 + over, 5 + over + 3):
        assert apply(released.stack, step, later) == later
    assert expire(released.stack, 5 + over).stack == ()
    if over:
        assert apply(released.stack, 5, planned) == present


def test_release_of_some_groups_leaves_the_others_overridden() -> None:
    released = begin(stacked(command(Scale(0.5))), command(Release(), "r", groups=("head",)), 1, PLANNED)
    assert released.ended == ()
    assert apply(released.stack, 1, PLANNED) == {"body": 0.05, "head": 0.4}


def test_release_with_an_end_only_pauses_the_overrides() -> None:
    stack = stacked(command(Scale(0.5)), command(Release(), "r", for_steps=3))
    assert [apply(stack, s, PLANNED)["body"] for s in range(5)] == [0.1, 0.1, 0.1, 0.05, 0.05]


def test_what_a_hold_hides_for_good_is_superseded() -> None:
    beneath = stacked(command(Scale(0.5), "all"), command(Scale(0.5), "short", for_steps=3))
    change = begin(beneath, command(Hold(0.2), "h", for_steps=5), 0, PLANNED)
    assert [(e.id, e.code) for e in change.ended] == [("short", "superseded")]
    assert [o.id for o in change.stack] == ["all", "h"]
    change = begin(change.stack, command(Hold(0.1), "forever", groups=("body",)), 0, PLANNED)
    assert change.ended == ()


def test_a_group_that_is_gone_is_left_out() -> None:
    assert apply(stacked(command(Scale(0.5))), 0, {"body": 0.2}) == {"body": 0.1}


@given(rates, lrs)
def test_no_number_comes_from_numbers_only(value: float, planned: dict[str, float]) -> None:
    stack = stacked(command(Ramp(value, 7)), command(Scale(0.1)), command(Release(5), "r"), planned=planned)
    for step in range(12):
        assert all(math.isfinite(v) for v in apply(stack, step, planned).values())
