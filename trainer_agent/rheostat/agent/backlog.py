"""A backlog: what lies on disk, numbered, and waits for its turn in a stream to the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic

from rheostat.agent.spool import Message, Spool
from rheostat.agent.stream import Stream

__all__ = ["Backlog"]


class Backlog(Generic[Message]):
    """Hands over to ``stream``, by ``add``, what ``spool`` has, in order, while ``room`` lasts.

    The disk is the queue; the stream holds no more than is under way soon.
    """

    def __init__(
        self,
        spool: Spool[Message],
        stream: Stream[Any],
        add: Callable[[Message], None],
        room: int,
    ) -> None:
        self._spool: Spool[Message] = spool
        self._stream = stream
        self._add: Callable[[Message], None] = add
        self._room = room
        self._reading: Iterator[Message] = iter(())
        self._next = 0

    @property
    def handed(self) -> bool:
        """Whether all that is on disk has been handed over."""
        return self._stream.added >= self._spool.last

    def offer(self, message: Message) -> None:
        """Hand over what was appended a moment ago, if it is its turn: it need not be read again."""
        if message.seq == self._stream.added + 1 and self._stream.size < self._room:
            self._add(message)

    def catch_up(self) -> None:
        """Hand over what waits, as far as there is room; let go of what was acked."""
        stream = self._stream
        while stream.added < self._spool.last and stream.size < self._room:
            anew = self._next != stream.added + 1
            if anew:
                self._next = stream.added + 1
                self._reading = self._spool.after(stream.added)
            message = next(self._reading, None)
            if message is None and not anew:
                self._next = 0  # it ended at a file that was the last one when it began
                continue
            if message is None or message.seq != self._next:
                # It is gone from the disk. That can be told only when nothing before it is under way.
                self._next = 0
                if stream.drained:
                    stream.skip(self._spool.last if message is None else message.seq - 1)
                return
            self._next += 1
            self._add(message)
        self._spool.drop(stream.acked)
        stream.behind = self._spool.first
