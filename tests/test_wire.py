"""The wire messages: what goes in comes out, and what is malformed is named."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheostat import wire
from rheostat.control.command import Command, CommandReport, Hold, Limits, Ramp, Release, Scale, Swap


def flush(**changes: object) -> wire.Flush:
    """Three steps of one group and one sparse metric, with fields changed at will."""
    fields: dict[str, object] = {
        "seq": 1,
        "steps": np.array([4, 5, 9], "<i8").tobytes(),
        "times": np.array([1.0, 1.5, 2.0], "<f8").tobytes(),
        "planned": {"main": wire.Column.of(np.array([0.1, 0.2, 0.3]))},
        "effective": {"main": wire.Column.of(np.array([0.1, 0.1, 0.15]))},
        "metrics": {"loss": wire.Column.of(np.array([np.nan, 2.0]), np.array([0, 2], np.uint32))},
    }
    return wire.Flush(**(fields | changes))  # type: ignore[arg-type]


def hello(**changes: object) -> wire.Hello:
    """A small job's first message, with fields changed at will."""
    fields: dict[str, object] = {
        "protocol": wire.PROTOCOL,
        "run": "r1",
        "project": "default",
        "name": "first",
        "writer": "w1",
        "attempt": "a1",
        "restart": 0,
        "clock": 5.0,
        "started_at": 4.0,
        "step": 0,
        "groups": (wire.Group(name="main", parameters=10, lr=0.1),),
        "optimizer": "SGD",
        "scheduler": None,
        "plan": wire.Plan(origin="none", why="no scheduler given"),
        "control": True,
        "limits": Limits(),
    }
    return wire.Hello(**(fields | changes))  # type: ignore[arg-type]


COMMANDS = [
    Command(id="c1", action=action, groups=("head",), at_step=7, for_steps=3, reason="why not")
    for action in (Hold(1e-4), Scale(0.5), Ramp(1e-5, 500), Release(10), Swap("cosine -> 0"))
]


@pytest.mark.parametrize(
    "message",
    [
        hello(active=tuple(COMMANDS)),
        flush(),
        wire.Report(
            1,
            CommandReport(
                id="c1", state="applied", at=1.0, step=3, planned={"main": 0.1}, command=COMMANDS[0]
            ),
        ),
        wire.Beat(step=3, clock=1.0),
        wire.Beat(
            step=3,
            clock=1.0,
            newest=wire.Newest(planned={"main": 0.1}, effective={"main": 0.1}, metrics={"loss": 2.0}),
        ),
        wire.Bye(state="crashed", step=3, last_seq=9, message="ValueError: no"),
    ],
)
def test_what_an_agent_sends_comes_back_equal(message: wire.FromAgent) -> None:
    assert wire.decode_from_agent(wire.encode(message)) == message


@pytest.mark.parametrize(
    "message",
    [
        wire.Welcome(epoch="e", acked=3, clock=1.0),
        wire.Ack(7),
        *(wire.Deliver(command) for command in COMMANDS),
        wire.Refused(code="token", message="unknown token"),
    ],
)
def test_what_the_server_sends_comes_back_equal(message: wire.FromServer) -> None:
    assert wire.decode_from_server(wire.encode(message)) == message


def test_columns_keep_every_bit_and_their_rows() -> None:
    values = np.array([0.1, np.nan, -np.inf, 5e-324])
    column = wire.Column.of(values, np.array([1, 2, 5, 6], np.uint32))
    assert column.array().tobytes() == values.tobytes()
    assert column.row_numbers(9).tolist() == [1, 2, 5, 6]
    assert wire.Column.of(values).row_numbers(4).tolist() == [0, 1, 2, 3]


def i8(*steps: int) -> bytes:
    return np.array(steps, "<i8").tobytes()


def f8(*values: float) -> bytes:
    return np.array(values, "<f8").tobytes()


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (flush(seq=0), "from 1 to 9007199254740992, got 0 - at `\\$.seq`"),
        (flush(steps=b"", times=b""), "at least 1"),
        (flush(steps=b"123"), "equally many"),
        (flush(times=f8(1.0)), "equally many"),
        (flush(steps=i8(4, 4, 5)), "ascend"),
        (flush(steps=i8(-1, 4, 5)), "ascend"),
        (flush(times=f8(1.0, np.nan, 2.0)), "finite"),
        (flush(metrics={"loss": wire.Column(b"123")}), "8 bytes each"),
        (flush(metrics={"loss": wire.Column.of(np.zeros(2))}), "2 values for 3 rows"),
        (flush(metrics={"loss": wire.Column(f8(1.0), b"12")}), "rows of 4 bytes"),
        (flush(metrics={"loss": wire.Column.of(np.zeros(1), np.array([3], np.uint32))}), "below 3"),
        (flush(metrics={"loss": wire.Column.of(np.zeros(2), np.array([1, 0], np.uint32))}), "ascend"),
        (flush(metrics={"x" * 201: wire.Column.of(np.zeros(3))}), "1 to 200 printable"),
        (flush(metrics={"a\nb": wire.Column.of(np.zeros(3))}), "1 to 200 printable"),
        (flush(metrics={f"m{n}": wire.Column.of(np.zeros(3)) for n in range(513)}), "at most 512"),
        (hello(run=""), "1 to 200 printable"),
        (hello(groups=()), "at least one param group"),
        (flush(seq=1 << 60), "got 1152921504606846976 - at `\\$.seq`"),
        (flush(steps=i8(4, 5, 1 << 60)), "ascend, from 0"),
        (hello(restart=1 << 31), "0 to 2147483647, got 2147483648 - at `\\$.restart`"),
        (hello(restart=-1), "at `\\$.restart`"),
        (hello(pid=1 << 63), "at `\\$.pid`"),
        (hello(step=-1), "at `\\$.step`"),
        (hello(oldest=0), "at `\\$.oldest`"),
        (hello(oldest_report=1 << 60), "at `\\$.oldest_report`"),
        (hello(started_at=float("nan")), "finite - at `\\$.started_at`"),
        (hello(clock=float("inf")), "finite - at `\\$.clock`"),
        (hello(host="a\0b"), "NUL - at `\\$.host`"),
        (hello(active=(Command(id="a\0b", action=Hold(1.0)),)), "NUL - at `\\$.active.id`"),
        (hello(active=(Command(id="a", issued_by="\0", action=Hold(1.0)),)), "NUL"),
        (wire.Report(0, CommandReport(id="c", state="ended", at=1.0)), "at `\\$.seq`"),
        (wire.Report(1, CommandReport(id="\0", state="ended", at=1.0)), "NUL - at `\\$.report.id`"),
        (wire.Report(1, CommandReport(id="c", state="ended", at=1.0, step=1 << 60)), "at `\\$.report.step`"),
        (wire.Beat(step=1 << 60, clock=1.0), "at `\\$.step`"),
        (wire.Bye(state="finished", step=-1, last_seq=0), "at `\\$.step`"),
        (wire.Bye(state="finished", step=1, last_seq=1 << 60), "at `\\$.last_seq`"),
    ],
)
def test_a_message_with_a_fault_is_refused_with_its_place(broken: wire.FromAgent, says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says):
        wire.decode_from_agent(wire.encode(broken))


@given(st.binary(max_size=300))
def test_random_bytes_are_refused_and_nothing_else_happens(frame: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        wire.decode_from_agent(frame)


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_frame_is_read_or_refused(at: int, byte: int) -> None:
    frame = bytearray(wire.encode(flush()))
    frame[at % len(frame)] = byte
    try:
        message = wire.decode_from_agent(bytes(frame))
    except msgspec.DecodeError:
        return
    assert isinstance(message, wire.FromAgent)
