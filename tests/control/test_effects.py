"""Swaps: another schedule over the plan, bound to what is known of the job."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheostat.control.command import Command, Freeze, Limits, Release, Swap
from rheostat.control.effects import Ground
from rheostat.control.limits import Refusal, check_effect
from rheostat.control.override import Change, OverrideError, Stack, apply, begin
from rheostat.schedule import parse

PLANNED = {"body": 0.1, "head": 0.4}
GROUND = Ground({"body": 0.1, "head": 0.4}, 1000)
TEXT = "linear 0 -> 1x for 100; cosine -> 0"


def swap(text: str, step: int, *, continuous: bool = False, from_here: bool = False) -> Stack:
    command = Command(id="s", action=Swap(text, continuous, from_here))
    return begin((), command, step, PLANNED, GROUND).stack


@given(st.integers(0, 999), st.integers(0, 999))
def test_a_swap_is_the_schedule_at_the_steps_of_the_job(start: int, later: int) -> None:
    stack = swap(TEXT, start)
    at = max(start, later)
    plans = {g: parse(TEXT).bind(base=PLANNED[g], total=1000, group=g) for g in PLANNED}
    assert apply(stack, at, PLANNED) == {g: plan(at) for g, plan in plans.items()}


def test_from_here_the_schedule_begins_at_its_own_step_0() -> None:
    stack = swap("linear 1x -> 0 for 100", 500, from_here=True)
    assert apply(stack, 500, PLANNED) == PLANNED
    assert apply(stack, 550, PLANNED)["body"] == pytest.approx(0.05)


@given(st.integers(1, 999))
def test_a_continuous_swap_begins_exactly_at_the_present_lr(step: int) -> None:
    stack = swap("cosine 1x -> 0.1x", step, continuous=True)
    assert apply(stack, step, PLANNED) == pytest.approx(PLANNED, rel=1e-15)


def test_release_returns_from_a_swap_to_the_plan() -> None:
    stack = swap(TEXT, 10)
    assert begin(stack, Command(id="r", action=Release()), 20, PLANNED).stack == ()


def test_a_swap_covers_what_is_beneath_it_and_survives_a_checkpoint() -> None:
    stack = swap(TEXT, 10)
    change = begin(stack, Command(id="t", action=Swap("hold 0.3x")), 20, PLANNED, GROUND)
    assert [o.id for o in change.stack] == ["t"]
    assert [(e.id, e.code) for e in change.ended] == [("s", "superseded")]
    copied = msgspec.json.decode(msgspec.json.encode(change.stack), type=Stack)
    assert (
        apply(copied, 30, PLANNED)
        == apply(change.stack, 30, PLANNED)
        == {
            "body": pytest.approx(0.03),
            "head": pytest.approx(0.12),
        }
    )


@pytest.mark.parametrize(
    ("text", "continuous", "code", "message"),
    [
        ("cosin -> 0", False, "bad_schedule", "does not fit this job"),
        ("hold for 3 epochs; hold 0.5x", False, "bad_schedule", "epoch"),
        ("linear 0 -> 1x for 100; hold", True, "not_continuous", "is 0 at step 0"),
    ],
)
def test_a_schedule_that_does_not_fit_is_refused(
    text: str, continuous: bool, code: str, message: str
) -> None:
    with pytest.raises(OverrideError, match=message) as refused:
        swap(text, 0, continuous=continuous)
    assert refused.value.code == code


def test_a_schedule_may_not_lead_above_the_ceiling_at_any_later_step() -> None:
    command = Command(id="s", action=Swap("linear 1x -> 20x for 900"), confirmed=True)
    tried = check_effect(command, Limits(), stack=(), step=0, planned=PLANNED, ceiling=4.0, ground=GROUND)
    assert isinstance(tried, Refusal)
    assert tried.code == "above_ceiling"
    assert "up to lr 8" in tried.message


def test_freezing_is_an_lr_of_0_and_needs_no_confirmation() -> None:
    command = Command(id="f", action=Freeze(), groups=("body",))
    tried = check_effect(command, Limits(), stack=(), step=3, planned=PLANNED, ceiling=4.0)
    assert isinstance(tried, Change)
    assert apply(tried.stack, 3, PLANNED) == {"body": 0.0, "head": 0.4}
