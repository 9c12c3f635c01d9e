"""A long packed column in blocks of its values, each to be unpacked by itself. Pure.

A chart wants a few values of a chunk that lies across its border; to unpack all of it would take longer than
everything else that the chart needs of the chunk.
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from rheostat_server.store import codec

__all__ = ["BLOCK", "pack_blocks", "unpack_blocks"]

Floats = npt.NDArray[np.float64]

BLOCK = 4096
"""Values of a block. Smaller ones compress worse: at 4096 by some four percent."""
_MARK = b"\xb1"
"""Before the packed sizes of the blocks, where `codec` has its own marks."""


def pack_blocks(values: Floats, effort: int) -> bytes:
    """Write float64 of shape (n,) bit for bit."""
    if len(values) <= BLOCK:
        return codec.pack_floats(values, effort)
    blocks = [codec.pack_floats(values[at : at + BLOCK], effort) for at in range(0, len(values), BLOCK)]
    return _MARK + struct.pack(f"<{len(blocks)}I", *map(len, blocks)) + b"".join(blocks)


def unpack_blocks(packed: bytes, count: int, start: int = 0, stop: int | None = None) -> Floats:
    """The values [start, stop) of the ``count`` written by `pack_blocks`, or by `codec.pack_floats`.

    Raises:
        CodecError: the bytes are damaged or of another length.
    """
    stop = count if stop is None else stop
    if packed[:1] != _MARK:
        return codec.unpack_floats(packed, count)[start:stop]
    first, end = start // BLOCK, -(-stop // BLOCK)
    at = _offsets(packed, -(-count // BLOCK))
    found = [
        codec.unpack_floats(packed[at[block] : at[block + 1]], min(BLOCK, count - block * BLOCK))
        for block in range(first, end)
    ]
    return np.concatenate([np.empty(0), *found])[start - first * BLOCK : stop - first * BLOCK]


def _offsets(packed: bytes, blocks: int) -> list[int]:
    """Where each block begins, and where the last one ends."""
    begin = 1 + 4 * blocks
    if len(packed) < begin:
        raise codec.CodecError(f"expected the sizes of {blocks} blocks, but the column ends before")
    offsets = np.cumsum([begin, *struct.unpack_from(f"<{blocks}I", packed, 1)]).tolist()
    if offsets[-1] != len(packed):
        raise codec.CodecError(f"expected {offsets[-1]} bytes, but got {len(packed)}")
    return [int(offset) for offset in offsets]
