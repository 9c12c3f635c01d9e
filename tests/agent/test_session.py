"""The session against a model server over a bad network, many seeds; then its rules one by one."""

from __future__ import annotations

from collections import deque
from random import Random

import msgspec
import numpy as np
import pytest

from rheostat.agent.session import BEAT_S, KEPT_S, WINDOW_FRAMES, Backoff, Session
from rheostat.control.command import Command, CommandReport, Limits, Scale
from rheostat.control.states import Control
from rheostat.wire import (
    Ack,
    Beat,
    Bye,
    Column,
    Deliver,
    Flush,
    FromAgent,
    FromServer,
    Group,
    Hello,
    Plan,
    Refused,
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


def connected(session: Session, acked: int = 0, now: float = 0.0) -> Session:
    session.opened(HELLO, now)
    session.received(encode(Welcome(epoch="e", acked=acked, clock=1000.0)), now)
    return session


class Server:
    """Stores each (writer, seq) once and acks what is contiguous; keeps its store over a restart."""

    def __init__(self) -> None:
        self.stored: dict[str, dict[int, Flush]] = {}
        self.writer = ""
        self.states: dict[str, list[str]] = {}

    def acked(self) -> int:
        have = self.stored.setdefault(self.writer, {})
        seq = 0
        while seq + 1 in have:
            seq += 1
        return seq

    def take(self, message: FromAgent) -> list[FromServer]:
        if isinstance(message, Hello):
            self.writer = message.writer
            return [Welcome(epoch="e", acked=self.acked(), clock=1000.0)]
        if isinstance(message, Flush):
            have = self.stored.setdefault(self.writer, {})
            assert have.setdefault(message.seq, message) == message
            return [Ack(self.acked())]
        if isinstance(message, CommandReport):
            states = self.states.setdefault(message.id, [])
            if message.state not in states:
                states.append(message.state)
        return []


class Network:
    """Carries frames both ways, late, cut off, or in the middle of a break processed by the server still."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.session = Session("w")
        self.server = Server()
        self.control = Control(Limits(min_interval_s=0.0))
        self.control.know_lr(1.0)
        self.orders = [Command(id=f"c{i}", action=Scale(0.99), ttl_s=None) for i in range(5)]
        self.up: deque[bytes] = deque()
        self.down: deque[bytes] = deque()
        self.stands = False
        self.step = 0
        self.now = 0.0

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def train(self, count: int) -> None:
        if count:
            self.session.add(flush_of(self.step, count))
            self.step += count
        self.control.advance(self.step, {"0": 1.0}, self.now)
        for report in self.control.drain():
            self.session.report(report)

    def break_off(self) -> None:
        self.stands = False
        for queue in (self.up, self.down):
            while queue and self.chance(0.7):
                queue.pop()
        while self.up:
            self.server.take(decode_from_agent(self.up.popleft()))
        self.down.clear()

    def pump(self, faults: bool) -> None:
        self.now += self.random.uniform(0.0, 0.5)
        if faults and self.stands and self.chance(0.08):
            self.break_off()
        if not self.stands and not (faults and self.chance(0.5)):
            self.stands = True
            self.up.append(self.session.opened(HELLO, self.now))
        if not self.stands:
            return
        self.up.extend(self.session.outgoing(self.step, self.now, self.now))
        while self.up and not (faults and self.chance(0.4)):
            answers = self.server.take(decode_from_agent(self.up.popleft()))
            self.down.extend(encode(m) for m in answers)
        if self.session.welcomed:
            open_orders = [o for o in self.orders if "applied" not in self.server.states.get(o.id, [])]
            self.down.extend(encode(Deliver(o)) for o in open_orders if self.chance(0.4))
        while self.down and not (faults and self.chance(0.4)):
            command = self.session.received(self.down.popleft(), self.now)
            assert not self.session.fault
            if command is not None:
                self.control.receive(command, now=self.now, step=self.step, planned={"0": 1.0})


@pytest.mark.parametrize("seed", range(60))
def test_over_a_bad_network_all_is_stored_once_and_commands_act_once(seed: int) -> None:
    network = Network(seed)
    for _ in range(120):
        network.train(network.random.randint(0, 4))
        network.pump(faults=True)
    for _ in range(200):
        network.train(0)
        network.pump(faults=False)
    assert network.session.drained
    stored = [f for _, f in sorted(network.server.stored["w"].items())]
    steps = np.concatenate([f.step_array() for f in stored])
    assert np.array_equal(steps, np.arange(network.step))
    assert list(network.server.stored) == ["w"]
    assert sorted(o.id for o in network.control.stack) == [o.id for o in network.orders]
    assert all("applied" in network.server.states[o.id] for o in network.orders)


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
    assert session.unacked_steps == 3
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
    assert 0 < session.unacked_steps < 1000
    assert session.lost_steps == 1000 - session.unacked_steps
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


def test_reports_are_sent_again_until_something_after_them_was_acked() -> None:
    session = connected(Session("w"))
    report = CommandReport(id="c", state="applied", at=1.0)
    session.report(report)
    assert read(session.outgoing(0, 0.0, 0.0)) == [report]
    connected(session)
    assert read(session.outgoing(0, 0.0, 0.0)) == [report]
    session.add(flush_of(0))
    session.outgoing(0, 0.0, 0.0)
    session.received(encode(Ack(1)), 0.0)
    connected(session, acked=1)
    assert session.outgoing(0, 0.0, 0.0) == []


def test_what_the_server_lost_lately_is_sent_again() -> None:
    session = connected(Session("w"))
    for first in range(4):
        session.add(flush_of(first))
    session.outgoing(4, 0.0, 0.0)
    session.received(encode(Ack(4)), 1.0)
    assert session.drained
    connected(session, acked=2, now=5.0)
    assert [m.seq for m in read(session.outgoing(4, 0.0, 5.0)) if isinstance(m, Flush)] == [3, 4]


def test_a_server_gone_back_too_far_gets_a_new_writer() -> None:
    session = connected(Session("w"))
    session.add(flush_of(0))
    session.outgoing(1, 0.0, 0.0)
    session.received(encode(Ack(1)), 0.0)
    session.add(flush_of(1))
    session.outgoing(1, 0.0, KEPT_S + 1)
    session.received(encode(Ack(2)), KEPT_S + 1)
    session.add(flush_of(2))
    connected(session, acked=0, now=KEPT_S + 2)
    assert "gone back" in session.fault
    assert session.writer == "w.1"
    connected(session, now=KEPT_S + 3)
    flushes = [m for m in read(session.outgoing(3, 0.0, KEPT_S + 3)) if isinstance(m, Flush)]
    assert [(f.seq, int(f.step_array()[0])) for f in flushes] == [(1, 1), (2, 2)]


def test_a_server_that_knows_more_than_was_sent_gets_a_new_writer() -> None:
    session = Session("w")
    session.add(flush_of(0))
    connected(session, acked=9)
    assert session.fault
    connected(session)
    assert [m.seq for m in read(session.outgoing(1, 0.0, 0.0)) if isinstance(m, Flush)] == [1]


@pytest.mark.parametrize("seq", [0, -5, 2, 10**12])
def test_an_ack_of_what_was_not_sent_changes_nothing(seq: int) -> None:
    session = connected(Session("w"))
    session.add(flush_of(0))
    session.outgoing(1, 0.0, 0.0)
    session.received(encode(Ack(seq)), 0.0)
    assert session.unacked_steps == 1


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
