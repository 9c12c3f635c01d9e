"""Live updates between servers: published only where a viewer of another server wants them.

Each server tells all others, once a second and whenever it changes, which runs its viewers watch. The
database is the truth and the bus a short cut: each message names the cursor it follows, and what does not
follow is read from the database instead, as is what `behind` finds missing when the bus says nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import msgspec

from rheostat_server.bus import Bus, BusError, Subscription, subject

__all__ = ["Alarm", "Change", "Interest", "Noted", "Points", "Relay", "Rewound", "Shown"]

T = TypeVar("T")
log = logging.getLogger("rheostat.bus")

_INTEREST = subject("interest")
_ALARM = subject("alarm")
_WANTED_S = 5.0
"""Interest that was not repeated for so long is over."""
_REPEAT_S = 1.0
_QUEUE = 10_000


class Interest(msgspec.Struct, frozen=True, tag="interest"):
    """All runs that viewers of the server ``sender`` watch."""

    sender: str
    runs: tuple[str, ...]


class Points(msgspec.Struct, frozen=True, tag="points"):
    """The message for viewers (JSON) that leads from the cursor ``after`` to ``cursor``."""

    sender: str
    run: str
    after: int
    cursor: int
    data: bytes


class Rewound(msgspec.Struct, frozen=True, tag="rewound"):
    """Rows before ``cursor`` were replaced: viewers must fetch the series again."""

    sender: str
    run: str
    cursor: int


class Noted(msgspec.Struct, frozen=True, tag="noted"):
    """A command changed its state; ``record`` is a CommandRecord as JSON."""

    sender: str
    run: str
    record: bytes


class Shown(msgspec.Struct, frozen=True, tag="shown"):
    """A message (JSON) for those who watch the run, in place of any other that waits under ``key``."""

    sender: str
    run: str
    key: str
    data: bytes


class Alarm(msgspec.Struct, frozen=True, tag="alarm"):
    """A message (JSON) about an alert, for everybody who may see the run, watching or not."""

    sender: str
    run: str
    project: str | None
    alert: int
    data: bytes


Change = Points | Rewound | Noted | Shown | Alarm
_encode = msgspec.msgpack.Encoder().encode
_change: msgspec.msgpack.Decoder[Change] = msgspec.msgpack.Decoder(Change)
_interest = msgspec.msgpack.Decoder(Interest)


class Relay:
    """One server's end. ``hear`` takes changes in order; ``fill`` reads a run on from a cursor.

    ``fill`` gives the cursor it has served its viewers to.
    """

    def __init__(
        self,
        me: str,
        hear: Callable[[Change], None],
        fill: Callable[[str, int], Awaitable[int]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.me = me
        self._hear = hear
        self._fill = fill
        self._clock = clock
        self._bus: Bus | None = None
        self._wanted: dict[str, dict[str, float]] = {}
        self._watched: dict[str, Subscription | None] = {}
        self._reached: dict[str, int] = {}
        self._filling: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._out: deque[tuple[str, bytes]] = deque(maxlen=_QUEUE)
        self._wake = asyncio.Event()
        self.published = 0

    async def run(self, bus: Bus) -> None:
        """Relay over ``bus`` until cancelled."""
        self._bus = bus
        await bus.subscribe(_INTEREST, self._on_interest)
        await bus.subscribe(_ALARM, self._on_change)
        for run in list(self._watched):
            await self._subscribe(run)
        repeat = asyncio.create_task(self._repeat())
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._out:
                    await bus.publish(*self._out.popleft())
                    self.published += 1
        finally:
            repeat.cancel()

    def wants(self, run: str) -> bool:
        """Whether a viewer of another server watches ``run``."""
        wanting = self._wanted.get(run)
        if not wanting:
            return False
        now = self._clock()
        if any(until > now for until in wanting.values()):
            return True
        del self._wanted[run]
        return False

    def publish(self, change: Change) -> None:
        """Tell the servers whose viewers watch the run, if there are any; of an alert, all servers."""
        if self._bus is None:
            return
        if isinstance(change, Alarm):
            self._post(_ALARM, _encode(change))
        elif self.wants(change.run):
            self._post(subject("live", change.run), _encode(change))

    async def watch(self, run: str) -> None:
        """A viewer here watches ``run`` from now on. What is committed after this returns is not missed."""
        if run in self._watched:
            return
        self._watched[run] = None
        if self._bus is not None:
            await self._subscribe(run)
            self._announce()

    async def unwatch(self, run: str) -> None:
        """Nobody here watches ``run`` any more."""
        subscription = self._watched.pop(run, None)
        self._reached.pop(run, None)
        if subscription is not None:
            await subscription.end()

    @property
    def watched(self) -> list[str]:
        """The runs that viewers here watch."""
        return list(self._watched)

    def begin(self, run: str, cursor: int) -> None:
        """The first viewer here has been served ``run`` up to ``cursor``."""
        if run in self._watched:
            self._reached.setdefault(run, cursor)

    def behind(self, stands: Iterable[tuple[str, int]]) -> None:
        """Compare with the cursors of the database, and read what the bus did not bring."""
        for run, cursor in stands:
            if run in self._watched and self._reached.get(run, cursor) < cursor:
                self._read(run)

    def close(self) -> None:
        """Stop reading."""
        for task in self._tasks:
            task.cancel()

    async def _subscribe(self, run: str) -> None:
        assert self._bus is not None
        try:
            found = await self._bus.subscribe(subject("live", run), self._on_change)
        except BusError as error:
            log.warning("run %s is read from the database alone: %s", run, error)
            return
        if run in self._watched:
            self._watched[run] = found
        else:
            await found.end()

    async def _repeat(self) -> None:
        while True:
            self._announce()
            await asyncio.sleep(_REPEAT_S)

    def _announce(self) -> None:
        if self._watched:
            self._post(_INTEREST, _encode(Interest(self.me, tuple(self._watched))))

    def _post(self, to: str, data: bytes) -> None:
        self._out.append((to, data))
        self._wake.set()

    def _on_interest(self, data: bytes) -> None:
        interest = _interest.decode(data)
        if interest.sender == self.me:
            return
        until = self._clock() + _WANTED_S
        for run in interest.runs:
            self._wanted.setdefault(run, {})[interest.sender] = until

    def _on_change(self, data: bytes) -> None:
        change = _change.decode(data)
        if change.sender == self.me:
            return
        if isinstance(change, Noted | Shown | Alarm):
            self._hear(change)
            return
        reached = self._reached.get(change.run)
        if reached is not None and change.cursor <= reached:
            return
        if isinstance(change, Points) and reached is not None and change.after > reached:
            self._read(change.run)
            return
        self._reached[change.run] = change.cursor
        self._hear(change)

    def _read(self, run: str) -> None:
        if run in self._filling:
            return
        self._filling.add(run)
        task = asyncio.create_task(self._fill_in(run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fill_in(self, run: str) -> None:
        try:
            reached = await self._fill(run, self._reached.get(run, 0))
            if run in self._watched:
                self._reached[run] = max(reached, self._reached.get(run, 0))
        except Exception as error:
            # The next look at the database brings another try.
            log.warning("run %s was not filled in: %s", run, error)
        finally:
            self._filling.discard(run)
