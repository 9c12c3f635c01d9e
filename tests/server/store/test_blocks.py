"""Any stretch of a packed column comes back bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheostat_server.store import codec
from rheostat_server.store.blocks import BLOCK, pack_blocks, unpack_blocks

COUNTS = st.sampled_from([1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 7])


@given(COUNTS, st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_a_stretch_keeps_every_bit(count: int, one: float, other: float, blocks: bool) -> None:
    values = np.random.default_rng(count).integers(0, 1 << 63, count).view(np.float64)
    packed = pack_blocks(values, codec.FAST) if blocks else codec.pack_floats(values)
    start, stop = sorted((round(one * count), round(other * count)))
    assert unpack_blocks(packed, count, start, stop).tobytes() == values[start:stop].tobytes()
    assert unpack_blocks(packed, count).tobytes() == values.tobytes()


def test_a_stretch_is_read_without_the_other_blocks() -> None:
    count = 3 * BLOCK
    packed = bytearray(pack_blocks(np.random.default_rng(1).normal(size=count), codec.SMALL))
    packed[-100:] = bytes(100)
    unpack_blocks(bytes(packed), count, 0, 2 * BLOCK)
    with pytest.raises(codec.CodecError):
        unpack_blocks(bytes(packed), count)


@pytest.mark.parametrize("damaged", [b"", b"\xb1", b"\xb1\x01\0\0\0", b"\x63abc"])
def test_damage_is_an_error(damaged: bytes) -> None:
    with pytest.raises(codec.CodecError):
        unpack_blocks(damaged, BLOCK + 1)
