"""The rules of the session one by one; `tests/protocol` has it over a bad network."""

from __future__ import annotations

from random import Random

import msgspec
import numpy as np
import pytest

from rheostat.agent.session import BEAT_S, SHOWN_S, WINDOW_FRAMES, Backoff, Session
from rheostat.agent.stream import KEPT_S
from rheostat.control.command import CommandReport, Limits
from rheostat.wire import (
    Ack,
    Beat,
    Bye,
    Column,
    Flush,
    FromAgent,
    Group,
    Hello,
    Newest,
    Plan,
    Refused,
    Report,
    Welcome,
    decode_from_agent,
    encode,
)

HELLO = Hello(
    protocol=1,
    run="r",
    project="default",
    name="r",
    writer="w",
    attempt="a",
    restart=0,
    clock=0.0,
    started_at=0.0,
    step=0,
    groups=(Group(name="0", parameters=1, lr=0.1),),
    optimizer="SGD",
    scheduler=None,
    plan=Plan(origin="none"),
    control=True,
    limits=Limits(),
)


def flush_of(first: int, count: int = 1) -> Flush:
    steps = np.arange(first, first + count, dtype=np.int64)
    lr = Column.of(steps.astype(np.float64) / 8.0)
    return Flush(
        seq=0,
        steps=steps.tobytes(),
        times=steps.astype(np.float64).tobytes(),
        planned={"0": lr},
        effective={"0": lr},
        metrics={},
    )


def read(frames: list[bytes]) -> list[FromAgent]:
    return [decode_from_agent(f) for f in frames]


def connected(session: Session, acked: int = 0, now: float = 0.0, reported: int = 0) -> Session:
    session.opened(HELLO, now)
    session.received(encode(Welcome(epoch="e", acked=acked, clock=1000.0, reported=reported)), now)
    return session


def test_the_newest_step_is_told_before_the_older_ones_now_and_again() -> None:
    session = Session("w")
    for first in range(3):
        session.add(flush_of(first))
    newest = Newest(planned={"0": 0.1}, effective={"0": 0.1}, metrics={"loss": 1.0})
    assert session.outgoing(9, 1.0, 0.0, newest) == []
    connected(session)
    beat, *flushes = read(session.outgoing(9, 1.0, 0.0, newest))
    assert beat == Beat(step=9, clock=1.0, newest=newest)
    assert len(flushes) == 3
    assert session.outgoing(9, 1.0, SHOWN_S / 2, newest) == []
    assert len(session.outgoing(9, 1.0, SHOWN_S, newest)) == 1


def test_nothing_is_sent_before_the_welcome() -> None:
    session = Session("w")
    session.add(flush_of(0))
    hello = decode_from_agent(session.opened(HELLO, 0.0))
    assert isinstance(hello, Hello)
    assert hello.writer == "w"
    assert session.outgoing(1, 0.0, 0.0) == []
    session.received(encode(Welcome(epoch="e", acked=0, clock=1000.0)), 0.2)
    assert [m.seq for m in read(session.outgoing(1, 0.0, 0.2)) if isinstance(m, Flush)] == [1]
    assert session.outgoing(1, 0.0, 0.2) == []


def test_the_unacked_are_sent_again_on_the_next_connection() -> None:
    session = connected(Session("w"))
    for first in range(5):
        session.add(flush_of(first))
    session.outgoing(5, 0.0, 0.0)
    session.received(encode(Ack(2)), 0.0)
    assert session.stored_steps == 2
    connected(session, acked=3)
    assert [m.seq for m in read(session.outgoing(5, 0.0, 0.0)) if isinstance(m, Flush)] == [4, 5]


def test_only_a_window_is_under_way() -> None:
    session = connected(Session("w"))
    for first in range(3 * WINDOW_FRAMES):
        session.add(flush_of(first))
    assert len(session.outgoing(0, 0.0, 0.0)) == WINDOW_FRAMES
    session.received(encode(Ack(10)), 0.0)
    assert len(session.outgoing(0, 0.0, 0.0)) == 10


def test_memory_is_bounded_and_losses_are_counted() -> None:
    session = Session("w", max_bytes=10_000)
    for first in range(100):
        session.add(flush_of(10 * first, 10))
    assert 0 < session.lost_steps < 1000
    connected(session)
    flush = read(session.outgoing(1000, 0.0, 0.0))[0]
    assert isinstance(flush, Flush)
    assert flush.seq == 1
    assert flush.step_array()[0] == session.lost_steps


def test_a_silent_job_gives_signs_of_life() -> None:
    session = connected(Session("w"))
    assert session.outgoing(7, 50.0, BEAT_S - 0.1) == []
    assert read(session.outgoing(7, 50.0, BEAT_S)) == [Beat(step=7, clock=50.0)]
    assert session.outgoing(7, 50.0, BEAT_S + 0.1) == []


def test_reports_are_sent_again_until_they_are_acked() -> None:
    session = connected(Session("w"))
    report = CommandReport(id="c", state="applied", at=1.0)
    session.report(report)
    assert read(session.outgoing(0, 0.0, 0.0)) == [Report(1, report)]
    connected(session)
    assert read(session.outgoing(0, 0.0, 0.0)) == [Report(1, report)]
    session.received(encode(Ack(0, 1)), 0.0)
    assert session.drained
    connected(session, reported=1)
    assert session.outgoing(0, 0.0, 0.0) == []


def test_what_the_server_lost_lately_is_sent_again() -> None:
    session = connected(Session("w"))
    for first in range(4):
        session.add(flush_of(first))
    session.report(CommandReport(id="c", state="applied", at=1.0))
    session.outgoing(4, 0.0, 0.0)
    session.received(encode(Ack(4, 1)), 1.0)
    assert session.drained
    connected(session, acked=2, now=5.0)
    again = read(session.outgoing(4, 0.0, 5.0))
    assert [(type(m), m.seq) for m in again if isinstance(m, Flush | Report)] == [
        (Report, 1),
        (Flush, 3),
        (Flush, 4),
    ]


def test_it_says_below_which_number_nothing_is_left() -> None:
    session = connected(Session("w"))
    for first, now in ((0, 0.0), (1, KEPT_S + 1)):
        session.add(flush_of(first))
        session.outgoing(first + 1, 0.0, now)
        session.received(encode(Ack(first + 1)), now)
    session.add(flush_of(2))
    hello = decode_from_agent(session.opened(HELLO, KEPT_S + 2))
    assert isinstance(hello, Hello)
    assert hello.oldest == 2
    session.received(encode(Welcome(epoch="e", acked=0, clock=1000.0)), KEPT_S + 2)
    assert "asks for number 1, which is gone" in session.fault
    connected(session, acked=1, now=KEPT_S + 3)
    flushes = [m for m in read(session.outgoing(3, 0.0, KEPT_S + 3)) if isinstance(m, Flush)]
    assert [(f.seq, int(f.step_array()[0])) for f in flushes] == [(2, 1), (3, 2)]


def test_a_server_that_claims_more_than_was_sent_is_not_believed() -> None:
    session = Session("w")
    session.add(flush_of(0))
    connected(session, acked=9)
    assert "more than was ever sent" in session.fault
    connected(session)
    assert [m.seq for m in read(session.outgoing(1, 0.0, 0.0)) if isinstance(m, Flush)] == [1]


def test_what_an_earlier_process_sent_is_passed_over() -> None:
    session = Session("w", first=3)
    session.add(flush_of(0))
    hello = decode_from_agent(session.opened(HELLO, 0.0))
    assert isinstance(hello, Hello)
    assert hello.oldest == 3
    session.received(encode(Welcome(epoch="e", acked=4, clock=1000.0)), 0.0)
    for first in (1, 2, 3):
        session.add(flush_of(first))
    flushes = [m for m in read(session.outgoing(4, 0.0, 0.0)) if isinstance(m, Flush)]
    assert [(f.seq, int(f.step_array()[0])) for f in flushes] == [(5, 2), (6, 3)]


@pytest.mark.parametrize("seq", [0, -5, 2, 10**12])
def test_an_ack_of_what_was_not_sent_changes_nothing(seq: int) -> None:
    session = connected(Session("w"))
    session.add(flush_of(0))
    session.outgoing(1, 0.0, 0.0)
    session.received(encode(Ack(seq)), 0.0)
    assert session.stored_steps == 0


@pytest.mark.parametrize("frame", [b"", b"\xc1", b"\x80", encode(Bye(state="finished", step=1, last_seq=1))])
def test_nonsense_is_a_fault_and_no_exception(frame: bytes) -> None:
    session = connected(Session("w"))
    assert session.received(frame, 0.0) is None
    assert session.fault
    assert session.outgoing(0, 0.0, 9.0) == []


def test_a_refusal_is_kept_for_whoever_asks() -> None:
    session = Session("w")
    session.opened(HELLO, 0.0)
    session.received(encode(Refused(code="taken", message="another agent writes this run")), 0.0)
    assert session.refused is not None
    assert "another agent" in session.fault


def test_a_link_that_has_gone_silent_is_given_up() -> None:
    session = Session("w")
    session.opened(HELLO, 0.0)
    assert session.overdue(1.0) == ""
    assert "welcome" in session.overdue(21.0)
    connected(session, now=21.0)
    assert session.overdue(100.0) == ""
    session.add(flush_of(0))
    session.outgoing(1, 0.0, 100.0)
    assert session.overdue(119.0) == ""
    assert "ack" in session.overdue(121.0)
    session.received(encode(Ack(1)), 121.0)
    assert session.overdue(200.0) == ""


def test_the_servers_clock_runs_on_without_ours() -> None:
    session = Session("w")
    assert session.server_time(5.0) is None
    session.opened(HELLO, 10.0)
    session.received(encode(Welcome(epoch="e", acked=0, clock=1000.0)), 10.4)
    assert session.server_time(10.2) == pytest.approx(1000.0)
    assert session.server_time(70.2) == pytest.approx(1060.0)


def test_bye_names_the_last_flush() -> None:
    session = connected(Session("w"))
    session.add(flush_of(0))
    session.outgoing(1, 0.0, 0.0)
    bye = msgspec.msgpack.decode(session.bye(Bye(state="finished", step=1, last_seq=0)))
    assert bye["last_seq"] == 1


def test_backoff_doubles_with_jitter_and_starts_over() -> None:
    backoff = Backoff(Random(1), 5.0)
    waits = [backoff.next() for _ in range(10)]
    for index, wait in enumerate(waits):
        full = min(5.0, 0.2 * 2**index)
        assert 0.5 * full <= wait <= full
    backoff.reset()
    assert backoff.next() <= 0.2
