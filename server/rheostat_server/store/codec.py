"""Columns to bytes and back, exactly: differences, byte planes, deflate. Pure.

A packed column starts with one byte that says how the rest was written, so that later ways (zstandard, say)
can be added without touching what is on disk.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from enum import IntEnum

import numpy as np
import numpy.typing as npt

__all__ = [
    "FAST",
    "SMALL",
    "CodecError",
    "pack_floats",
    "pack_ints",
    "pack_times",
    "plain",
    "plain_times",
    "unpack_floats",
    "unpack_ints",
    "unpack_times",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

FAST = 1
"""Deflate for a flush on its way in: two to three times faster than `SMALL`, a few percent larger."""
SMALL = 6
"""Deflate for what stays."""
_RAW_DEFLATE = -15
_MS_RANGE = 1e11


class CodecError(Exception):
    """Bytes that no packing of this module wrote."""


class _How(IntEnum):
    PLANES = 0
    DEFLATED = 1
    MILLISECONDS = 2
    EXACT = 3
    PLAIN = 4
    SAME = 5  # one value for all; read where it was written before version 22
    FOLLOWING = 6  # each one more than the one before; likewise


_PLAIN, _SAME, _FOLLOWING = (bytes((how,)) for how in (_How.PLAIN, _How.SAME, _How.FOLLOWING))
_UNDEFLATED = (_PLAIN, _SAME, _FOLLOWING)
_EXACT_PLAIN = bytes((_How.EXACT, _How.PLAIN))


def plain(words: bytes) -> bytes:
    """Little-endian float64 or int64 as `unpack_floats` and `unpack_ints` read them, bit for bit."""
    return _PLAIN + words


def plain_times(times: Sequence[float]) -> bytes:
    """A few Unix times as `unpack_times` reads them, to the millisecond as `pack_times` writes them."""
    sane = max(map(abs, times)) < _MS_RANGE
    kept = [round(time * 1000.0) / 1000.0 for time in times] if sane else times
    return _EXACT_PLAIN + struct.pack(f"<{len(kept)}d", *kept)


def pack_floats(values: Floats, effort: int = FAST) -> bytes:
    """Write float64 of shape (n,) bit for bit: each xor the one before, split into byte planes."""
    bits = np.ascontiguousarray(values, dtype="<f8").view("<u8")
    mixed = bits.copy()
    mixed[1:] ^= bits[:-1]
    return _pack_words(mixed, effort)


def unpack_floats(packed: bytes, count: int) -> Floats:
    """Read ``count`` float64 written by `pack_floats`.

    Raises:
        CodecError: the bytes are damaged or of another length.
    """
    if packed[:1] in _UNDEFLATED:
        return _plain(packed, count).view("<f8")
    return np.bitwise_xor.accumulate(_unpack_words(packed, count)).view("<f8")


def pack_ints(values: Ints, effort: int = FAST) -> bytes:
    """Write int64 of shape (n,): differences of differences, so an even stride costs next to nothing."""
    words = np.ascontiguousarray(values, dtype="<i8").view("<u8")
    second = _differences(_differences(words)).view("<i8")
    zigzag = (second << 1) ^ (second >> 63)
    return _pack_words(zigzag.view("<u8"), effort)


def unpack_ints(packed: bytes, count: int) -> Ints:
    """Read ``count`` int64 written by `pack_ints`. Raises as `unpack_floats`."""
    if packed[:1] in _UNDEFLATED:
        return _plain(packed, count).view("<i8")
    words = _unpack_words(packed, count)
    second = (words >> np.uint64(1)) ^ (np.uint64(0) - (words & np.uint64(1)))
    total = np.cumsum(np.cumsum(second, dtype=np.uint64), dtype=np.uint64)
    return total.view("<i8")


def pack_times(times: Floats, effort: int = FAST) -> bytes:
    """Write Unix seconds to the millisecond; times beyond any calendar are kept exactly instead."""
    if np.count_nonzero(np.abs(times) < _MS_RANGE) == len(times):
        return bytes((_How.MILLISECONDS,)) + pack_ints(np.rint(times * 1000.0).astype(np.int64), effort)
    return bytes((_How.EXACT,)) + pack_floats(times, effort)


def unpack_times(packed: bytes, count: int) -> Floats:
    """Read ``count`` times written by `pack_times`. Raises as `unpack_floats`."""
    if packed[:1] == bytes((_How.EXACT,)):
        return unpack_floats(packed[1:], count)
    if packed[:1] == bytes((_How.MILLISECONDS,)):
        return unpack_ints(packed[1:], count) / 1000.0
    raise CodecError("times start with an unknown byte")


def _differences(words: Words) -> Words:
    result = words.copy()
    result[1:] -= words[:-1]
    return result


def _pack_words(words: Words, effort: int) -> bytes:
    planes = words.view(np.uint8).reshape(-1, 8).T.tobytes()
    squeezed = zlib.compress(planes, effort, _RAW_DEFLATE)
    if len(squeezed) < len(planes):
        return bytes((_How.DEFLATED,)) + squeezed
    return bytes((_How.PLANES,)) + planes


def _unpack_words(packed: bytes, count: int) -> Words:
    planes = _planes(packed, 8 * count)
    if len(planes) != 8 * count:
        raise CodecError(f"expected {8 * count} bytes, but got {len(planes)}")
    return (
        np.ascontiguousarray(np.frombuffer(planes, np.uint8).reshape(8, count).T).view("<u8").reshape(count)
    )


def _plain(packed: bytes, count: int) -> Words:
    """The words of a column that was not deflated; one may stand for all."""
    kept = count if packed[:1] == _PLAIN else 1
    if len(packed) != 1 + 8 * kept:
        raise CodecError(f"expected {8 * kept} bytes, but got {len(packed) - 1}")
    words = np.frombuffer(packed, "<u8", offset=1)
    if packed[:1] == _FOLLOWING:
        return words + np.arange(count, dtype=np.uint64)
    return words if kept == count else np.repeat(words, count)


def _planes(packed: bytes, size: int) -> bytes:
    if packed[:1] == bytes((_How.PLANES,)):
        return packed[1:]
    if packed[:1] != bytes((_How.DEFLATED,)):
        raise CodecError("a column starts with an unknown byte")
    try:
        # One byte more than expected is enough to see that there is too much, and bounds a bomb.
        return zlib.decompressobj(_RAW_DEFLATE).decompress(packed[1:], size + 1)
    except zlib.error as error:
        raise CodecError(f"a column is damaged: {error}") from None
