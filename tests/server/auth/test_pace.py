"""How fast one connection is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheostat_server.auth.pace import Pace


@given(
    st.floats(1, 1000),
    st.floats(1, 1000),
    st.lists(st.floats(0, 0.1), min_size=1, max_size=300),
)
def test_in_no_stretch_of_time_more_than_burst_and_rate_allow(
    rate: float, burst: float, pauses: list[float]
) -> None:
    pace, now, read = Pace(rate, burst), 0.0, []
    for pause in pauses:
        now += pause
        now += pace.wait(now)
        read.append(now)
    for at, first in enumerate(read):
        for count, last in enumerate(read[at:], 1):
            assert count <= burst + rate * (last - first) + 1 + 1e-6


def test_who_keeps_to_the_rate_never_waits() -> None:
    pace = Pace(8.0, 1.0)
    assert [pace.wait(at / 8) for at in range(100)] == [0.0] * 100


def test_a_burst_passes_and_then_the_rate_holds() -> None:
    pace = Pace(10.0, 5.0)
    assert [pace.wait(0.0) for _ in range(5)] == [0.0] * 5
    assert pace.wait(0.0) == 0.1


def test_what_would_have_to_wait_is_not_counted() -> None:
    pace = Pace(10.0, 2.0)
    assert [pace.free(0.0) for _ in range(4)] == [True, True, False, False]
    assert (pace.free(0.05), pace.free(0.11)) == (False, True)
    assert pace.wait(0.15) == pytest.approx(0.05)
