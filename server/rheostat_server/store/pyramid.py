"""The digests of a long column: least and greatest of every stretch of 16, 256 and 4096 steps. Pure.

A stretch lies between two multiples of its size, whatever chunk it is in. Values that are not finite are no
part of it; they are kept as a list of their own.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rheostat_server.series import BASE, LEVELS, first_equal
from rheostat_server.store import codec

__all__ = ["LEVELS", "digests", "pack_strange", "unpack_digest", "unpack_strange"]

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]

_KINDS = np.array([np.nan, np.inf, -np.inf])
_SINGLE = 0x10
"""In the first byte of a digest, beside the bytes of a position: the values are float32."""


def digests(steps: Steps, values: Floats, origin: int) -> list[bytes]:
    """Pack the digest of each level, finest first; positions count from the step ``origin``.

    ``steps`` ascends from ``origin`` on; both arrays have shape (n,).
    """
    finite = np.isfinite(values)
    if not bool(finite.all()):
        steps, values = steps[finite], values[finite]
    packed = []
    for level in range(1, LEVELS + 1):
        steps, values = _extremes(steps, values, BASE**level)
        packed.append(_pack(steps - origin, values))
    return packed


def unpack_digest(packed: bytes, origin: int) -> tuple[Steps, Floats]:
    """The first and the second extreme point of every stretch, shapes (2 m,), steps ascending.

    A stretch whose least is its greatest too has that point twice.
    """
    width, size = packed[0] & ~_SINGLE, 4 if packed[0] & _SINGLE else 8
    count = (len(packed) - 1) // (size + width)
    values = np.frombuffer(packed, f"<f{size}", count, 1)
    offsets = np.frombuffer(packed, f"<u{width}", count, 1 + size * count)
    return offsets.astype(np.int64) + origin, values.astype(np.float64)


def pack_strange(steps: Steps, values: Floats) -> bytes:
    """Pack where ``values`` are not finite, and what they are."""
    at = np.flatnonzero(~np.isfinite(values))
    kinds = np.where(np.isnan(values[at]), 0, np.where(values[at] > 0, 1, 2)).astype(np.uint8)
    return kinds.tobytes() + codec.pack_ints(steps[at])


def unpack_strange(packed: bytes, count: int) -> tuple[Steps, Floats]:
    """Steps and values of ``count`` entries written by `pack_strange`.

    Raises:
        CodecError: the bytes are damaged.
    """
    kinds = np.frombuffer(packed, np.uint8, count)
    return codec.unpack_ints(packed[count:], count), _KINDS[kinds]


def _extremes(steps: Steps, values: Floats, size: int) -> tuple[Steps, Floats]:
    if not len(steps):
        return steps, values
    stretches = steps & -size
    starts = np.flatnonzero(np.concatenate(([True], stretches[1:] != stretches[:-1])))
    sizes = np.diff(np.append(starts, len(steps)))
    least = first_equal(values, np.minimum.reduceat(values, starts), starts, sizes)
    greatest = first_equal(values, np.maximum.reduceat(values, starts), starts, sizes)
    both = np.stack((np.minimum(least, greatest), np.maximum(least, greatest)), axis=1).reshape(-1)
    return steps[both], values[both]


def _pack(offsets: Steps, values: Floats) -> bytes:
    reach = int(offsets[-1]) if len(offsets) else 0
    width = 2 if reach < 1 << 16 else 4 if reach < 1 << 32 else 8
    with np.errstate(over="ignore"):
        singles = values.astype("<f4")
    single = bool((singles == values).all())  # as most losses are; they come back bit for bit
    kept = singles if single else values.astype("<f8")
    return bytes((width | _SINGLE * single,)) + kept.tobytes() + offsets.astype(f"<u{width}").tobytes()
