"""A world for the protocol: real sessions on both sides, a network that misbehaves, processes that die.

All of it hangs on one seed. The agent's side is `Session` and `Control`, the server's is `AgentSession`,
`Leases` and `may_follow`; only the disk is a model on either side: the spool, which outlives a killed job,
and the store, which commits in groups, outlives the server, and may go back in time (another epoch).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from random import Random

import msgspec
import numpy as np

from rheostat.agent.session import Session
from rheostat.control.command import Command, CommandReport, Limits, Scale
from rheostat.control.states import Control
from rheostat.wire import Bye, Column, Flush, Group, Hello, Plan, Welcome, decode_from_server
from tests.protocol.server import Line, Link, Server, Store

__all__ = ["Faults", "World"]

PLANNED = {"g": 1.0}


@dataclass(frozen=True, slots=True)
class Faults:
    """How likely each fault is, a frame or a tick."""

    drop: float = 0.03
    duplicate: float = 0.03
    swap: float = 0.03
    stall: float = 0.35
    cut: float = 0.05
    job_killed: float = 0.015
    server_killed: float = 0.025
    back_in_time: float = 0.3


@dataclass
class Life:
    """One process life of the job: its session and control, and what an onlooker knows of it."""

    number: int
    control: Control
    session: Session
    spool: list[Flush] = field(default_factory=list)
    said: list[CommandReport] = field(default_factory=list)
    alive: bool = True

    @property
    def writer(self) -> str:
        """Its attempt id, which is also its writer."""
        return f"a{self.number}"


class World:
    """One run of the simulation. ``train`` is what may happen in a tick; `settle` is the quiet afterwards."""

    def __init__(self, seed: int, faults: Faults | None = None) -> None:
        self.random = Random(seed)
        self.faults = faults or Faults()
        self.now = 0.0
        self.step = 0
        self.store = Store()
        self.snapshot = self.store.copy()
        self.server = Server(self.store)
        self.lives: list[Life] = []
        self.commands: dict[str, Command] = {}
        self.line: Line | None = None
        self.link: Link | None = None
        self.session: Session | None = None
        self.events: dict[str, int] = dict.fromkeys(
            ("drop", "duplicate", "swap", "cut", "job", "server", "back"), 0
        )
        self.start_job()

    @property
    def job(self) -> Life:
        """The life that trains now."""
        return self.lives[-1]

    def chance(self, probability: float) -> bool:
        """Whether it happens."""
        return self.random.random() < probability

    def run(self, ticks: int = 60) -> None:
        """Trouble, then quiet; afterwards `check` must hold."""
        for _ in range(ticks):
            self.tick(self.faults)
        calm = Faults(0, 0, 0, 0, 0, 0, 0, 0)
        for _ in range(400):
            self.tick(calm, train=False)
            if self._quiet():
                return
        raise AssertionError("it does not come to rest")

    def tick(self, faults: Faults, *, train: bool = True) -> None:
        """A moment: training, processes, the network each way, a commit."""
        self.now += self.random.uniform(0.0, 0.4)
        if train:
            self._train()
        if self.chance(faults.job_killed):
            self.kill_job()
        if self.chance(faults.server_killed):
            self.kill_server(self.chance(faults.back_in_time))
        if self.line is not None and self.chance(faults.cut):
            self._count("cut")
            self.hang_up()
        self._speak(faults)
        self._carry(faults)
        if not self.chance(faults.stall):
            self.server.commit()
            if self.chance(0.05):
                self.snapshot = self.store.copy()

    # Processes

    def start_job(self) -> None:
        """A new process of the job, from a checkpoint that holds no overrides."""
        control = Control(Limits(min_interval_s=0.0, max_active=100))
        control.know_lr(1.0)
        number = len(self.lives)
        self.lives.append(Life(number, control, Session(f"a{number}")))

    def kill_job(self) -> None:
        """Kill -9: what is in memory is gone, what is in the spool is not."""
        self._count("job")
        self.hang_up()
        self.job.alive = False
        self.start_job()

    def kill_server(self, back: bool) -> None:
        """Kill -9, and perhaps a store put back to an earlier state."""
        self._count("server")
        self.hang_up()
        if back:
            self._count("back")
            epoch = self.store.epoch + 1
            self.store = self.snapshot.copy()
            self.store.epoch = epoch
        self.server = Server(self.store)

    def hang_up(self) -> None:
        """The line is cut. What the server had received already, it still commits."""
        if self.link is not None:
            self.server.left(self.link)
        if self.session is not None:
            self.session.welcomed = False
        self.line = self.link = self.session = None

    # What happens in a tick

    def _train(self) -> None:
        count = self.random.randint(0, 3)
        if count:
            flush = flush_of(self.step, count)
            self.step += count
            self.job.spool.append(flush)
            self.job.session.add(flush)
        if self.chance(0.15):
            self._ask()
        self._advance()

    def _advance(self) -> None:
        job = self.job
        job.control.advance(self.step, PLANNED, self.now)
        for report in job.control.reports.drain():
            job.said.append(report)
            job.session.report(report)

    def _ask(self) -> None:
        """Someone asks for a command; recorded only while the job is connected, as the API does."""
        link = self.link
        if link is None or link.hello is None or self.server.leases.holder("r") is not link:
            return
        if link.hello.attempt != self.job.writer or not self.job.alive:
            return
        id = f"c{len(self.commands)}"
        self.commands[id] = Command(
            id=id, action=Scale(0.99), ttl_s=None, for_steps=self.random.choice((None, 3))
        )
        self.store.lives[id] = ["requested"]
        self.store.owner[id] = link.hello.attempt
        link.send(link.session.deliver(self.commands[id]))

    def _speak(self, faults: Faults) -> None:
        """Connect if there is no line, and have the agent say what is due."""
        if self.line is None:
            if self.chance(faults.cut * 6):
                return
            self.line = Line()
            self.link = Link(self.server, self.line)
            self.session, hello = self._introduce()
            self.line.up.append(self.session.opened(hello, self.now))
        assert self.session is not None
        if self.session.overdue(self.now):
            self.hang_up()
            return
        self.line.up.extend(self.session.outgoing(self.step, self.now, self.now))
        life = self._telling()
        if life is not None and not life.alive and self.session.welcomed and self.session.drained:
            assert not self.session.flushes.missing
            self.line.up.append(self.session.bye(Bye(state="crashed", step=0, last_seq=0)))

    def _introduce(self) -> tuple[Session, Hello]:
        """First what earlier lives left, by a session of its own; then the job that lives."""
        for life in self.lives[:-1]:
            if life.spool:
                life.session = Session(life.writer, first=1)
                for flush in life.spool:
                    life.session.add(flush)
                return life.session, hello_of(life)
        return self.job.session, hello_of(self.job)

    def _telling(self) -> Life | None:
        """Whose session the line carries."""
        return next((life for life in self.lives if life.session is self.session), None)

    def _carry(self, faults: Faults) -> None:
        if self.line is None or self.link is None:
            return
        line, link = self.line, self.link
        self._mangle(line.up, faults)
        while line.up and self.line is line and not self.chance(faults.stall):
            link.take(line.up.popleft())
        for which, id in self.server.redeliver:
            which.send(which.session.deliver(self.commands[id]))
        self.server.redeliver.clear()
        self._mangle(line.down, faults)
        while line.down and self.line is line and not self.chance(faults.stall):
            self._receive(line, line.down.popleft())

    def _receive(self, line: Line, frame: bytes) -> None:
        session = self.session
        assert session is not None
        if not frame:
            life = self._telling()
            if line.confirmed and life is not None and not life.alive:
                life.spool = []
                # What is deleted on disk cannot come again to a store older than this.
                self.snapshot = self.store.copy()
            self.hang_up()
            return
        if isinstance(decode_from_server(frame), Welcome) and session.welcomed:
            return  # a duplicated welcome: the next fault below would be its second
        command = session.received(frame, self.now)
        if session.fault:
            self.hang_up()
        elif command is not None and session is self.job.session:
            self.job.control.receive(command, now=self.now, step=self.step, planned=PLANNED)
            self._advance()

    def _mangle(self, frames: deque[bytes], faults: Faults) -> None:
        """Lose, double and swap frames that are under way."""
        kept: list[bytes] = []
        for frame in frames:
            if frame and self.chance(faults.drop):  # an empty one is a close, which only a cut can lose
                self._count("drop")
                continue
            kept.append(frame)
            if self.chance(faults.duplicate):
                self._count("duplicate")
                kept.append(frame)
        for at in range(len(kept) - 1):
            if self.chance(faults.swap):
                self._count("swap")
                kept[at], kept[at + 1] = kept[at + 1], kept[at]
        frames.clear()
        frames.extend(kept)

    def _count(self, event: str) -> None:
        self.events[event] += 1

    # What must hold

    def _quiet(self) -> bool:
        if any(life.spool for life in self.lives[:-1]) or self.session is not self.job.session:
            return False
        return self.job.session.drained and not self.server.queue and not self.link_busy

    @property
    def link_busy(self) -> bool:
        """Whether frames are under way."""
        return self.line is not None and bool(self.line.up or self.line.down)

    def check(self) -> None:
        """Steps are stored once, reports once and in order; no command acted twice."""
        steps = np.concatenate(
            [np.frombuffer(s, dtype="<i8") for s in self.store.flushes.values()] or [np.zeros(0, np.int64)]
        )
        assert np.array_equal(np.sort(steps), np.arange(self.step)), "steps are missing or doubled"
        for life in self.lives:
            numbers = sorted(seq for writer, seq in self.store.flushes if writer == life.writer)
            assert numbers == list(range(1, len(numbers) + 1)), "flush numbers have a hole"
            told = self.store.reports.get(life.writer, [])
            if life.alive:
                assert told == life.said, "a report was lost, doubled or out of order"
            else:
                assert told == life.said[: len(told)], "a killed job's reports came out of order"
        for id in self.commands:
            applied = {r.step for life in self.lives for r in life.said if (r.id, r.state) == (id, "applied")}
            assert len(applied) <= 1, "a command was applied at two steps"
        for id, life_of in self.store.lives.items():
            said = [r.state for r in self.job.said if r.id == id]
            if said and self.store.owner[id] == self.job.writer:
                assert life_of[-1] == said[-1], f"the server shows {life_of[-1]}, the job is at {said[-1]}"


def flush_of(first: int, count: int) -> Flush:
    """A flush of ``count`` steps."""
    steps = np.arange(first, first + count, dtype="<i8")
    column = Column(steps.astype("<f8").tobytes())
    return Flush(
        seq=0,
        steps=steps.tobytes(),
        times=column.values,
        planned={"g": column},
        effective={"g": column},
        metrics={},
    )


_HELLO = Hello(
    protocol=2,
    run="r",
    project="default",
    name="r",
    writer="a0",
    attempt="a0",
    restart=0,
    clock=0.0,
    started_at=0.0,
    step=0,
    groups=(Group(name="g", parameters=1, lr=1.0),),
    optimizer="SGD",
    scheduler=None,
    plan=Plan(origin="none"),
    control=True,
    limits=Limits(),
)


def hello_of(life: Life) -> Hello:
    """What a life says first; of a dead one no command is in force."""
    active = life.control.active if life.alive else ()
    return msgspec.structs.replace(_HELLO, writer=life.writer, attempt=life.writer, restart=0, active=active)
