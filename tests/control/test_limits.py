from __future__ import annotations

import math

import pytest

from rheostat.control.command import Action, Command, Hold, Limits, Ramp, Release, Scale, Swap
from rheostat.control.limits import Refusal, check_effect, check_request, within
from rheostat.control.override import Change

PLANNED = {"body": 0.1, "head": 0.4}


def request(action: Action, limits: Limits | None = None, active: int = 0, **envelope: object) -> str | None:
    command = Command(id="c", action=action, **envelope)  # type: ignore[arg-type]
    refusal = check_request(
        command, limits or Limits(), step=100, groups=("body", "head"), active=active, ceiling=4.0
    )
    if refusal is None:
        return None
    assert refusal.message
    return refusal.code


def effect(
    action: Action, limits: Limits | None = None, ceiling: float = 4.0, **envelope: object
) -> str | None:
    command = Command(id="c", action=action, **envelope)  # type: ignore[arg-type]
    result = check_effect(command, limits or Limits(), stack=(), step=100, planned=PLANNED, ceiling=ceiling)
    return result.code if isinstance(result, Refusal) else None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1e-9])
def test_what_is_no_rate_is_refused_everywhere(value: float) -> None:
    assert request(Hold(value)) == "not_a_rate"
    assert request(Scale(value)) == "not_a_rate"
    assert request(Ramp(value, 5)) == "not_a_rate"
    assert request(Ramp(0.1, 5, value)) == "not_a_rate"


def test_an_absurd_rate_is_above_the_ceiling() -> None:
    assert request(Hold(1e9)) == "above_ceiling"
    assert request(Ramp(1e9, 5)) == "above_ceiling"
    assert request(Ramp(0.1, 5, 1e9)) == "above_ceiling"
    assert request(Hold(4.0)) is None


def test_kinds_not_listed_are_refused() -> None:
    assert request(Swap("hold")) == "kind_not_allowed"
    assert request(Hold(0.1), Limits(kinds=("release",))) == "kind_not_allowed"
    assert request(Release(), Limits(kinds=("release",))) is None


def test_groups_must_exist() -> None:
    assert request(Scale(0.5), groups=("haed",)) == "unknown_group"
    assert request(Scale(0.5), groups=()) == "malformed"
    assert request(Scale(0.5), groups=("head", "head")) == "malformed"
    refusal = check_request(
        Command(id="c", action=Scale(0.5), groups=("haed",)),
        Limits(),
        step=0,
        groups=("body", "head"),
        active=0,
        ceiling=1.0,
    )
    assert refusal is not None
    assert "did you mean 'head'" in refusal.message
    none = check_request(Command(id="c", action=Scale(1)), Limits(), step=0, groups=(), active=0, ceiling=1.0)
    assert none is not None
    assert none.code == "no_lr"


def test_steps_must_lie_ahead_and_in_order() -> None:
    assert request(Scale(0.5), at_step=99) == "step_passed"
    assert request(Scale(0.5), at_step=100) is None
    assert request(Scale(0.5), until_step=100) == "ends_before_start"
    assert request(Scale(0.5), until_step=101) is None
    assert request(Scale(0.5), for_steps=0) == "malformed"
    assert request(Scale(0.5), for_steps=5, until_step=200) == "malformed"
    assert request(Ramp(0.1, 0)) == "malformed"
    assert request(Release(-1)) == "malformed"


def test_only_so_many_at_once_but_release_always() -> None:
    assert request(Scale(0.5), active=8) == "too_many_active"
    assert request(Release(), active=8) is None


def test_large_changes_need_confirming_both_ways() -> None:
    assert effect(Scale(3.0)) is None
    assert effect(Scale(3.1)) == "unconfirmed_change"
    assert effect(Scale(1 / 3)) is None
    assert effect(Scale(0.3)) == "unconfirmed_change"
    assert effect(Scale(0.0)) == "unconfirmed_change"
    assert effect(Scale(0.3), confirmed=True) is None
    assert effect(Ramp(0.01, 50)) == "unconfirmed_change"
    assert effect(Ramp(0.1, 50, 0.001)) == "unconfirmed_change"


def test_the_ratio_to_the_plan_is_bounded_even_when_confirmed() -> None:
    assert effect(Scale(10.0), confirmed=True) is None
    assert effect(Scale(10.5), ceiling=math.inf, confirmed=True) == "above_ratio"
    assert effect(Hold(1.5), ceiling=math.inf, confirmed=True) == "above_ratio"


def test_every_group_is_held_to_the_ceiling() -> None:
    assert effect(Scale(2.0), ceiling=0.5) == "above_ceiling"
    assert effect(Scale(2.0), ceiling=0.5, groups=("body",)) is None


def test_release_is_never_refused_for_its_effect() -> None:
    result = check_effect(
        Command(id="r", action=Release()), Limits(), stack=(), step=0, planned=PLANNED, ceiling=0.0
    )
    assert isinstance(result, Change)


def test_within_blames_overrides_only() -> None:
    assert within({"a": 9.0}, {"a": 9.0}, 1.0)
    plan = {"a": 0.5}
    assert within({"a": 1.0}, plan, 1.0)
    assert not within({"a": 1.1}, plan, 1.0)
    assert not within({"a": math.nan}, plan, 1.0)
    assert not within({"a": -0.1}, plan, 1.0)
