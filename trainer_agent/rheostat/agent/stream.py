"""A stream: things of one sort on their way to the server, numbered, and kept until it has said to have them.

No I/O and no clock: every time is a monotonic one in seconds, passed in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

__all__ = ["Stream"]

KEPT_S = 60.0
"""How long what was acked is kept, should the server's data go back in time."""

T = TypeVar("T")


class _Numbered(NamedTuple, Generic[T]):
    seq: int
    item: T
    size: int


class Stream(Generic[T]):
    """Things get the numbers 1, 2, 3 and so on when first sent, in the order they came.

    Of what has no number yet the oldest is lost where more than ``max_size`` waits, in whatever unit the
    sizes are. ``kept_size`` bounds what is kept after its ack. With ``recovers`` the server may have more
    than was sent: an earlier process has numbered the same things, beginning with ``first``.

    ``behind`` is the lowest number that can be added again by whoever adds (None: none can). Then nothing is
    kept here after its ack; where a server asks for such a number, ``added`` falls back to the one before.
    ``settled`` is called with each thing acked.
    """

    def __init__(self, max_size: int, kept_size: int, *, first: int = 1, recovers: bool = False) -> None:
        self.acked = first - 1
        self.size = 0
        self.missing = 0
        self.behind: int | None = None
        self.settled: Callable[[T], None] = lambda _: None
        self._max_size = max_size
        self._kept_limit = kept_size
        self._recovers = recovers
        self._seq = self._sent_to = first - 1
        self._pending: deque[tuple[T, int]] = deque()
        self._sent: deque[_Numbered[T]] = deque()
        self._kept: deque[tuple[float, _Numbered[T]]] = deque()
        self._kept_size = 0

    @property
    def last(self) -> int:
        """The highest number given."""
        return self._seq

    @property
    def oldest(self) -> int:
        """The lowest number that can still be sent; what the server lacks below it is gone for good."""
        here = self._kept[0][1].seq if self._kept else self.acked + 1
        return here if self.behind is None else min(here, self.behind)

    @property
    def added(self) -> int:
        """The number that the newest thing has, or will get."""
        return self._seq + len(self._pending)

    @property
    def all_sent(self) -> bool:
        """Whether nothing waits to be sent on this connection."""
        return not self._pending and self._sent_to == self._seq

    @property
    def drained(self) -> bool:
        """Whether the server has said to have everything."""
        return not (self._sent or self._pending)

    @property
    def awaits(self) -> bool:
        """Whether something has been sent that was not acked."""
        return bool(self._sent)

    def add(self, item: T, size: int = 1) -> list[T]:
        """Take over ``item``; returns what had to be given up for it."""
        if self.missing:
            self.missing -= 1
            return []
        self._pending.append((item, size))
        self.size += size
        lost: list[T] = []
        while self.size > self._max_size and len(self._pending) > 1:
            gone, freed = self._pending.popleft()
            self.size -= freed
            lost.append(gone)
        return lost

    def due(self, frames: int, size: int) -> list[tuple[int, T]]:
        """What to send now, with its number, so that about ``frames`` things or ``size`` await their ack."""
        room = size - sum(n.size for n in self._sent)
        while self._pending and len(self._sent) < frames and room > 0:
            item, cost = self._pending.popleft()
            self._seq += 1
            self._sent.append(_Numbered(self._seq, item, cost))
            room -= cost
        fresh = [(n.seq, n.item) for n in self._sent if n.seq > self._sent_to]
        if fresh:
            self._sent_to = fresh[-1][0]
        return fresh

    def ack(self, seq: int, now: float) -> bool:
        """The server has everything up to ``seq``; whether that is news. Nothing unsent can be acked."""
        if not self.acked < seq <= self._sent_to:
            return False
        self.acked = seq
        self._settle(now)
        return True

    def resume(self, acked: int, now: float) -> str:
        """On a new connection the server has everything up to ``acked``; why that cannot be, or ""."""
        if acked > self._seq:
            if not self._recovers:
                return "the server has more than was ever sent"
            self._pass_over(acked)
        elif acked < self.oldest - 1:
            return f"the server asks for number {acked + 1}, which is gone"
        elif acked < self.acked and self.behind is not None:
            self._fall_back(acked)
        elif acked < self.acked:
            self._take_back(acked)
        self.acked = self._sent_to = acked
        self._settle(now)
        return ""

    def skip(self, seq: int) -> None:
        """Nothing is under way, and up to ``seq`` nothing more will be: the next connection tells so."""
        self.acked = self._seq = self._sent_to = seq

    def _pass_over(self, acked: int) -> None:
        """The first things to be added, or added already, have been stored before."""
        self.missing = acked - self._seq
        while self.missing and self._pending:
            self.size -= self._pending.popleft()[1]
            self.missing -= 1
        self._seq = acked

    def _fall_back(self, acked: int) -> None:
        """The server has lost what it had acked: all from there on is to be added again."""
        self._sent.clear()
        self._pending.clear()
        self.size = 0
        self._seq = acked

    def _take_back(self, acked: int) -> None:
        """The server has lost what it had acked: send it again."""
        back = [n for _, n in self._kept if n.seq > acked]
        self._kept = deque((t, n) for t, n in self._kept if n.seq <= acked)
        self._kept_size = sum(n.size for _, n in self._kept)
        self._sent.extendleft(reversed(back))
        self.size += sum(n.size for n in back)

    def _settle(self, now: float) -> None:
        while self._sent and self._sent[0].seq <= self.acked:
            numbered = self._sent.popleft()
            self.size -= numbered.size
            self.settled(numbered.item)
            if self.behind is None:
                self._kept.append((now, numbered))
                self._kept_size += numbered.size
        while self._kept and (now - self._kept[0][0] > KEPT_S or self._kept_size > self._kept_limit):
            self._kept_size -= self._kept.popleft()[1].size
