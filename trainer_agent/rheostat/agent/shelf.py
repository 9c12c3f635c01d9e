"""The shelf: segments that are not being written to, full ones that wait and empty ones for use again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence

from rheostat.agent.ring import SPARE, Ring, Segment

__all__ = ["Shelf"]

MAX_BYTES = 8 << 20
MAX_FILE_BYTES = 256 << 20
"""How much may wait to be taken out: in memory alone, and where there are files, which need none."""
AWAKE = 2
"""So many full segments stay in memory; when more wait, these come back from their files in their turn."""
SPARES = 32
"""How many empty segment files are kept for use again: as many as may be filled between two looks."""


class Shelf:
    """Makes segments, in files of ``ring`` if there is one, and keeps them while they are not written to."""

    def __init__(self) -> None:
        self.ring: Ring | None = None
        self._full: deque[Segment] = deque()
        self._bytes = 0
        self._spares: deque[Segment] = deque()

    def __len__(self) -> int:
        """How many full segments wait."""
        return len(self._full)

    def __iter__(self) -> Iterator[Segment]:
        """The full segments, oldest first."""
        return iter(tuple(self._full))

    @property
    def oldest(self) -> Segment | None:
        """The full segment whose turn it is."""
        return self._full[0] if self._full else None

    def make(self, groups: tuple[str, ...], metrics: Sequence[str], spare: int = SPARE) -> Segment:
        """A new segment."""
        return Segment(groups, metrics, spare, self.ring)

    def fresh(self, groups: tuple[str, ...], metrics: Sequence[str]) -> Segment:
        """An empty segment of this layout: one that was made ready if there is any."""
        if self._spares:
            segment = self._spares.popleft()
            if segment.groups == groups and segment.metrics == metrics:
                return segment
            segment.discard()
            self.drop_spares()
        return self.make(groups, metrics)

    def put(self, segment: Segment, lost: Callable[[Segment], None]) -> None:
        """Keep a full segment, out of memory if many wait; ``lost`` is told what there is no room for."""
        self._full.append(segment)
        self._bytes += segment.table.nbytes
        if len(self._full) > AWAKE:
            segment.rest()
        while self._bytes > (MAX_BYTES if self._full[0].file is None else MAX_FILE_BYTES):
            gone = self.pop()
            lost(gone)
            gone.discard()

    def pop(self) -> Segment:
        """Take the oldest full segment off."""
        segment = self._full.popleft()
        self._bytes -= segment.table.nbytes
        return segment

    def prepare(self, current: Segment) -> None:
        """Have the segment after ``current`` ready before training needs it."""
        if not self._spares:
            self._spares.append(self.make(current.groups, current.metrics))

    def retire(self, segment: Segment, current: Segment) -> None:
        """All of ``segment`` is safe elsewhere: keep it to follow ``current`` if it fits, or let it go."""
        room = 1 if segment.file is None else SPARES
        alike = (segment.groups, segment.width) == (current.groups, current.width)
        if alike and len(self._spares) < room:
            segment.begin_again(current.metrics)
            if self._spares:
                segment.rest()
            self._spares.append(segment)
        else:
            segment.discard()

    def drop_spares(self) -> None:
        """No segment of the layout they have will be wanted again."""
        while self._spares:
            self._spares.popleft().discard()
