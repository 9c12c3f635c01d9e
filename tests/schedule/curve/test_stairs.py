"""Stairs: one number at a time and a whole array are the same to the bit, however many stairs there are."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from rheostat.schedule.curve.curves import Clock
from rheostat.schedule.curve.stairs import Stairs, StairsAt

FACTORS = [0.0, 0.1, 1 / 3, 0.9999, 1.0, 1.5, 10.0]


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("every", [Fraction(1), Fraction(7, 3), Fraction(100)])
@pytest.mark.parametrize("steps", [1, 20, 3000])
def test_even_stairs_have_the_same_bits_in_both(factor: float, every: Fraction, steps: int) -> None:
    stairs = Stairs(0.3, factor, Clock.of(every))
    times = np.arange(steps, dtype=np.float64)
    out = np.empty(steps)
    stairs.fill(times, out)
    assert out.tolist() == [stairs.at(float(t)) for t in times]
    assert out[0] == 0.3


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("count", [1, 5, 32, 33, 200])
def test_stairs_at_given_times_have_the_same_bits_in_both(factor: float, count: int) -> None:
    stairs = StairsAt(0.3, factor, tuple(3.0 * k for k in range(1, count + 1)))
    times = np.arange(3 * count + 5, dtype=np.float64)
    out = np.empty(len(times))
    stairs.fill(times, out)
    assert out.tolist() == [stairs.at(float(t)) for t in times]
    assert out[2] == 0.3
    assert out[3] == 0.3 * factor


def test_no_time_is_no_value() -> None:
    out = np.empty(0)
    Stairs(1.0, 0.5, Clock.of(Fraction(3))).fill(np.empty(0), out)
    StairsAt(1.0, 0.5, (2.0,)).fill(np.empty(0), out)
