"""The messages between agent and server, defined once: MessagePack of tagged structs, one per binary frame.

The agent opens ``/ws/agent`` with ``Authorization: Bearer <token>`` and sends `Hello`; the server answers
`Welcome` or `Refused` (then closes). From then on the agent sends `Flush`, `CommandReport`, `Beat` and at
last `Bye`; the server sends `Ack` after each commit and `Command` messages. Delivery is at least once:
the agent resends every flush above ``Welcome.acked``, the server stores each ``(run, writer, seq)`` once.
"""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from rheostat.control.command import Command, CommandReport, Limits

__all__ = [
    "MAX_FRAME",
    "PROTOCOL",
    "Ack",
    "Beat",
    "Bye",
    "Column",
    "Deliver",
    "Flush",
    "FromAgent",
    "FromServer",
    "Group",
    "Hello",
    "Plan",
    "Refused",
    "Welcome",
    "decode_from_agent",
    "decode_from_server",
    "encode",
]

PROTOCOL = 1
MAX_FRAME = 1 << 20
"""Largest frame in bytes that either side accepts."""
MAX_NAME = 200
MAX_METRICS = 512

Floats = npt.NDArray[np.float64]
Steps = npt.NDArray[np.int64]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One param group: its name, how many parameters (scalars) it holds, and its lr at attach."""

    name: str
    parameters: int
    lr: float | None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the future: a schedule text and what binds it.

    ``origin``: "rheostat" (our own schedule drives), "imported" (read from the job's scheduler, for the
    eye), "declared" (given to ``attach`` beside a scheduler, for the eye), "none" (``why`` says why).
    ``base`` maps group name to base lr (empty when the text holds them).
    """

    origin: Literal["rheostat", "imported", "declared", "none"]
    text: str = ""
    total: int | None = None
    epoch: int | None = None
    base: dict[str, float] = {}
    why: str = ""


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag="hello"):
    """First message of every connection: who this job is.

    ``run`` is the run's id, ``attempt`` the id of this process life, ``restart`` its fencing number (a
    higher one takes the run over). ``writer`` names the sequence that ``Flush.seq`` counts in. ``clock``
    is the agent's Unix time now. ``step`` is the next step to be taken. ``report`` is the compatibility
    report, a sentence a line. ``active`` lists the commands in force, oldest first.
    """

    protocol: int
    run: str
    project: str
    name: str
    writer: str
    attempt: str
    restart: int
    clock: float
    started_at: float
    step: int
    groups: tuple[Group, ...]
    optimizer: str
    scheduler: str | None
    plan: Plan
    control: bool
    limits: Limits
    host: str = ""
    pid: int = 0
    report: tuple[str, ...] = ()
    config: dict[str, str] = {}
    environment: dict[str, str] = {}
    active: tuple[Command, ...] = ()


class Column(msgspec.Struct, frozen=True):
    """One series in a flush: little-endian float64 ``values``; ``rows`` are the uint32 row numbers they
    belong to, empty when there is one for every row.
    """

    values: bytes
    rows: bytes = b""

    @classmethod
    def of(cls, values: Floats, rows: npt.NDArray[np.uint32] | None = None) -> Column:
        """Pack an array of shape (n,), with the rows of shape (n,) when not every row has a value."""
        packed = b"" if rows is None else np.ascontiguousarray(rows, dtype="<u4").tobytes()
        return cls(np.ascontiguousarray(values, dtype="<f8").tobytes(), packed)

    def array(self) -> Floats:
        """The values as float64, shape (n,), read-only."""
        return np.frombuffer(self.values, dtype="<f8")

    def row_numbers(self, count: int) -> npt.NDArray[np.uint32]:
        """The row of each value, shape (n,), in a flush of ``count`` rows."""
        if not self.rows:
            return np.arange(count, dtype=np.uint32)
        return np.frombuffer(self.rows, dtype="<u4")


class Flush(msgspec.Struct, frozen=True, kw_only=True, tag="flush"):
    """A batch of steps in columns. ``seq`` counts from 1 without gaps per writer.

    ``steps``: int64, ascending, shape (n,). ``times``: Unix seconds, float64, shape (n,). ``planned`` and
    ``effective`` map group name to lr; ``metrics`` map metric name to values.
    """

    seq: int
    steps: bytes
    times: bytes
    planned: dict[str, Column]
    effective: dict[str, Column]
    metrics: dict[str, Column]

    @property
    def count(self) -> int:
        """How many steps it holds."""
        return len(self.steps) // 8

    def step_array(self) -> Steps:
        """The steps as int64, shape (n,), read-only."""
        return np.frombuffer(self.steps, dtype="<i8")

    def time_array(self) -> Floats:
        """The times as float64 Unix seconds, shape (n,), read-only."""
        return np.frombuffer(self.times, dtype="<f8")


class Beat(msgspec.Struct, frozen=True, kw_only=True, tag="beat"):
    """Sign of life while no step is taken; sent after 2 s without a flush."""

    step: int
    clock: float


class Bye(msgspec.Struct, frozen=True, kw_only=True, tag="bye"):
    """Last message: how the attempt ended. ``last_seq`` is the last flush it wrote."""

    state: Literal["finished", "crashed", "stopped"]
    step: int
    last_seq: int
    message: str = ""


class Welcome(msgspec.Struct, frozen=True, kw_only=True, tag="welcome"):
    """The server's answer to `Hello`.

    ``epoch`` changes whenever the server's data may have gone back in time; ``acked`` is the highest
    contiguous seq stored for this writer; ``clock`` is the server's Unix time, for the offset.
    """

    epoch: str
    acked: int
    clock: float
    url: str = ""


class Ack(msgspec.Struct, frozen=True, tag="ack"):
    """Everything up to ``seq`` is committed."""

    seq: int


class Deliver(msgspec.Struct, frozen=True, tag="deliver"):
    """A command for this job. Sending it again is harmless: the agent knows the id."""

    command: Command


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """Why the server will not talk on. ``retry`` tells whether a later attempt may succeed."""

    code: str
    message: str
    retry: bool = False


FromAgent = Hello | Flush | CommandReport | Beat | Bye
FromServer = Welcome | Ack | Deliver | Refused

_Message = TypeVar("_Message")

_encoder = msgspec.msgpack.Encoder()
_from_agent: msgspec.msgpack.Decoder[FromAgent] = msgspec.msgpack.Decoder(FromAgent)
_from_server: msgspec.msgpack.Decoder[FromServer] = msgspec.msgpack.Decoder(FromServer)


def encode(message: FromAgent | FromServer) -> bytes:
    """One message as one binary frame."""
    return _encoder.encode(message)


def decode_from_agent(frame: bytes) -> FromAgent:
    """Read a frame an agent sent and check its shape.

    Raises:
        msgspec.DecodeError: not MessagePack, or not one of our messages.
        msgspec.ValidationError: a field is missing, of the wrong type, or breaks a bound.
    """
    message = _decode(_from_agent, frame)
    if isinstance(message, Flush):
        _check_flush(message)
    elif isinstance(message, Hello):
        _check_hello(message)
    return message


def decode_from_server(frame: bytes) -> FromServer:
    """Read a frame the server sent. Raises as `decode_from_agent`."""
    return _decode(_from_server, frame)


def _decode(decoder: msgspec.msgpack.Decoder[_Message], frame: bytes) -> _Message:
    try:
        return decoder.decode(frame)
    except (UnicodeDecodeError, RecursionError) as fault:  # msgspec lets these two through
        raise msgspec.DecodeError(f"the frame is damaged: {fault}") from fault


def _check_flush(flush: Flush) -> None:
    if flush.seq < 1:
        raise msgspec.ValidationError(f"flush: seq {flush.seq} is below 1 - at `$.seq`")
    count, rest = divmod(len(flush.steps), 8)
    if rest or len(flush.times) != 8 * count or count == 0:
        raise msgspec.ValidationError("flush: steps and times must be equally many (at least 1) of 8 bytes")
    if bool((np.diff(flush.step_array()) <= 0).any()) or int(flush.step_array()[0]) < 0:
        raise msgspec.ValidationError("flush: steps must ascend from 0 or above - at `$.steps`")
    if not bool(np.isfinite(flush.time_array()).all()):
        raise msgspec.ValidationError("flush: times must be finite - at `$.times`")
    if len(flush.metrics) > MAX_METRICS:
        raise msgspec.ValidationError(f"flush: {len(flush.metrics)} metrics, at most {MAX_METRICS}")
    for part, columns in (
        ("planned", flush.planned),
        ("effective", flush.effective),
        ("metrics", flush.metrics),
    ):
        for name, column in columns.items():
            _check_name(name, f"$.{part}")
            _check_column(column, count, f"$.{part}[{name!r}]")


def _check_column(column: Column, count: int, where: str) -> None:
    size, rest = divmod(len(column.values), 8)
    if rest:
        raise msgspec.ValidationError(f"flush: values must be 8 bytes each - at `{where}`")
    if not column.rows:
        if size != count:
            raise msgspec.ValidationError(f"flush: {size} values for {count} rows - at `{where}`")
        return
    if len(column.rows) != 4 * size:
        raise msgspec.ValidationError(f"flush: {size} values need {size} rows of 4 bytes - at `{where}`")
    rows = column.row_numbers(count).astype(np.int64)
    if bool((np.diff(rows) <= 0).any()) or int(rows[-1]) >= count:
        raise msgspec.ValidationError(f"flush: rows must ascend below {count} - at `{where}`")


def _check_hello(hello: Hello) -> None:
    for field in ("run", "project", "name", "writer", "attempt"):
        _check_name(getattr(hello, field), f"$.{field}")
    for group in hello.groups:
        _check_name(group.name, "$.groups")
    if not hello.groups:
        raise msgspec.ValidationError("hello: at least one param group is expected - at `$.groups`")


def _check_name(name: str, where: str) -> None:
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise msgspec.ValidationError(f"names are 1 to {MAX_NAME} printable characters - at `{where}`")
