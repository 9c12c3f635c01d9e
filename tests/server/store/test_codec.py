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

FLOATS = arrays.arrays(np.float64, st.integers(1, 150), elements=st.floats(width=64))
INTS = arrays.arrays(np.int64, st.integers(1, 150))


@given(FLOATS)
def test_floats_keep_every_bit(values: np.ndarray) -> None:
    assert unpack_floats(pack_floats(values), len(values)).tobytes() == values.tobytes()


def test_every_kind_of_nan_survives() -> None:
    bits = np.array([0x7FF8000000000001, 0xFFF0000000000002, 0x8000000000000000], dtype=np.uint64)
    assert (unpack_floats(pack_floats(bits.view(np.float64)), 3).view(np.uint64) == bits).all()


@given(INTS)
def test_ints_keep_every_value(values: np.ndarray) -> None:
    assert (unpack_ints(pack_ints(values), len(values)) == values).all()


@given(arrays.arrays(np.float64, st.integers(1, 150), elements=st.floats(-9e10, 9e10)))
def test_times_keep_the_millisecond(times: np.ndarray) -> None:
    assert np.abs(unpack_times(pack_times(times), len(times)) - times).max() <= 0.00051


@given(arrays.arrays(np.float64, st.integers(1, 150), elements=st.floats(1e11, 1e300)))
def test_times_beyond_any_calendar_are_exact(times: np.ndarray) -> None:
    assert (unpack_times(pack_times(times), len(times)) == times).all()


@given(st.integers(-(2**63), 2**63 - 1), st.integers(1, 150))
def test_steps_that_follow_each_other_keep_every_value(first: int, count: int) -> None:
    with np.errstate(over="ignore"):
        values = np.int64(first) + np.arange(count)
    assert (unpack_ints(pack_ints(values), count) == values).all()


@given(st.floats(width=64), st.integers(1, 150))
def test_one_value_for_all_keeps_every_bit(value: float, count: int) -> None:
    values = np.full(count, value)
    packed = pack_floats(values)
    assert unpack_floats(packed, count).tobytes() == values.tobytes()
    assert len(packed) < 64


def test_what_was_rounded_to_the_millisecond_stays_as_it_is() -> None:
    times = 1_700_000_000 + np.random.default_rng(1).random(40)
    once = unpack_times(pack_times(times), 40)
    assert unpack_times(pack_times(once, SMALL), 40).tobytes() == once.tobytes()


def test_even_steps_and_a_constant_lr_cost_next_to_nothing() -> None:
    assert len(pack_ints(np.arange(5000, 6000))) < 80
    assert len(pack_floats(np.full(1000, 3e-4))) < 120


def test_what_earlier_versions_wrote_is_read() -> None:
    seven = (7).to_bytes(8, "little")
    assert unpack_ints(b"\x06" + seven, 3).tolist() == [7, 8, 9]
    assert unpack_ints(b"\x05" + seven, 3).tolist() == [7, 7, 7]
    assert unpack_floats(b"\x05" + np.array([0.5]).tobytes(), 2).tolist() == [0.5, 0.5]


def test_what_does_not_shrink_is_kept_plain() -> None:
    for count in (50, 100):
        noise = np.random.default_rng(1).integers(-(2**62), 2**62, count).view(np.float64)
        assert len(pack_floats(noise)) == 1 + 8 * count


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
