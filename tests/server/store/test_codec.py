"""Packed columns come back bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rheostat_server.store.codec import (
    SMALL,
    CodecError,
    pack_floats,
    pack_ints,
    pack_times,
    unpack_floats,
    unpack_ints,
    unpack_times,
)

FLOATS = arrays.arrays(np.float64, st.integers(1, 60), elements=st.floats(width=64))
INTS = arrays.arrays(np.int64, st.integers(1, 60))


@given(FLOATS)
def test_floats_keep_every_bit(values: np.ndarray) -> None:
    assert unpack_floats(pack_floats(values), len(values)).tobytes() == values.tobytes()


def test_every_kind_of_nan_survives() -> None:
    bits = np.array([0x7FF8000000000001, 0xFFF0000000000002, 0x8000000000000000], dtype=np.uint64)
    assert (unpack_floats(pack_floats(bits.view(np.float64)), 3).view(np.uint64) == bits).all()


@given(INTS)
def test_ints_keep_every_value(values: np.ndarray) -> None:
    assert (unpack_ints(pack_ints(values), len(values)) == values).all()


@given(arrays.arrays(np.float64, st.integers(1, 60), elements=st.floats(-9e10, 9e10)))
def test_times_keep_the_millisecond(times: np.ndarray) -> None:
    assert np.abs(unpack_times(pack_times(times), len(times)) - times).max() <= 0.00051


@given(arrays.arrays(np.float64, st.integers(1, 20), elements=st.floats(1e11, 1e300)))
def test_times_beyond_any_calendar_are_exact(times: np.ndarray) -> None:
    assert (unpack_times(pack_times(times), len(times)) == times).all()


def test_even_steps_and_a_constant_lr_cost_next_to_nothing() -> None:
    assert len(pack_ints(np.arange(5000, 6000))) < 80
    assert len(pack_floats(np.full(1000, 3e-4))) < 120


def test_what_does_not_shrink_is_kept_plain() -> None:
    noise = np.random.default_rng(1).integers(-(2**62), 2**62, 50).view(np.float64)
    assert len(pack_floats(noise)) == 1 + 8 * 50


@given(st.binary(max_size=60), st.integers(1, 30))
def test_damage_is_an_error_and_nothing_else(packed: bytes, count: int) -> None:
    for unpack in (unpack_floats, unpack_ints, unpack_times):
        try:
            assert len(unpack(packed, count)) == count
        except CodecError:
            continue


def test_a_bomb_is_not_unpacked() -> None:
    bomb = pack_floats(np.zeros(10_000_000), SMALL)
    assert len(bomb) < 100_000
    with pytest.raises(CodecError, match="expected 8 bytes, but got 9"):
        unpack_floats(bomb, 1)
