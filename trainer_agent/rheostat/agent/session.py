"""The agent's half of the protocol: bytes and a clock in, bytes and commands out; no I/O and no threads.

Every time here is a monotonic one in seconds, passed in; only what the server says is Unix time.
"""

from __future__ import annotations

from collections import deque
from random import Random

import msgspec

from rheostat.control.command import Command, CommandReport
from rheostat.wire import (
    Ack,
    Beat,
    Bye,
    Deliver,
    Flush,
    Hello,
    Refused,
    Welcome,
    decode_from_server,
    encode,
)

__all__ = ["Backoff", "Session"]

MAX_BYTES = 64 << 20
KEPT_BYTES = 8 << 20
KEPT_S = 60.0
WINDOW_FRAMES = 32
WINDOW_BYTES = 4 << 20
BEAT_S = 2.0
ACK_S = 20.0
MAX_REPORTS = 4096


class Backoff:
    """How long to wait before the next attempt to connect: doubling, with jitter, up to ``longest`` s."""

    def __init__(self, random: Random, longest: float) -> None:
        self._random = random
        self.longest = longest
        self._failures = 0

    def next(self) -> float:
        """The next wait in seconds."""
        wait = min(self.longest, 0.2 * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return wait * self._random.uniform(0.5, 1.0)

    def reset(self) -> None:
        """A connection was welcomed: begin small again."""
        self._failures = 0


class _Numbered(msgspec.Struct, frozen=True):
    seq: int
    flush: Flush
    size: int


class Session:
    """What is to be sent and what has been acked, over any number of connections.

    Flushes get their number when first sent; until the server has acked them they are kept, up to
    ``max_bytes``. Beyond that the oldest not yet sent are lost, counted in ``lost_steps``.
    """

    def __init__(self, writer: str, max_bytes: int = MAX_BYTES) -> None:
        self.writer = writer
        self.refused: Refused | None = None
        self.fault = ""
        self.url = ""
        self.welcomed = False
        self.lost_steps = 0
        self.acked = 0
        self._name = writer
        self._renewals = 0
        self._max_bytes = max_bytes
        self._seq = 0
        self._sent_to = 0
        self._pending: deque[tuple[Flush, int]] = deque()
        self._sent: deque[_Numbered] = deque()
        self._kept: deque[tuple[float, _Numbered]] = deque()
        self._bytes = 0
        self._kept_bytes = 0
        self._reports: deque[CommandReport] = deque(maxlen=MAX_REPORTS)
        self._reported: deque[tuple[int, CommandReport]] = deque(maxlen=MAX_REPORTS)
        self._opened_at = 0.0
        self._sent_at = 0.0
        self._waiting_since = 0.0
        self._server_clock = 0.0

    # What is to be told -----------------------------------------------------------------------------------

    def add(self, flush: Flush) -> None:
        """Take over a flush not yet numbered."""
        size = _size(flush)
        self._pending.append((flush, size))
        self._bytes += size
        while self._bytes > self._max_bytes and len(self._pending) > 1:
            gone, freed = self._pending.popleft()
            self._bytes -= freed
            self.lost_steps += gone.count

    def report(self, report: CommandReport) -> None:
        """Take over a report."""
        self._reports.append(report)

    @property
    def size(self) -> int:
        """Roughly how many bytes of memory wait to be sent or acked."""
        return self._bytes

    @property
    def unacked_steps(self) -> int:
        """How many rows the server has not said to have."""
        return sum(f.count for f, _ in self._pending) + sum(n.flush.count for n in self._sent)

    @property
    def drained(self) -> bool:
        """Whether everything has been sent and acked."""
        return not (self._pending or self._sent or self._reports)

    # A connection's life ----------------------------------------------------------------------------------

    def opened(self, hello: Hello, now: float) -> bytes:
        """A connection stands: what to send first."""
        self.welcomed = False
        self.fault = ""
        self._opened_at = self._sent_at = self._waiting_since = now
        unsure = [report for _, report in self._reported]
        self._reported.clear()
        self._reports.extendleft(reversed(unsure))
        return encode(msgspec.structs.replace(hello, writer=self.writer))

    def received(self, frame: bytes, now: float) -> Command | None:
        """Take in a frame; returns the command it carries, if any. Sets ``fault`` if it makes no sense."""
        try:
            message = decode_from_server(frame)
        except msgspec.DecodeError as error:
            self.fault = f"the server sent what is no message: {error}"
            return None
        if isinstance(message, Refused):
            self.refused = message
            self.fault = f"the server refused: {message.message}"
        elif isinstance(message, Welcome):
            self._welcome(message, now)
        elif not self.welcomed:
            self.fault = "the server spoke before its welcome"
        elif isinstance(message, Ack):
            self._ack(message.seq, now)
        elif isinstance(message, Deliver):
            return message.command
        return None

    def outgoing(self, step: int, clock: float, now: float) -> list[bytes]:
        """What to send now: reports, then flushes as far as the window allows, else a beat if long silent.

        ``step`` is the next step, ``clock`` the Unix time.
        """
        if not self.welcomed or self.fault:
            return []
        frames: list[bytes] = []
        while self._reports:
            report = self._reports.popleft()
            self._reported.append((self._sent_to, report))
            frames.append(encode(report))
        frames += self._flushes(now)
        if not frames and now - self._sent_at >= BEAT_S:
            frames.append(encode(Beat(step=step, clock=clock)))
        if frames:
            self._sent_at = now
        return frames

    def bye(self, bye: Bye) -> bytes:
        """The last frame of the attempt."""
        return encode(msgspec.structs.replace(bye, last_seq=self._seq))

    def overdue(self, now: float) -> str:
        """Why the connection must be given up: no welcome, or no ack, in time. Empty if all is well."""
        if not self.welcomed:
            return "no welcome from the server" if now - self._opened_at > ACK_S else ""
        if self._sent and now - self._waiting_since > ACK_S:
            return "no ack from the server"
        return ""

    def server_time(self, now: float) -> float | None:
        """The server's Unix time, free of jumps of our own clock; None before the first welcome."""
        return self._server_clock + now if self._server_clock else None

    # Inside -----------------------------------------------------------------------------------------------

    def _welcome(self, welcome: Welcome, now: float) -> None:
        self._server_clock = welcome.clock - (self._opened_at + now) / 2.0
        if welcome.acked > self._seq:
            self._renew("the server has more of this writer than was ever sent")
        elif welcome.acked < self.acked and not self._take_back(welcome.acked):
            self._renew("the server has gone back further than we can follow")
        else:
            self.welcomed = True
            self.url = welcome.url
            self.acked = self._sent_to = welcome.acked
            self._drop_acked(now)

    def _take_back(self, acked: int) -> bool:
        """The server lost what it had acked: send it again if it is all still here."""
        back = [n for _, n in self._kept if n.seq > acked]
        if not back or back[0].seq != acked + 1:
            return False
        self._kept = deque((t, n) for t, n in self._kept if n.seq <= acked)
        self._kept_bytes = sum(n.size for _, n in self._kept)
        self._sent.extendleft(reversed(back))
        self._bytes += sum(n.size for n in back)
        return True

    def _renew(self, why: str) -> None:
        """Go on under a new writer name, numbering from 1 all that is still here."""
        self._renewals += 1
        self.writer = f"{self._name}.{self._renewals}"
        flushes = [n for _, n in self._kept] + list(self._sent)
        self._kept.clear()
        self._kept_bytes = 0
        self._sent.clear()
        self._pending.extendleft((n.flush, n.size) for n in reversed(flushes))
        self._bytes = sum(size for _, size in self._pending)
        self._seq = self._sent_to = self.acked = 0
        self._reports.extendleft(report for _, report in reversed(self._reported))
        self._reported.clear()
        self.fault = why

    def _ack(self, seq: int, now: float) -> None:
        if self.acked < seq <= self._sent_to:
            self.acked = seq
            self._waiting_since = now
            self._drop_acked(now)

    def _drop_acked(self, now: float) -> None:
        while self._sent and self._sent[0].seq <= self.acked:
            numbered = self._sent.popleft()
            self._bytes -= numbered.size
            self._kept.append((now, numbered))
            self._kept_bytes += numbered.size
        while self._kept and (now - self._kept[0][0] > KEPT_S or self._kept_bytes > KEPT_BYTES):
            self._kept_bytes -= self._kept.popleft()[1].size
        while self._reported and self._reported[0][0] < self.acked:
            self._reported.popleft()

    def _flushes(self, now: float) -> list[bytes]:
        frames: list[bytes] = []
        if not self._sent:
            self._waiting_since = now
        room = WINDOW_BYTES - sum(n.size for n in self._sent)
        while self._pending and len(self._sent) < WINDOW_FRAMES and room > 0:
            flush, size = self._pending.popleft()
            self._seq += 1
            self._sent.append(_Numbered(self._seq, msgspec.structs.replace(flush, seq=self._seq), size))
            room -= size
        for numbered in self._sent:
            if numbered.seq > self._sent_to:
                frames.append(encode(numbered.flush))
                self._sent_to = numbered.seq
        return frames


def _size(flush: Flush) -> int:
    columns = (*flush.planned.values(), *flush.effective.values(), *flush.metrics.values())
    return 200 + len(flush.steps) + len(flush.times) + sum(len(c.values) + len(c.rows) + 64 for c in columns)
