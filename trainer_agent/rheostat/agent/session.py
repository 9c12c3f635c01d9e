"""The agent's half of the protocol: bytes and a clock in, bytes and commands out; no I/O and no threads.

Every time here is a monotonic one in seconds, passed in; only what the server says is Unix time.
"""

from __future__ import annotations

from random import Random

import msgspec

from rheostat.agent.stream import Stream
from rheostat.control.command import Command, CommandReport
from rheostat.wire import (
    Ack,
    Beat,
    Bye,
    Deliver,
    Flush,
    Hello,
    Newest,
    Refused,
    Report,
    Welcome,
    decode_from_server,
    encode,
)

__all__ = ["Backoff", "Session"]

MAX_BYTES = 8 << 20
KEPT_BYTES = 2 << 20
"""Bounds of memory where nothing is kept on disk: what waits for a server, and what is kept after its ack."""
WINDOW_FRAMES = 32
WINDOW_BYTES = 1 << 20
MAX_REPORTS = 4096
KEPT_REPORTS = 1024
WINDOW_REPORTS = 64
BEAT_S = 2.0
SHOWN_S = 0.5
"""How often the newest step is told while older ones are on their way."""
ACK_S = 20.0


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


class Session:
    """What is to be sent and what has been acked, over any number of connections.

    Flushes and reports are two streams with numbers of their own; what is sent is kept until its ack, and
    sent again on the next connection. ``lost_steps`` counts what found no room in ``max_bytes``,
    ``stored_steps`` what was acked. To bring what an earlier process left, ``first`` and ``first_report`` are
    the numbers of its first flush and report; the server may have some.
    """

    def __init__(
        self, writer: str, max_bytes: int = MAX_BYTES, first: int | None = None, first_report: int = 1
    ) -> None:
        self.writer = writer
        self.refused: Refused | None = None
        self.fault = ""
        self.url = ""
        self.welcomed = False
        self.lost_steps = 0
        self.stored_steps = 0
        self.flushes: Stream[Flush] = Stream(
            max_bytes, KEPT_BYTES, first=first or 1, recovers=first is not None
        )
        self.flushes.settled = self._stored
        self.reports: Stream[CommandReport] = Stream(
            MAX_REPORTS, KEPT_REPORTS, first=first_report, recovers=first is not None
        )
        self._opened_at = 0.0
        self._sent_at = 0.0
        self._shown_at = -SHOWN_S
        self._waiting_since = 0.0
        self._server_clock = 0.0

    # What is to be told -----------------------------------------------------------------------------------

    def add(self, flush: Flush) -> None:
        """Take over a flush not yet numbered."""
        self.lost_steps += sum(gone.count for gone in self.flushes.add(flush, _size(flush)))

    def report(self, report: CommandReport) -> None:
        """Take over a report."""
        self.reports.add(report)

    @property
    def acked(self) -> int:
        """The server has every flush up to this number."""
        return self.flushes.acked

    @property
    def size(self) -> int:
        """Roughly how many bytes of memory wait to be sent or acked."""
        return self.flushes.size

    @property
    def all_sent(self) -> bool:
        """Whether everything has been sent."""
        return self.flushes.all_sent and self.reports.all_sent

    @property
    def drained(self) -> bool:
        """Whether everything has been sent and acked."""
        return self.flushes.drained and self.reports.drained

    # A connection's life ----------------------------------------------------------------------------------

    def opened(self, hello: Hello, now: float) -> bytes:
        """A connection stands: what to send first."""
        self.welcomed = False
        self.fault = ""
        self._opened_at = self._sent_at = self._waiting_since = now
        self._shown_at = now - SHOWN_S
        oldest, oldest_report = self.flushes.oldest, self.reports.oldest
        return encode(
            msgspec.structs.replace(hello, writer=self.writer, oldest=oldest, oldest_report=oldest_report)
        )

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
            self._ack(message, now)
        elif isinstance(message, Deliver):
            return message.command
        return None

    def outgoing(self, step: int, clock: float, now: float, newest: Newest | None = None) -> list[bytes]:
        """What to send now: reports, then flushes as far as the window allows, else a beat if long silent.

        ``step`` is the next step, ``clock`` the Unix time. With ``newest``, where many older steps wait, a
        beat goes before all of these now and again.
        """
        if not self.welcomed or self.fault:
            return []
        if not (self.flushes.awaits or self.reports.awaits):
            self._waiting_since = now
        reports = self.reports.due(WINDOW_REPORTS, WINDOW_REPORTS)
        frames = [encode(Report(seq, report)) for seq, report in reports]
        if newest is not None and now - self._shown_at >= SHOWN_S:
            self._shown_at = now
            frames.append(encode(Beat(step=step, clock=clock, newest=newest)))
        for seq, flush in self.flushes.due(WINDOW_FRAMES, WINDOW_BYTES):
            frames.append(encode(msgspec.structs.replace(flush, seq=seq)))
        if not frames and now - self._sent_at >= BEAT_S:
            frames.append(encode(Beat(step=step, clock=clock)))
        if frames:
            self._sent_at = now
        return frames

    def bye(self, bye: Bye) -> bytes:
        """The last frame of the attempt."""
        return encode(msgspec.structs.replace(bye, last_seq=self.flushes.last))

    def overdue(self, now: float) -> str:
        """Why the connection must be given up: no welcome, or no ack, in time. Empty if all is well."""
        if not self.welcomed:
            return "no welcome from the server" if now - self._opened_at > ACK_S else ""
        if (self.flushes.awaits or self.reports.awaits) and now - self._waiting_since > ACK_S:
            return "no ack from the server"
        return ""

    def server_time(self, now: float) -> float | None:
        """The server's Unix time, free of jumps of our own clock; None before the first welcome."""
        return self._server_clock + now if self._server_clock else None

    # Inside -----------------------------------------------------------------------------------------------

    def _welcome(self, welcome: Welcome, now: float) -> None:
        if self.welcomed:
            self.fault = "the server welcomed twice"
            return
        self.fault = self.flushes.resume(welcome.acked, now) or self.reports.resume(welcome.reported, now)
        if not self.fault:
            self.welcomed = True
            self.refused = None
            self.url = welcome.url
            self._server_clock = welcome.clock - (self._opened_at + now) / 2.0

    def _stored(self, flush: Flush) -> None:
        self.stored_steps += flush.count

    def _ack(self, ack: Ack, now: float) -> None:
        if self.flushes.ack(ack.seq, now) | self.reports.ack(ack.reports, now):
            self._waiting_since = now


def _size(flush: Flush) -> int:
    columns = (*flush.planned.values(), *flush.effective.values(), *flush.metrics.values())
    return 200 + len(flush.steps) + len(flush.times) + sum(len(c.values) + len(c.rows) + 64 for c in columns)
