"""Steering: the lrs of a job's optimizers as planned and as overridden, asked and told from any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from math import isnan, nan
from time import time

from rheostat.agent.driver import Driver, highest_lr
from rheostat.agent.groups import read_lr
from rheostat.agent.member import Member
from rheostat.agent.orders import Orders
from rheostat.agent.ranks import Ranks
from rheostat.agent.rendezvous import stand
from rheostat.agent.stepped import Lrs
from rheostat.agent.windows import Decision
from rheostat.control.command import Command, CommandReport, Resume, Stop
from rheostat.control.limits import Refusal
from rheostat.control.override import Stack, apply
from rheostat.control.states import Control, Saved

__all__ = ["Steering"]


class Steering:
    """``step`` is the next step to be taken: how many updates the first optimizer has made. Up to ``horizon``
    there is nothing to do after one that followed its plan but to count and record it. ``acting`` is the step
    whose overrides act now: that which the first optimizer takes, or took last, for all of them.

    ``news`` tells that the step about to be taken has led to reports. ``regrouped`` is called when the
    groups of a member are no longer those it had. With ``ranks`` every command begins on all of them at the
    step they agree on.
    """

    __slots__ = (
        "acting",
        "control",
        "driver",
        "horizon",
        "lock",
        "members",
        "news",
        "orders",
        "ranks",
        "refusal",
        "regrouped",
        "step",
    )

    def __init__(
        self,
        members: Sequence[Member],
        control: Control,
        driver: Driver | None,
        regrouped: Callable[[], None],
        *,
        wake: Callable[[], None],
        warn: Callable[[str, str], None],
    ) -> None:
        self.members = tuple(members)
        self.control = control
        self.driver = driver
        self.lock = threading.Lock()
        self.step = 0
        self.acting = 0
        self.horizon = 0
        self.news = False
        self.regrouped = regrouped
        self.refusal = control.refusal
        self.ranks: Ranks | None = None
        self.orders = Orders(control, self.lock, wake=wake, warn=warn)

    @property
    def names(self) -> list[str]:
        """The names of all groups, those of the first optimizer first."""
        return [n for m in self.members for n in m.names]

    def planned(self) -> dict[str, float]:
        """The plan's lrs, read now between steps; in the middle of one, as they were before it."""
        for member in self.members:
            if member.hooks is None or not member.hooks.standing:
                if len(member.groups) != len(member.names):
                    self.regroup(member)
                member.planned = [read_lr(g.get("lr")) for g in member.groups]
        return self.known()

    def known(self) -> dict[str, float]:
        """The plan's lrs as last read; groups without one, or with one not yet read, are left out."""
        found: dict[str, float] = {}
        for member in self.members:
            last = dict(zip(member.names, member.last, strict=False))
            for name, planned in zip(member.names, member.planned, strict=False):
                lr = last.get(name) if planned is not None and isnan(planned) else planned
                if lr is not None and not isnan(lr):
                    found[name] = lr
        return found

    def peek(self) -> dict[str, float]:
        """The lr of each group that the next step will use, as things stand."""
        with self.lock:
            return self.control.peek(self.step, self.planned())

    def decide(self, index: int, planned: Lrs, *, again: bool) -> Lrs:
        """The effective lrs of optimizer ``index`` for the step about to be taken."""
        self.horizon = 0
        member = self.members[index]
        if len(planned) != len(member.names):
            self.regroup(member)
        member.planned = member.last = planned
        everything = self.known()
        orders = self.control.orders
        with self.lock:
            if index == 0 and not again:
                self.control.know_lr(max(everything.values(), default=0.0))
                self.acting = self.step
                effective = self.control.advance(self.step, everything, time())
                self.set_busy()
                self.news = bool(self.control.reports)
            else:
                effective = apply(self.control.stack, self.acting, everything)
        if orders:
            self.orders.before(self.step)
        return [effective.get(name, plan) for name, plan in zip(member.names, planned, strict=True)]

    def rows(self, step: int, effective: Lrs) -> tuple[list[float], list[float]]:
        """The planned and effective lrs of all groups at ``step``; the first optimizer used ``effective``."""
        for member in self.members:
            if len(member.planned) != len(member.names):
                self.regroup(member)
        planned = self.known()
        used = apply(self.control.stack, step, planned) | {
            n: lr for n, lr in zip(self.members[0].names, effective, strict=True) if lr is not None
        }
        names = self.names
        return [planned.get(n, nan) for n in names], [used.get(n, nan) for n in names]

    def receive(self, command: Command, *, now: float, offset: float, local: bool) -> CommandReport:
        """Take in a command and say what becomes of it."""
        if self.ranks is not None and self.ranks.rank:
            message = "in a job of many ranks the commands that rank 0 gives act on all of them"
            return CommandReport(
                id=command.id, state="accepted", at=now, code="left_to_rank_0", message=message
            )
        with self.lock:
            self.control.refusal = self._hindrance()
            paused = self.control.pause is not None
            planned = self.known() if self.control.busy else self.planned()
            self.control.know_lr(max(planned.values(), default=0.0))
            for member in self.members:
                self.control.know_lr(highest_lr(member.groups))
            report = self.control.receive(
                command, now=now, step=self.step, planned=planned, offset=offset, local=local
            )
            self.set_busy()
            if paused and isinstance(command.action, Resume | Stop) and report.state != "rejected":
                self.orders.go_on()
        return report

    def begin(self, decision: Decision, step: int) -> None:
        """Take in what the ranks have agreed to begin from ``step`` on."""
        if not decision.entries:
            return
        with self.lock:
            now = time()
            for entry in decision.entries:
                self.control.take(entry.command, entry.ceiling, step, now)
            self.set_busy()
            self.news = True

    def stack(self) -> Stack:
        """The overrides in force."""
        return self.control.stack

    def active(self) -> tuple[Command, ...]:
        """The commands in force, oldest first."""
        with self.lock:
            return self.control.active

    def save(self) -> Saved:
        """What a checkpoint should keep of the commands."""
        with self.lock:
            return self.control.save()

    def restore(self, saved: Saved, step: int) -> None:
        """Go on from a checkpoint at ``step``."""
        with self.lock:
            self.step, self.horizon, self.acting = step, 0, max(step - 1, 0)
            self.control.restore(saved, step, time())
            self.set_busy()
        if self.driver is not None:
            self.driver.write(self.members[0].groups, step)

    def _hindrance(self) -> Refusal | None:
        """Why no command can be obeyed now."""
        if self.refusal is not None:
            return self.refusal
        if self.ranks is not None:
            return self.ranks.refusal()
        if stand().world > 1:
            return Refusal("many_ranks", "this job has come to have many ranks since attach; attach again")
        return None

    def set_busy(self) -> None:
        """Have the hooks ask before every step while there is something to ask about."""
        busy = self.control.busy
        for member in self.members:
            if member.hooks is not None:
                member.hooks.set_busy(busy)

    def regroup(self, member: Member) -> None:
        """Name the groups that ``member`` has now."""
        member.rename()
        self.regrouped()
