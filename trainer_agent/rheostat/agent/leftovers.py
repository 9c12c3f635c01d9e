"""Leftovers: bring to a server what earlier attempts left behind, under their own names and numbers."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from rheostat.agent.keeper import Lock
from rheostat.agent.pack import last_flush, step_flushes
from rheostat.agent.ring import load
from rheostat.agent.spool import read
from rheostat.wire import (
    Ack,
    Bye,
    Flush,
    Hello,
    Refused,
    Welcome,
    decode_from_agent,
    decode_from_server,
    encode,
)

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

__all__ = ["Leftover", "NotTaken", "find_leftovers"]

RING_ROWS = 1 << 17
"""More rows than rings hold: the process may have ended between the spool and the note in the ring."""
WINDOW = 32
ANSWER_S = 20.0
KILLED = Bye(state="crashed", step=0, last_seq=0, message="the process was killed")


class NotTaken(Exception):
    """The server did not take it; the message says why. It stays where it is."""


class Leftover:
    """What one attempt left in ``folder``. Ours until `release` or `remove`."""

    def __init__(self, folder: Path, hello: Hello, lock: Lock) -> None:
        self.folder = folder
        self.hello = hello
        self._lock = lock

    def flushes(self) -> Iterator[Flush]:
        """All of it, numbered as it was or would have been sent."""
        seq = 0
        recent: deque[tuple[bytes, bytes]] = deque(maxlen=RING_ROWS)
        for flush in read(self.folder):
            seq = flush.seq
            recent.extend(_keys(flush))
            yield flush
        sent = set(recent)
        segments = load(self.folder)
        for number, left in enumerate(segments, start=1):
            later = {_key(r) for other in segments[number:] for r in other.rows[:1]}
            fresh = [_key(r) not in sent and _key(r) not in later for r in left.rows]
            flushes = list(step_flushes(left.layout, left.rows[np.array(fresh, dtype=np.bool_)]))
            if number == len(segments) and left.ahead:
                flushes.append(last_flush(left.newest[0] + 1, left.newest[1], left.ahead))
            for flush in flushes:
                seq += 1
                yield msgspec.structs.replace(flush, seq=seq)

    def end(self) -> Bye:
        """How the attempt ended, as far as is known."""
        try:
            return msgspec.json.decode((self.folder / "end").read_bytes(), type=Bye)
        except (OSError, msgspec.DecodeError):
            return KILLED

    async def bring(self, connection: ClientConnection, stop: Callable[[], bool]) -> int:
        """Send all that the server lacks and wait until it has it; returns how many steps that were.

        Raises:
            NotTaken: the server refused, fell silent, or ``stop()`` became true.
        """
        await connection.send(encode(msgspec.structs.replace(self.hello, clock=time.time(), active=())))
        acked = await _answer(connection)
        steps = sent = 0
        for flush in self.flushes():
            if flush.seq <= acked:
                continue
            await connection.send(encode(flush))
            steps, sent = steps + flush.count, flush.seq
            while sent - acked >= WINDOW:
                acked = await _answer(connection)
            if stop():
                raise NotTaken("the job ended first")
        while acked < sent:
            acked = await _answer(connection)
        await connection.send(encode(msgspec.structs.replace(self.end(), last_seq=sent or acked)))
        await connection.close()
        return steps

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


async def _answer(connection: ClientConnection) -> int:
    """The highest number the server says to have."""
    try:
        async with asyncio.timeout(ANSWER_S):
            while True:
                message = decode_from_server(bytes(await connection.recv(decode=False)))
                if isinstance(message, Refused):
                    raise NotTaken(message.message)
                if isinstance(message, Welcome):
                    return message.acked
                if isinstance(message, Ack):
                    return message.seq
    except TimeoutError:
        raise NotTaken("the server did not answer") from None


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
