"""Ticks: round, inside their range, about as many as wanted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rheostat.schedule.drawing.ticks import log_ticks, spell_count, spell_lr, ticks


@given(st.floats(-1e9, 1e9), st.floats(1e-9, 1e12), st.integers(1, 12))
def test_ticks_are_few_even_and_inside(low: float, span: float, wanted: int) -> None:
    high = low + span
    if not (high - low) > 1e-9 * max(abs(low), abs(high)):
        return
    found = ticks(low, high, wanted)
    slack = 1e-6 * (high - low) + 1e-11 * max(abs(low), abs(high))
    assert len(found) <= wanted + 1
    assert all(low - slack <= tick <= high + slack for tick in found)
    assert list(found) == sorted(found)


def test_ticks_one_would_write_by_hand() -> None:
    assert ticks(0, 3e-4, 4) == (0.0, 1e-4, 2e-4, 3e-4)
    assert ticks(0, 10_000, 5) == (0, 2000, 4000, 6000, 8000, 10_000)
    assert ticks(5, 5, 3) == (5,)
    assert [round(tick, 12) for tick in log_ticks(1e-7, 10, 5)] == [1e-7, 1e-5, 1e-3, 0.1, 10.0]


def test_numbers_as_people_write_them() -> None:
    assert [spell_count(n) for n in (0, 500, 2000, 1_500_000, 3e9, 1.2e13)] == [
        "0",
        "500",
        "2k",
        "1.5M",
        "3B",
        "12T",
    ]
    assert [spell_lr(v) for v in (3e-4, 0.1, 0.0, 1.23456e-5)] == ["3e-4", "0.1", "0", "1.235e-5"]
