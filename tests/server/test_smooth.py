"""Smoothing of a whole series equals the page's, value by value."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheostat_server.smooth import smoothed

Floats = npt.NDArray[np.float64]


def one_by_one(x: npt.NDArray[np.int64], y: Floats, weight: float, total: int) -> Floats:
    """`smoothed` of the page's `lib/smooth.ts`, word for word."""
    kept = min(0.99, max(0.0, weight))
    spacing = (int(x[-1]) - int(x[0])) / max(1, max(total, len(x)) - 1) if len(x) and x[-1] > x[0] else 0
    if kept == 0 or spacing == 0:
        return y
    mean = mass = 0.0
    result = []
    for at, value in enumerate(y.tolist()):
        gap = spacing if at == 0 else int(x[at]) - int(x[at - 1])
        stays = kept ** (gap / spacing)
        mean = stays * mean + (1 - stays) * value
        mass = stays * mass + (1 - stays)
        result.append(mean / mass)
    return np.array(result)


@given(
    st.lists(st.tuples(st.integers(1, 50), st.floats(-1e6, 1e6)), max_size=400),
    st.one_of(st.just(0.0), st.floats(1e-6, 0.99)),
    st.integers(0, 2000),
)
def test_equal_to_the_page(points: list[tuple[int, float]], weight: float, total: int) -> None:
    x = np.cumsum([gap for gap, _ in points], dtype=np.int64)
    y = np.array([value for _, value in points], dtype=np.float64)
    found, wanted = smoothed(x, y, weight, total), one_by_one(x, y, weight, total)
    # Where values cancel, the error is one of the values summed.
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9 * float(np.abs(y).max(initial=1.0)))


@pytest.mark.parametrize("weight", [0.01, 0.5, 0.9, 0.99])
def test_long_series_and_wide_gaps(weight: float) -> None:
    rng = np.random.default_rng(4)
    x = np.cumsum(rng.choice([1, 1, 1, 7, 100_000], 20_000))
    y = rng.normal(3.0, 1.0, 20_000)
    assert smoothed(x, y, weight, 20_000) == pytest.approx(one_by_one(x, y, weight, 20_000), rel=1e-10)
