"""The server's half of the agent protocol, without a socket: frames in, things to do out. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

import msgspec

from rheostat.control.command import Command
from rheostat.wire import (
    MAX_FRAME,
    MAX_GROUPS,
    MAX_METRICS,
    PROTOCOL,
    Ack,
    Beat,
    Bye,
    Deliver,
    Flush,
    FromAgent,
    Hello,
    Refused,
    Report,
    Welcome,
    decode_from_agent,
    encode,
)

__all__ = ["Action", "AgentSession", "Close", "Receive", "Send", "Start"]

NORMAL = 1000
UNSUPPORTED = 1003
POLICY = 1008
TOO_BIG = 1009
TRY_LATER = 1013
_REASON_BYTES = 120


@dataclass(frozen=True, slots=True)
class Start:
    """The agent said who it is: ask for the lease, then call `welcome` or `refuse`."""

    hello: Hello


@dataclass(frozen=True, slots=True)
class Receive:
    """A message of a welcomed agent, to be stored or noted."""

    message: Flush | Report | Beat | Bye


@dataclass(frozen=True, slots=True)
class Send:
    """A frame to send."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket with this code and reason; nothing follows."""

    code: int
    reason: str


Action = Start | Receive | Send | Close


class _Phase(Enum):
    EXPECT_HELLO = auto()
    DECIDING = auto()
    OPEN = auto()
    ENDING = auto()
    CLOSED = auto()


class AgentSession:
    """One connection of an agent. Every method gives the actions to carry out, in order.

    Flushes and reports are handed on once each and in the order of their numbers.
    """

    def __init__(self) -> None:
        self._phase = _Phase.EXPECT_HELLO
        self._metrics: set[str] = set()
        self._groups: set[str] = set()
        self._oldest = self._oldest_report = 1
        self._acked = self._reported = 0
        self._taken = self._taken_reports = 0

    def receive(self, frame: bytes | str) -> list[Action]:
        """Take a frame as it came off the socket. Never raises for a bad one."""
        if self._phase in (_Phase.CLOSED, _Phase.ENDING):
            return []
        if isinstance(frame, str):
            return self.refuse(
                "text_frame", "expected a binary frame of MessagePack, but got text", UNSUPPORTED
            )
        if len(frame) > MAX_FRAME:
            return self.refuse("frame_too_big", f"{len(frame)} bytes, at most {MAX_FRAME}", TOO_BIG)
        try:
            message = decode_from_agent(frame)
        except msgspec.ValidationError as error:
            return self.refuse("bad_message", str(error), POLICY)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            return self.refuse("not_a_message", str(error), UNSUPPORTED)
        return self._on(message)

    def welcome(
        self,
        *,
        epoch: str,
        acked: int,
        clock: float,
        url: str = "",
        reported: int = 0,
        metrics: Iterable[str] = (),
        groups: Iterable[str] = (),
    ) -> list[Action]:
        """The lease was granted: the session is open from here on. ``acked`` flushes and ``reported``
        reports are stored; what the agent can no longer send counts as had. ``metrics`` and ``groups`` are
        the names that the run has already: they count towards its limits.
        """
        self._metrics.update(metrics)
        self._groups.update(groups)
        self._phase = _Phase.OPEN
        self._acked = self._taken = max(acked, self._oldest - 1)
        self._reported = self._taken_reports = max(reported, self._oldest_report - 1)
        answer = Welcome(epoch=epoch, acked=self._acked, clock=clock, url=url, reported=self._reported)
        return [Send(encode(answer))]

    def refuse(self, code: str, message: str, close: int = POLICY, *, retry: bool = False) -> list[Action]:
        """Say why the server will not talk on, then close."""
        if self._phase is _Phase.CLOSED:
            return []
        self._phase = _Phase.CLOSED
        reason = f"{code}: {message}".encode()[:_REASON_BYTES].decode(errors="ignore")
        return [Send(encode(Refused(code=code, message=message, retry=retry))), Close(close, reason)]

    def stored(self, seq: int = 0, reports: int = 0) -> list[Action]:
        """Every flush up to ``seq`` and every report up to ``reports`` is committed."""
        self._acked = max(self._acked, seq)
        self._reported = max(self._reported, reports)
        if self._phase not in (_Phase.OPEN, _Phase.ENDING):
            return []
        return [Send(encode(Ack(self._acked, self._reported)))]

    def deliver(self, command: Command) -> list[Action]:
        """Hand a command to the agent."""
        return [Send(encode(Deliver(command)))] if self._phase is _Phase.OPEN else []

    def farewell(self) -> list[Action]:
        """The agent's `Bye`, and all before it, is committed."""
        self._phase = _Phase.CLOSED
        return [Close(NORMAL, "bye")]

    def late(self) -> list[Action]:
        """The time for the hello has run out."""
        if self._phase is not _Phase.EXPECT_HELLO:
            return []
        return self.refuse("hello_late", "no hello came in time")

    def _on(self, message: FromAgent) -> list[Action]:
        if isinstance(message, Hello):
            return self._on_hello(message)
        if self._phase is not _Phase.OPEN:
            return self.refuse(
                "hello_missing", "expected hello as the first message, and welcome before the next"
            )
        if isinstance(message, Flush):
            self._metrics.update(message.metrics)
            self._groups.update(message.planned, message.effective)
            if len(self._metrics) > MAX_METRICS:
                return self.refuse("too_many_metrics", f"over {MAX_METRICS} metric names in one run")
            if len(self._groups) > MAX_GROUPS:
                return self.refuse("too_many_groups", f"over {MAX_GROUPS} names of param groups in one run")
        return self._in_turn(message) or [Receive(message)]

    def _in_turn(self, message: Flush | Report | Beat | Bye) -> list[Action]:
        """Count a message that is next in turn; else what to do instead of taking it.

        What was had already is acked again; over a gap nothing is taken, or it would count as had.
        """
        if isinstance(message, Flush):
            seq, expected = message.seq, self._taken + 1
        elif isinstance(message, Report):
            seq, expected = message.seq, self._taken_reports + 1
        elif isinstance(message, Bye):
            seq, expected = max(message.last_seq, self._taken) + 1, self._taken + 1
        else:
            return []
        if seq > expected:
            return self.refuse("gap", f"expected number {expected}, got {seq}", TRY_LATER, retry=True)
        if seq < expected:
            return self.stored()
        if isinstance(message, Flush):
            self._taken = seq
        elif isinstance(message, Report):
            self._taken_reports = seq
        else:
            self._phase = _Phase.ENDING
        return []

    def _on_hello(self, hello: Hello) -> list[Action]:
        if self._phase is not _Phase.EXPECT_HELLO:
            return self.refuse("hello_twice", "a connection says hello once")
        if hello.protocol != PROTOCOL:
            return self.refuse(
                "protocol",
                f"the job speaks protocol {hello.protocol}, this server {PROTOCOL}; "
                "install the same version of rheostat on both sides",
            )
        self._phase = _Phase.DECIDING
        self._oldest, self._oldest_report = hello.oldest, hello.oldest_report
        return [Start(hello)]
