"""The messages between agent and server, defined once: MessagePack of tagged structs, one per binary frame.

The agent opens ``/ws/agent`` with ``Authorization: Bearer <token>`` and sends `Hello`; the server answers
`Welcome` or `Refused` (then closes). From then on the agent sends `Flush`, `Report`, `Beat` and at last
`Bye`, which the server answers by closing; the server sends `Ack` after each commit and `Deliver`.

Flushes and reports are numbered, each from 1 without gaps. Delivery is at least once: on every connection
the agent sends again what lies above ``Welcome.acked`` and ``Welcome.reported``; the server takes each
number once and in order, and refuses a gap. Below ``Hello.oldest`` there is nothing left to be sent.
"""

from __future__ import annotations

from math import isfinite
from typing import Literal, TypeVar

import msgspec

from rheostat.columns import (
    MAX_GROUPS,
    MAX_METRICS,
    MAX_NAME,
    Column,
    Flush,
    check_flush,
    check_name,
    check_number,
)
from rheostat.control.command import Command, CommandReport, Limits

__all__ = [
    "MAX_FRAME",
    "MAX_GROUPS",
    "MAX_METRICS",
    "MAX_NAME",
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
    "Newest",
    "Plan",
    "Refused",
    "Report",
    "Resumed",
    "Welcome",
    "decode_from_agent",
    "decode_from_server",
    "encode",
]

PROTOCOL = 2
MAX_FRAME = 1 << 20
"""Largest frame in bytes that either side accepts."""
_MAX_RESTART = (1 << 31) - 1


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


class Resumed(msgspec.Struct, frozen=True, kw_only=True):
    """The attempt went on from a checkpoint made under another plan. The lrs, by group, are those of the two
    plans at ``step``, as far as they are known.
    """

    step: int
    old: Plan
    new: Plan
    old_lr: dict[str, float]
    new_lr: dict[str, float]


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag="hello"):
    """First message of every connection: who this job is.

    ``run`` is the run's id, ``attempt`` the id of this process life, ``restart`` its fencing number (a
    higher one takes the run over). ``writer`` names the sequence that ``Flush.seq`` counts in. ``clock``
    is the agent's Unix time now. ``step`` is the next step to be taken. ``report`` is the compatibility
    report, a sentence a line. ``active`` lists the commands in force, oldest first. ``oldest`` and
    ``oldest_report`` are the lowest numbers of a flush and a report that can still be sent.
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
    oldest: int = 1
    oldest_report: int = 1
    resumed: Resumed | None = None


class Report(msgspec.Struct, frozen=True, tag="report"):
    """What became of a command. ``seq`` counts from 1 without gaps per attempt."""

    seq: int
    report: CommandReport


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """The lrs by group and the values by metric of the newest step that has any."""

    planned: dict[str, float]
    effective: dict[str, float]
    metrics: dict[str, float]


class Beat(msgspec.Struct, frozen=True, kw_only=True, tag="beat"):
    """Sign of life while no step is taken; sent after 2 s without a flush. Also sent, with ``newest``, while
    many older steps are still on their way, so that nobody has to wait for these to see where the job is.
    """

    step: int
    clock: float
    newest: Newest | None = None


class Bye(msgspec.Struct, frozen=True, kw_only=True, tag="bye"):
    """Last message: how the attempt ended. ``last_seq`` is the last flush it wrote."""

    state: Literal["finished", "crashed", "stopped"]
    step: int
    last_seq: int
    message: str = ""


class Welcome(msgspec.Struct, frozen=True, kw_only=True, tag="welcome"):
    """The server's answer to `Hello`.

    ``epoch`` changes whenever the server's data may have gone back in time; ``acked`` is the highest
    contiguous seq stored for this writer, ``reported`` that of the reports of this attempt; ``clock`` is the
    server's Unix time, for the offset.
    """

    epoch: str
    acked: int
    clock: float
    url: str = ""
    reported: int = 0


class Ack(msgspec.Struct, frozen=True, tag="ack"):
    """Every flush up to ``seq`` and every report up to ``reports`` is committed."""

    seq: int
    reports: int = 0


class Deliver(msgspec.Struct, frozen=True, tag="deliver"):
    """A command for this job. Sending it again is harmless: the agent knows the id."""

    command: Command


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """Why the server will not talk on. ``retry`` tells whether a later attempt may succeed."""

    code: str
    message: str
    retry: bool = False


FromAgent = Hello | Flush | Report | Beat | Bye
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
        check_flush(message)
    elif isinstance(message, Hello):
        _check_hello(message)
    elif isinstance(message, Report):
        _check_report(message)
    elif isinstance(message, Beat):
        check_number(message.step, "$.step")
        if message.newest is not None:
            _check_newest(message.newest)
    else:
        check_number(message.step, "$.step")
        check_number(message.last_seq, "$.last_seq")
    return message


def decode_from_server(frame: bytes) -> FromServer:
    """Read a frame the server sent. Raises as `decode_from_agent`."""
    return _decode(_from_server, frame)


def _decode(decoder: msgspec.msgpack.Decoder[_Message], frame: bytes) -> _Message:
    try:
        return decoder.decode(frame)
    except (UnicodeDecodeError, RecursionError) as fault:  # msgspec lets these two through
        raise msgspec.DecodeError(f"the frame is damaged: {fault}") from fault


def _check_report(told: Report) -> None:
    check_number(told.seq, "$.seq", least=1)
    _check_text(told.report.id, "$.report.id")
    if told.report.step is not None:
        check_number(told.report.step, "$.report.step")
    if told.report.command is not None:
        _check_command(told.report.command, "$.report.command")


def _check_command(command: Command, where: str) -> None:
    _check_text(command.id, f"{where}.id")
    _check_text(command.issued_by, f"{where}.issued_by")


def _check_text(text: str, where: str) -> None:
    if "\0" in text:
        raise msgspec.ValidationError(f"a text must not hold the character NUL - at `{where}`")


def _check_newest(newest: Newest) -> None:
    for part, most in (("planned", MAX_GROUPS), ("effective", MAX_GROUPS), ("metrics", MAX_METRICS)):
        values = getattr(newest, part)
        if len(values) > most:
            raise msgspec.ValidationError(f"beat: {len(values)} names, at most {most} - at `$.newest.{part}`")
        for name in values:
            check_name(name, f"$.newest.{part}")


def _check_hello(hello: Hello) -> None:
    for field in ("run", "project", "name", "writer", "attempt"):
        check_name(getattr(hello, field), f"$.{field}")
    for group in hello.groups:
        check_name(group.name, "$.groups")
    for field in ("oldest", "oldest_report"):
        check_number(getattr(hello, field), f"$.{field}", least=1)
    for field in ("step", "pid"):
        check_number(getattr(hello, field), f"$.{field}")
    check_number(hello.restart, "$.restart", most=_MAX_RESTART)
    for field in ("clock", "started_at"):
        if not isfinite(getattr(hello, field)):
            raise msgspec.ValidationError(f"hello: a time must be finite - at `$.{field}`")
    _check_text(hello.host, "$.host")
    for command in hello.active:
        _check_command(command, "$.active")
    if len(hello.groups) > MAX_GROUPS:
        raise msgspec.ValidationError(
            f"hello: {len(hello.groups)} param groups, at most {MAX_GROUPS} - at `$.groups`"
        )
    if not hello.groups:
        raise msgspec.ValidationError("hello: at least one param group is expected - at `$.groups`")
