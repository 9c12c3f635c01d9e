"""Leftovers: bring to a server what earlier attempts left behind, under their own names and numbers."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, groupby
from pathlib import Path

import msgspec
import numpy as np

from rheostat.agent.connection import Conversation, nap, open_connection
from rheostat.agent.discover import Discovery
from rheostat.agent.keeper import Lock
from rheostat.agent.pack import last_flush, step_flushes
from rheostat.agent.ring import load
from rheostat.agent.session import MAX_REPORTS, WINDOW_BYTES, Session
from rheostat.agent.spool import read
from rheostat.wire import Bye, Flush, Hello, Report, decode_from_agent

__all__ = ["Leftover", "NotTaken", "find_leftovers"]

LOOK_S = 0.25
PART_S = 20.0


class NotTaken(Exception):
    """The server did not take it; the message says why. It stays where it is."""


class Leftover:
    """What one attempt left in ``folder``. Ours until `release` or `remove`."""

    def __init__(self, folder: Path, hello: Hello, lock: Lock) -> None:
        self.folder = folder
        self.hello = hello
        self._lock = lock
        self._reached = hello.step

    def flushes(self) -> Iterator[Flush]:
        """All of it, numbered as it was or would have been sent."""
        seq, newest = 0, None
        for newest in read(self.folder, Flush):
            seq = newest.seq
            if newest.planned:
                self._reached = newest.reach[1] + 1
            yield newest
        for flush in self._in_the_ring(newest):
            seq += 1
            yield msgspec.structs.replace(flush, seq=seq)

    def _in_the_ring(self, spooled: Flush | None) -> Iterator[Flush]:
        """What was not taken out any more. The process may have ended while it took a row along to the next
        segment, or between the spool, where ``spooled`` is the newest, and the note of it in the ring.
        """
        sent = set() if spooled is None else set(_keys(spooled))
        used = (left for left in load(self.folder) if left.newest[0] >= 0 or left.ahead)
        segments = chain(used, [None])
        left = next(segments)
        while left is not None:
            following = next(segments)
            if left.newest[0] >= 0:
                self._reached = left.newest[0] + 1
            along = {_key(row) for row in following.rows[:1]} if following is not None else set()
            fresh = [_key(row) not in sent and _key(row) not in along for row in left.rows]
            yield from step_flushes(left.layout, left.rows[np.array(fresh, dtype=np.bool_)])
            if following is None and left.ahead:
                yield last_flush(left.newest[0] + 1, left.newest[1], left.ahead)
            left = following

    def end(self) -> Bye:
        """How the attempt ended, as far as is known. One that was killed got as far as its flushes tell."""
        try:
            return msgspec.json.decode((self.folder / "end").read_bytes(), type=Bye)
        except (OSError, msgspec.DecodeError):
            return Bye(state="crashed", step=self._reached, last_seq=0, message="the process was killed")

    def reports(self) -> list[Report]:
        """What became of the commands, up to a gap if there is one; the newest, if there are very many."""
        found: deque[Report] = deque(maxlen=MAX_REPORTS)
        for told in read(self.folder, Report):
            if found and told.seq != found[-1].seq + 1:
                break
            found.append(told)
        return list(found)

    def stretches(self) -> Iterator[tuple[int, Iterator[Flush]]]:
        """All of it in runs without a gap, each with its first number: damage on disk leaves gaps."""
        numbered = enumerate(self.flushes())
        none = True
        for lag, group in groupby(numbered, key=lambda each: each[1].seq - each[0]):
            first = next(group)
            none = False
            yield first[0] + lag, (flush for _, flush in chain([first], group))
        if none:
            yield 1, iter(())

    async def bring(self, found: Discovery, stop: Callable[[], bool]) -> int:
        """Send all that the server lacks and wait until it has it; returns how many steps that were.

        Raises:
            NotTaken: the server refused, fell silent, or ``stop()`` became true.
            Exception: whatever websockets raises where there is no connecting.
        """
        steps = 0
        reports = self.reports()
        for first, flushes in self.stretches():
            steps += await self._bring(found, first, flushes, reports, stop)
            reports = reports[len(reports) :]
        return steps

    async def _bring(
        self,
        found: Discovery,
        first: int,
        flushes: Iterator[Flush],
        reports: list[Report],
        stop: Callable[[], bool],
    ) -> int:
        session = Session(self.hello.writer, first=first, first_report=reports[0].seq if reports else 1)
        for told in reports:
            session.report(told.report)
        wakened = asyncio.Event()
        conversation = Conversation(await open_connection(found), session, wakened, lambda *_: None)
        steps, more = 0, True
        try:
            await conversation.begin(msgspec.structs.replace(self.hello, clock=time.time(), active=()))
            while more or not session.drained:
                while session.welcomed and more and session.size < WINDOW_BYTES:
                    flush = next(flushes, None)
                    if more := flush is not None:
                        steps += 0 if session.flushes.missing else flush.count
                        session.add(flush)
                await conversation.say(self.hello.step)
                if why := conversation.over or ("the job ended first" if stop() else ""):
                    raise NotTaken(why if session.refused is None else session.refused.message)
                if not session.drained or not session.welcomed:
                    await nap(wakened, LOOK_S)
            if session.flushes.missing:
                raise NotTaken("the server has more of this attempt than there ever was")
            await self._part(conversation, wakened)
        finally:
            await conversation.end()
        return steps

    async def _part(self, conversation: Conversation, wakened: asyncio.Event) -> None:
        until = time.monotonic() + PART_S
        await conversation.part(self.end())
        while not conversation.over:
            if time.monotonic() > until:
                break
            await nap(wakened, LOOK_S)
        if not conversation.confirmed:
            raise NotTaken("the server did not confirm the end")

    def release(self) -> None:
        """Leave it for another time."""
        self._lock.release()

    def remove(self) -> None:
        """The server has it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.release()


def find_leftovers(root: Path, run: str | None = None) -> Iterator[Leftover]:
    """Take over, one after the other, the folders in ``root`` (of this run only) whose process is gone."""
    for path in sorted(root.glob("*/hello"), key=_age):
        try:
            hello = decode_from_agent(path.read_bytes())
            if not isinstance(hello, Hello) or (run is not None and hello.run != run):
                continue
            lock = Lock(path.parent)
            if lock.take():
                yield Leftover(path.parent, hello, lock)
        except (OSError, msgspec.DecodeError):
            continue


def _keys(flush: Flush) -> Iterator[tuple[bytes, bytes]]:
    for step, now in zip(flush.step_array(), flush.time_array(), strict=True):
        yield np.float64(step).tobytes(), now.tobytes()


def _key(row: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[bytes, bytes]:
    return row[0].tobytes(), row[1].tobytes()


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
