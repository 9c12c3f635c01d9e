"""The works: what the hooks, the transport, the ranks and the end of the process drive in an agent."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator, Sequence
from time import sleep, time
from typing import Literal, Protocol

import msgspec

from rheostat.agent.deferred import Deferred
from rheostat.agent.driver import Driver
from rheostat.agent.guard import Guard
from rheostat.agent.keeper import Keeper
from rheostat.agent.member import Member
from rheostat.agent.notices import Notices
from rheostat.agent.ranks import NEVER, Ranks
from rheostat.agent.recorder import Recorder
from rheostat.agent.steering import Steering
from rheostat.agent.stepped import Lrs
from rheostat.agent.verbs import Verbs
from rheostat.agent.windows import Decision
from rheostat.control.command import Command, CommandReport
from rheostat.control.rules import Rules
from rheostat.control.states import Control
from rheostat.wire import Flush, Hello, Newest, Report, Resumed
from rheostat.wire import Plan as PlanNote

__all__ = ["EndState", "Link", "Works"]

HELD_S = 2.0
"""How long rows wait for values still on a device."""
DEVICE_PATIENCE_S = 0.5
"""How long the end of a job waits for values still on a device."""
EndState = Literal["finished", "crashed", "stopped"]
_nan = float("nan")


class Link(Protocol):
    """What carries rows and reports away, in its own thread."""

    @property
    def url(self) -> str:
        """The page of the run, if known."""

    def wake(self) -> None:
        """Look for new rows and reports soon."""

    def introduce_anew(self) -> None:
        """Tell the server again who this job is: that has changed."""

    def close(self, state: EndState, message: str) -> None:
        """Send the rest in bounded time and end."""


class Works(Notices, Verbs):
    """An agent without its public face: it records steps, obeys commands and is carried by a link.

    ``report`` is the compatibility report, a sentence an item; ``plan`` what is known of the future;
    ``resumed`` tells of a checkpoint that was made under another plan.
    """

    def __init__(
        self,
        members: Sequence[Member],
        control: Control,
        *,
        driver: Driver | None = None,
        records: bool = True,
    ) -> None:
        super().__init__()
        self.report: tuple[str, ...] = ()
        self.plan = PlanNote(origin="none")
        self.resumed: Resumed | None = None
        self._steering = Steering(members, control, driver, self._regrouped, wake=self._wake, warn=self.warn)
        self._members = self._steering.members
        self._driver = driver
        self._inert = False
        self._closed = False
        self._link: Link | None = None
        self._hello: Hello | None = None
        self._recorder = Recorder(self._steering.names, self._wake, self._steering) if records else None
        self._deferred = Deferred(self._arrived)
        self._single = len(self._members) == 1
        self._look_in = NEVER
        self._guard: Guard | None = None

    def end(self, state: EndState, message: str = "") -> None:
        """Close, saying how the attempt ended. A second time does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            self._steering.orders.go_on()
            for member in self._members:
                if member.hooks is not None:
                    member.hooks.remove()
            if self._steering.ranks is not None and not self._inert:
                self._steering.ranks.close()
            self._deferred.finish(DEVICE_PATIENCE_S, sleep, time)
            if self._link is not None and not self._inert:
                self._link.close(state, message)
        except Exception as error:
            self.failed(error)

    def connect(self, link: Link, hello: Hello) -> None:
        """Have rows and reports carried away by ``link``, which ``hello`` introduces."""
        self._hello = hello
        self._link = link

    def join(self, ranks: Ranks) -> None:
        """Have commands begin on all ranks at the step that ``ranks`` agree on."""
        steering = self._steering
        steering.ranks = ranks
        steering.control.agree(ranks.post if ranks.rank == 0 else None)
        self._look_in = ranks.start(self._members[0].planned, steering.stack())

    def guard(self, rules: Rules) -> None:
        """Take overrides back by ``rules`` from now on."""
        self._guard = Guard(rules, self._steering, self)
        self._log_slowly()

    def begin(self, decision: Decision, step: int) -> None:
        """Take in what the ranks have agreed to begin from ``step`` on."""
        self._steering.begin(decision, step)

    def keep_in(self, keeper: Keeper) -> None:
        """Have ``keeper`` make rows and reports outlive this process."""
        if self._recorder is not None:
            self._recorder.keep_in(keeper)
        with self._steering.lock:
            self._steering.control.reports.keep = keeper.note

    def disable(self) -> None:
        """Become inert for good, in a forked child: nothing is written, recorded or sent."""
        self._inert = True
        self._log_slowly()
        if self._recorder is not None:
            self._recorder.stop()
        self._steering.horizon = 0
        self._deferred = Deferred(self._arrived)
        self._recorder = None
        self._link = None
        self._steering.lock = threading.Lock()
        self._steering.control.reports.forsake()
        self._look_in = NEVER

    @property
    def recorder(self) -> Recorder | None:
        """Where the rows go; None if nothing is recorded here."""
        return self._recorder

    def introduce(self) -> Hello:
        """Who this job is, now."""
        assert self._hello is not None
        primary = self._members[0]
        return msgspec.structs.replace(
            self._hello,
            clock=time(),
            step=self._steering.step,
            active=self._steering.active(),
            resumed=self.resumed,
            optimizer=type(primary.optimizer).__name__,
            groups=tuple(g for m in self._members for g in m.notes()),
        )

    def collect(self, *, final: bool) -> Iterator[Flush]:
        """Take out the rows that are complete, a flush at a time."""
        recorder = self._recorder
        if recorder is None:
            return
        now = time()
        held = None if final else self._deferred.oldest
        before = None if held is None or now - held[1] > HELD_S else held[0]
        yield from recorder.take(now, final=final, before=before)
        if recorder.lost:
            self.warn(
                "full",
                f"rheostat: {recorder.lost} steps were lost: they came faster than they could be taken",
            )

    @property
    def waiting(self) -> int:
        """How many rows have not been taken out."""
        return 0 if self._recorder is None else self._recorder.waiting

    def newest(self) -> Newest | None:
        """The newest step, if there is one."""
        return None if self._recorder is None else self._recorder.newest()

    def collect_reports(self) -> list[Report]:
        """Take out the reports not yet sent, each with the number under which it is kept (0: it is not)."""
        return [Report(seq, report) for seq, report in self._steering.control.reports.drain_numbered()]

    def decide(self, index: int, planned: Lrs, *, again: bool) -> Lrs | None:
        """The effective lrs of optimizer ``index`` for the step about to be taken; None: the plan's."""
        if self._inert:
            return None
        return self._steering.decide(index, planned, again=again)

    def taken(self, index: int, planned: Lrs, effective: Lrs) -> None:
        """A step has been taken: record it, and make the next one the plan's if the agent drives."""
        try:
            self._members[index].planned = planned
            if index or self._inert:
                return
            steering = self._steering
            step = steering.step
            steering.step = step + 1
            if step + 1 >= self._look_in and steering.ranks is not None:
                self._look_in = steering.ranks.reached(step + 1, planned, steering.stack)
            recorder = self._recorder
            if recorder is not None:
                if self._single:
                    recorder.row(step, time(), planned, effective)  # type: ignore[arg-type]
                else:
                    self._record_all(recorder, step, effective)
            if self._driver is not None:
                self._driver.write(self._members[0].groups, step + 1)
            waits = self._deferred.oldest is not None
            if waits:
                self._deferred.harvest(time())
            # The step before a look-in must come here.
            steering.horizon = self._look_in - 1 if self._single and self._driver is None and not waits else 0
        except struct.error:
            self._record_odd(step, planned, effective)
        except Exception as error:
            self.failed(error)
        if not index and self._steering.news:
            self._attend()

    def receive(
        self, command: Command, *, now: float, offset: float = 0.0, local: bool = False
    ) -> CommandReport:
        """Take in a command, from whichever thread, and say what becomes of it."""
        if self._inert or self._closed:
            gone = "closed" if self._closed else "inert"
            return CommandReport(
                id=command.id, state="rejected", at=now, code=gone, message=f"this agent is {gone}"
            )
        report = self._steering.receive(command, now=now, offset=offset, local=local)
        if local:
            self._wake()
        return report

    def _log_slowly(self) -> None:
        """Have every call of ``log`` go through the method."""
        vars(self).pop("log", None)

    def _attend(self) -> None:
        """After a step that brought reports or orders: see to them."""
        steering = self._steering
        steering.news = False
        try:
            self._wake()
            steering.orders.after(steering.step - 1, steering.ranks)
        except Exception as error:
            self.failed(error)

    def _wake(self) -> None:
        if self._link is not None:
            self._link.wake()

    def _regrouped(self) -> None:
        if self._recorder is not None:
            self._recorder.regroup(self._steering.names)

    def _record_all(self, recorder: Recorder, step: int, effective: Lrs) -> None:
        """Record a step of the first optimizer beside the latest lrs of the others."""
        recorder.row(step, time(), *self._steering.rows(step, effective))

    def _record_odd(self, step: int, planned: Lrs, effective: Lrs) -> None:
        """Record a step whose groups have no lr, or are not those of the step before."""
        try:
            member = self._members[0]
            if len(planned) != len(member.names):
                self._steering.regroup(member)
            if self._recorder is not None:
                rows = [[_nan if lr is None else lr for lr in lrs] for lrs in (planned, effective)]
                self._recorder.row(step, time(), *rows)
            if self._driver is not None:
                self._driver.write(member.groups, step + 1)
        except Exception as error:
            self.failed(error)

    def _arrived(self, step: int, values: dict[str, float]) -> None:
        """Values logged on a device some steps ago."""
        if self._guard is not None:
            self._guard.look(step, values)
        if self._recorder is not None:
            self._recorder.log_at(step, values)
