"""Many small chunks into few large ones: which to take together, and how they become one. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from rheostat_server.store import codec
from rheostat_server.store.blocks import pack_blocks
from rheostat_server.store.chunk import ColumnHead, Header, Packed, extremes, write_header
from rheostat_server.store.join import Loaded, join
from rheostat_server.store.pyramid import digests, pack_strange

__all__ = ["COMPACTED", "FRESH", "FULL", "FULL_STEPS", "Listed", "Merged", "choose", "merge"]

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]

FRESH, COMPACTED, FULL = range(3)
"""States of a chunk: as flushed, merged but to be merged again, merged for good."""
FULL_STEPS = 16_384
_VALUES = 1 << 20
"""Values of a full chunk at most: with many series it holds fewer steps."""
_MANY = 128
"""So many flushes are taken together even if they do not fill a chunk."""
_KEEP = 16
"""The newest chunks of a run stay as they are: viewers come back to them by their ids."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A chunk as choosing sees it."""

    id: int
    attempt: int
    writer: str
    seq: int
    first: int
    last: int
    count: int
    state: int


@dataclass(frozen=True, slots=True)
class Merged:
    """A chunk to write: its row, its state, and its pieces as (slot, level, bytes)."""

    packed: Packed
    state: int
    pieces: tuple[tuple[int, int, bytes], ...]


def choose(listed: Sequence[Listed], ended: Collection[int] = ()) -> list[Sequence[Listed]]:
    """Which chunks to merge, ``listed`` in the order written; of attempts that have ``ended``, all.

    Only neighbours of one writer whose steps ascend are taken together, so that what a rewind hides stays
    hidden, and nothing else.
    """
    chosen = []
    kept = 0 if not listed or listed[-1].attempt in ended else _KEEP
    for group in _groups(listed[: max(0, len(listed) - kept)]):
        fresh = sum(chunk.state == FRESH for chunk in group)
        if sum(chunk.count for chunk in group) >= FULL_STEPS or (fresh and group[0].attempt in ended):
            chosen.append(group)
        elif fresh >= _MANY:
            chosen.append(_tail(group))
    return chosen


def merge(chunks: Sequence[Loaded]) -> list[Merged]:
    """The same rows in full chunks, the last of which may be shorter."""
    rows = join(chunks)
    size = min(FULL_STEPS, max(256, _VALUES // max(1, len(rows.series))))
    return [
        _pack(
            rows.steps[at : at + size],
            rows.times[at : at + size],
            rows.series,
            FULL if at + size <= len(rows.steps) else COMPACTED,
        )
        for at in range(0, len(rows.steps), size)
    ]


def _groups(listed: Sequence[Listed]) -> Iterator[Sequence[Listed]]:
    start = 0
    cuts = [at for at, (one, two) in enumerate(pairwise(listed), 1) if not _neighbours(one, two)]
    for cut in [*cuts, len(listed)]:
        if start < cut and listed[start].state != FULL:
            yield listed[start:cut]
        start = cut


def _neighbours(one: Listed, two: Listed) -> bool:
    same = (one.attempt, one.writer) == (two.attempt, two.writer)
    return same and FULL not in (one.state, two.state) and one.last < two.first


def _tail(group: Sequence[Listed]) -> Sequence[Listed]:
    """The flushes at the end, and what is before them as long as it is no larger: each row is rewritten
    about log2 times, however slowly it grows.
    """
    start = next(at for at, chunk in enumerate(group) if chunk.state == FRESH)
    total = sum(chunk.count for chunk in group[start:])
    while start and group[start - 1].count <= total:
        start -= 1
        total += group[start].count
    return group[start:]


def _pack(steps: Steps, times: Floats, series: Mapping[str, tuple[Steps, Floats]], state: int) -> Merged:
    first, last = int(steps[0]), int(steps[-1])
    packed_steps = codec.pack_ints(steps, codec.SMALL)
    packed_times = codec.pack_times(times, codec.SMALL)
    heads: list[ColumnHead] = []
    pieces: list[tuple[int, int, bytes]] = []
    seen: dict[tuple[bytes, bytes], ColumnHead] = {}
    for name, (every, all_values) in series.items():
        start, stop = np.searchsorted(every, (first, last + 1)).tolist()
        x, y = every[start:stop], all_values[start:stop]
        if not len(x):
            continue
        key = (x.tobytes(), y.tobytes())
        if key in seen:
            heads.append(ColumnHead(name, *_fields(seen[key])))
            continue
        head, own = _column(name, len(seen), x, y, steps)
        pieces += own
        seen[key] = head
        heads.append(head)
    header = Header(len(packed_steps), len(packed_times), tuple(heads), True)
    packed = Packed(
        first,
        last,
        len(steps),
        float(times[0]),
        float(times[-1]),
        write_header(header),
        packed_steps + packed_times,
    )
    return Merged(packed, state, tuple(pieces))


def _fields(head: ColumnHead) -> tuple[int, int, int, int, float, int, float, int, int]:
    low, high = (head.least, head.least_at), (head.greatest, head.greatest_at)
    return head.count, head.offset, head.size, head.rows, *low, *high, head.strange


def _column(
    name: str, slot: int, x: Steps, y: Floats, steps: Steps
) -> tuple[ColumnHead, list[tuple[int, int, bytes]]]:
    packed = pack_blocks(y, codec.SMALL)
    rows = b"" if len(x) == len(steps) else codec.pack_ints(np.searchsorted(steps, x), codec.SMALL)
    head = ColumnHead(name, len(y), slot, len(packed), len(rows), *extremes(x, y))
    pieces = [(slot, 0, packed + rows)]
    if head.strange:
        pieces.append((slot, -1, pack_strange(x, y)))
    levels = digests(x, y, int(steps[0]))
    return head, [*pieces, *((slot, level, blob) for level, blob in enumerate(levels, 1))]
