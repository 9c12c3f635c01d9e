from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.schedule import ConversionError, parse
from rheostat.schedule.convert import fit

TOTAL = 3000

# What was run, and in how many parts it is found again.
CURVES = [
    ("3e-4", 1),
    ("linear 0 -> 1e-3 for 100; linear -> 0", 2),
    ("linear 0 -> 1e-3 for 100; cosine -> 1e-5", 2),
    ("linear 0 -> 1e-3 for 100; cosine -> 1e-5 for 2k; hold", 3),
    ("linear 0 -> 1e-3 for 300; hold for 2k; sqrt -> 1e-4 for 700", 3),
    ("linear 0 -> 1e-3 for 100; hold; poly(2) -> 0 for 1k", 3),
    ("linear 0 -> 1e-3 for 100; 1e-3 for 500; 3e-4 for 500; 1e-4", 4),
    ("expo 1e-5 -> 1e-2 for 500; hold for 500; expo -> 1e-4", 3),
    ("linear 0 -> 1e-3 for 100; rsqrt(400)", 2),
    ("repeat 3 { cosine 1e-3 -> 0 }", 3),
    ("cosine 1e-3 -> 0 for 1k; linear -> 5e-4 for 1k; cosine -> 0 for 1k", 3),
]


@pytest.mark.parametrize(("text", "parts"), CURVES)
@pytest.mark.parametrize("kind", ["float64", "float32"])
def test_a_curve_is_found_again_in_as_few_parts(text: str, parts: int, kind: str) -> None:
    steps = np.arange(TOTAL)
    lrs = parse(text).bind(total=TOTAL)(steps).astype(kind)
    found = fit(steps, lrs)
    assert len(found.schedule.program.parts) == parts, str(found.schedule)
    assert found.error <= 1e-3
    got = found.schedule.bind()(steps)
    assert np.abs(got - lrs).max() == pytest.approx(found.error * lrs.max(), rel=1e-9)


def test_texts_are_plain() -> None:
    steps = np.arange(1000)
    lrs = parse("linear 0 -> 1e-3 for 100; cosine -> 0 for 900").bind()(steps)
    assert str(fit(steps, lrs).schedule) == "linear 0 -> 0.001 for 100; cosine -> 0 for 900"
    assert str(fit(steps, np.full(1000, 3e-4)).schedule) == "hold 0.0003"
    assert str(fit(steps, np.zeros(1000)).schedule) == "hold 0"


def test_a_thinned_record_that_starts_late_is_met_where_it_was_taken() -> None:
    steps = np.arange(500, TOTAL, 10)
    lrs = parse("linear 0 -> 1e-3 for 600; cosine -> 0 for 2400").bind()(steps)
    found = fit(steps, lrs)
    assert found.error <= 1e-3
    assert len(found.schedule.program.parts) <= 4


@given(st.lists(st.floats(0, 1), min_size=1, max_size=25), st.sampled_from([1e-2, 1e-6]))
@settings(deadline=None, max_examples=20)
def test_the_error_is_what_was_allowed_whatever_was_recorded(values: list[float], tolerance: float) -> None:
    found = fit(np.arange(len(values)), values, tolerance=tolerance)
    assert found.error <= 1.01 * tolerance


def test_no_record_is_refused() -> None:
    for steps, lrs in (([0, 0], [1, 1]), ([], []), ([0.5], [1]), ([0, 1], [1]), ([0], [-1]), ([0], [np.nan])):
        with pytest.raises(ValueError, match=r"steps|lrs"):
            fit(steps, lrs)
    with pytest.raises(ConversionError, match="larger tolerance"):
        fit(np.arange(3000), np.random.default_rng(0).random(3000), tolerance=1e-6)
    with pytest.raises(ValueError, match="share of the peak"):
        fit([0, 1], [1.0, 2.0], tolerance=0)
