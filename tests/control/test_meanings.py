"""The exact meaning of each command, as properties: whatever the plan, the steps and the numbers."""

from __future__ import annotations

import math
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rheostat.control.command import Action, Command, Freeze, Hold, Limits, Ramp, Release, Scale, Shape, Swap
from rheostat.control.effects import Ground
from rheostat.control.limits import Refusal, check_effect, check_request
from rheostat.control.override import OverrideError, Stack, apply, begin, expire

rates = st.floats(1e-9, 10.0)
plans = st.dictionaries(st.sampled_from("abc"), rates, min_size=1)
steps = st.integers(0, 1000)
lengths = st.integers(1, 60)
factors = st.floats(0.01, 100.0)
shapes: st.SearchStrategy[Shape] = st.sampled_from(["linear", "log"])
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(Hold, rates),
    st.builds(Scale, factors),
    st.builds(Ramp, rates, lengths, st.none() | rates, shapes),
    st.builds(Release, st.integers(0, 9)),
    st.builds(Freeze),
)


def put(stack: Stack, action: Action, step: int, plan: dict[str, float], **envelope: object) -> Stack:
    command = Command(id=f"c{step}-{len(stack)}", action=action, **envelope)  # type: ignore[arg-type]
    return begin(stack, command, step, plan, Ground(dict(plan), 1000, None)).stack


def stacked(actions: list[Action], step: int, plan: dict[str, float]) -> Stack:
    """What ``actions`` lead to, those left out that have no meaning there."""
    stack: Stack = ()
    for action in actions:
        with suppress(OverrideError):
            stack = put(stack, action, step, plan)
    return stack


@given(plans, st.lists(actions, max_size=5), steps, factors)
def test_a_scale_multiplies_whatever_is_beneath_it(
    plan: dict[str, float], beneath: list[Action], step: int, factor: float
) -> None:
    stack = stacked(beneath, step, plan)
    present = apply(stack, step, plan)
    scaled = apply(put(stack, Scale(factor), step, plan), step, plan)
    assert scaled == {group: lr * factor for group, lr in present.items()}


@given(plans, plans, st.lists(actions, max_size=4), steps, rates)
def test_a_hold_on_top_wins_over_all_beneath_and_over_a_plan_that_moves(
    plan: dict[str, float], moved: dict[str, float], beneath: list[Action], step: int, value: float
) -> None:
    stack = stacked(beneath, step, plan)
    stack = put(stack, Hold(value), step, plan, keep_ratio=False)
    later = plan | {g: v for g, v in moved.items() if g in plan}
    assert apply(stack, step + 7, later) == dict.fromkeys(plan, value)


@given(plans, steps, st.builds(Ramp, rates, lengths, st.none() | rates, shapes))
def test_a_ramp_begins_and_ends_exactly_and_never_leaves_its_ends(
    plan: dict[str, float], step: int, ramp: Ramp
) -> None:
    value, over, shape = ramp.value, ramp.over, ramp.shape
    stack = put((), ramp, step, plan, keep_ratio=False)
    course = [apply(stack, step + age, plan) for age in range(over + 3)]
    for group, planned in plan.items():
        origin = planned if ramp.start is None else ramp.start
        values = [each[group] for each in course]
        assert values[0] == pytest.approx(origin, rel=1e-15)
        assert values[over:] == [value] * 3
        low, high = sorted((origin, value))
        assert all(low * (1 - 1e-12) <= each <= high * (1 + 1e-12) for each in values)
        for age in range(over):
            share = age / over
            linear = origin + (value - origin) * share
            exact = linear if shape == "linear" else origin ** (1 - share) * value**share
            assert values[age] == pytest.approx(exact, rel=1e-12)


@given(steps, lengths, st.sampled_from([(0.0, 0.1), (0.1, 0.0)]))
def test_a_ramp_by_ratios_neither_begins_nor_ends_at_0(
    step: int, over: int, ends: tuple[float, float]
) -> None:
    with pytest.raises(OverrideError) as refused:
        put((), Ramp(ends[1], over, ends[0], "log"), step, {"a": 0.5})
    assert refused.value.code == "no_log_ramp"


@given(plans, plans, st.lists(actions, min_size=1, max_size=5), steps, st.integers(0, 40))
def test_a_release_over_n_blends_from_the_present_lr_to_where_the_plan_then_is(
    plan: dict[str, float], moved: dict[str, float], beneath: list[Action], step: int, over: int
) -> None:
    stack = stacked(beneath, step, plan)
    present = apply(stack, step, plan)
    later = plan | {g: v for g, v in moved.items() if g in plan}
    released = put(stack, Release(over), step, plan)
    for age in range(over + 2):
        now = apply(expire(released, step + age).stack, step + age, later)
        if age >= over:
            assert now == later
            continue
        for group, lr in now.items():
            exact = present[group] + (later[group] - present[group]) * age / over
            assert lr == pytest.approx(exact, rel=1e-12, abs=1e-24)


@given(plans, st.lists(actions, max_size=3), steps, rates, lengths)
def test_a_continuous_swap_begins_at_the_present_lr_and_keeps_the_shape(
    plan: dict[str, float], beneath: list[Action], step: int, base: float, length: int
) -> None:
    stack = stacked(beneath, step, plan)
    present = apply(stack, step, plan)
    assume(all(lr > 0.0 for lr in present.values()))
    text = f"{base!r} for {length}; linear -> {base / 4!r} for 40; hold"
    swapped = put(stack, Swap(text, continuous=True, from_here=True), step, plan)
    first = apply(swapped, step, plan)
    far = apply(swapped, step + length + 60, plan)
    for group, lr in present.items():
        assert first[group] == pytest.approx(lr, rel=1e-14)
        assert far[group] == pytest.approx(lr / 4, rel=1e-12)


@given(st.lists(rates, min_size=2, max_size=4), rates, st.booleans())
def test_groups_keep_their_ratio_unless_told_otherwise(lrs: list[float], value: float, keep: bool) -> None:
    plan = dict(zip("abcd", lrs, strict=False))
    held = apply(put((), Hold(value), 3, plan, keep_ratio=keep), 3, plan)
    assert held["a"] == value
    for group, lr in held.items():
        wanted = value * plan[group] / plan["a"] if keep else value
        assert lr == pytest.approx(wanted, rel=1e-14)


@given(plans, actions, steps, lengths)
def test_an_end_is_kept_and_until_step_is_the_same_as_for_steps(
    plan: dict[str, float], action: Action, step: int, length: int
) -> None:
    counted = put((), action, step, plan, for_steps=length)
    until = put((), action, step, plan, until_step=step + length)
    for at in (step, step + length - 1, step + length, step + length + 5):
        now = apply(expire(counted, at).stack, at, plan)
        assert now == apply(expire(until, at).stack, at, plan)
        if at >= step + length:
            assert now == plan


@given(plans, st.lists(actions, max_size=3), actions, steps, st.booleans())
def test_what_the_limits_let_pass_keeps_them(
    plan: dict[str, float], beneath: list[Action], action: Action, step: int, confirmed: bool
) -> None:
    limits = Limits(kinds=("hold", "scale", "ramp", "release", "freeze"), max_ratio=5.0, max_change=2.0)
    ceiling = 5.0 * max(plan.values())
    stack = stacked(beneath, step, plan)
    command = Command(id="new", action=action, confirmed=confirmed)
    refusal = check_request(
        command, limits, step=step, groups=tuple(plan), active=len(stack), ceiling=ceiling
    )
    assume(refusal is None)
    tried = check_effect(command, limits, stack=stack, step=step, planned=plan, ceiling=ceiling)
    if isinstance(tried, Refusal):
        assert tried.code in {"above_ceiling", "above_ratio", "unconfirmed_change", "no_ratio", "no_log_ramp"}
        return
    if isinstance(action, Release | Freeze):
        return
    present = apply(stack, step, plan)
    over = action.over if isinstance(action, Ramp) else 0
    for age in {0, over // 2, over}:
        now = apply(tried.stack, step + age, plan)
        for group, lr in now.items():
            assert math.isfinite(lr)
            assert 0.0 <= lr <= min(ceiling, 5.0 * plan[group]) * (1 + 1e-12)
    if not confirmed:
        now = apply(tried.stack, step + over, plan)
        assert all(present[g] == 0.0 or 0.499 <= now[g] / present[g] <= 2.001 for g in plan)
