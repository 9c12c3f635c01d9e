from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheostat.control.effects import Scaled
from rheostat.control.override import Override, Stack
from rheostat.control.rules import ENOUGH, Rules, Sentry


def override(id: str, start: int) -> Stack:
    return (Override(id=id, groups=("head",), start=start, end=None, effect=Scaled(2.0)),)


def seasoned(rules: Rules, count: int = 200) -> Sentry:
    random = Random(0)
    sentry = Sentry(rules)
    for step in range(count):
        assert sentry.see(step, random.gauss(2.0, 0.1), ()) is None
    return sentry


@pytest.mark.parametrize("value", [math.nan, math.inf, 5.0])
def test_a_value_gone_wrong_soon_after_takes_the_override_back_once(value: float) -> None:
    sentry = seasoned(Rules(within=10))
    stack = override("a", 200)
    assert sentry.see(203, 2.3, stack) is None
    found = sentry.see(209, value, stack)
    assert found is not None
    assert found[0].id == "a"
    assert "at step 209, 9 steps after" in found[1]
    assert sentry.see(209, value, stack) is None


def test_only_the_steps_after_an_override_count_and_only_the_youngest_is_blamed() -> None:
    sentry = seasoned(Rules(within=10))
    assert sentry.see(210, math.nan, override("a", 200)) is None
    assert sentry.see(210, math.nan, ()) is None
    found = sentry.see(215, math.nan, override("a", 206) + override("b", 214))
    assert found is not None
    assert found[0].id == "b"


def test_without_sigmas_or_too_early_a_rise_is_no_spike() -> None:
    assert seasoned(Rules(sigmas=None)).see(201, 1e9, override("a", 200)) is None
    assert seasoned(Rules(), ENOUGH - 1).see(ENOUGH, 1e9, override("a", ENOUGH)) is None


@given(st.lists(st.floats(-100.0, 100.0), min_size=1, max_size=90))
def test_at_first_level_and_spread_are_plain_mean_and_variance(values: list[float]) -> None:
    sentry = Sentry(Rules())
    for step, value in enumerate(values):
        sentry.see(step, value, ())
    assert sentry._mean == pytest.approx(np.mean(values), abs=1e-9)
    assert sentry._variance == pytest.approx(np.var(values), abs=1e-7)
