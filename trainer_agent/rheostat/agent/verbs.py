"""The verbs: what a job commands itself, through the same gate as everyone's."""

from __future__ import annotations

import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import TypedDict, Unpack

from rheostat.control.command import (
    Action,
    Checkpoint,
    Command,
    CommandReport,
    Freeze,
    Hold,
    Pause,
    Release,
    Resume,
    Scale,
    Shape,
    Stop,
    Swap,
)
from rheostat.control.kinds import action_of

__all__ = ["Verbs", "When", "Where"]


class When(TypedDict, total=False):
    """``at_step``: the step it acts at (None: the next). ``reason``: shown with it."""

    at_step: int | None
    reason: str


class Where(When, total=False):
    """``groups``: names of param groups (None: all). ``for_steps``: how many (None: until released)."""

    groups: str | Iterable[str] | None
    for_steps: int | None


class Verbs(ABC):
    """Each verb answers with a report: accepted, scheduled, or rejected with its reason; none raises.

    Those that change the lr take ``groups``, ``at_step``, ``for_steps`` and ``reason``, as in `Where`.
    """

    @abstractmethod
    def receive(
        self, command: Command, *, now: float, offset: float = 0.0, local: bool = False
    ) -> CommandReport:
        """Take in a command, from whichever thread, and say what becomes of it."""

    @abstractmethod
    def warn(self, topic: str, message: str) -> None:
        """Warn once a topic. Never raises, even where warnings are errors."""

    def hold(self, value: float, *, keep_ratio: bool = True, **where: Unpack[Where]) -> CommandReport:
        """Keep the lr at ``value`` (meant for the first group; the others keep their ratio to it)."""
        return self._order(lambda: Hold(float(value)), keep_ratio, **where)

    def scale(self, factor: float, **where: Unpack[Where]) -> CommandReport:
        """Multiply the lr by ``factor``, on top of what is in force."""
        return self._order(lambda: Scale(float(factor)), **where)

    def ramp(
        self,
        value: float,
        *,
        over: int,
        start: float | None = None,
        shape: Shape = "linear",
        keep_ratio: bool = True,
        **where: Unpack[Where],
    ) -> CommandReport:
        """Go to ``value`` in ``over`` steps, from ``start`` or the present lr, then hold it.

        ``shape`` is "linear" or, by equal ratios a step, "log".
        """
        fields = {"value": value, "over": over, "start": start, "shape": shape}
        return self._order(lambda: action_of("ramp", fields), keep_ratio, **where)

    def release(self, *, over: int = 0, **where: Unpack[Where]) -> CommandReport:
        """Go back to the plan, in ``over`` steps; with ``for_steps``, only for that many."""
        return self._order(lambda: Release(int(over)), **where)

    def swap(
        self, schedule: object, *, continuous: bool = False, from_here: bool = False, **where: Unpack[Where]
    ) -> CommandReport:
        """Follow another schedule (a text, or a Schedule) until released, at the steps of the job.

        ``from_here``: as if the first step it acts on were its step 0. ``continuous``: scaled so that it
        begins at the present lr.
        """
        return self._order(lambda: Swap(str(schedule), bool(continuous), bool(from_here)), **where)

    def freeze(self, **where: Unpack[Where]) -> CommandReport:
        """Keep the lr at 0. Moments and counters of the optimizer go on."""
        return self._order(Freeze, **where)

    def pause(self, **when: Unpack[When]) -> CommandReport:
        """Stand still after the step, on all ranks, until someone resumes it or 30 minutes have passed."""
        return self._order(Pause, **when)

    def resume(self, *, reason: str = "") -> CommandReport:
        """End the pause; for another thread than the one that trains."""
        return self._order(Resume, reason=reason)

    def checkpoint(self, **when: Unpack[When]) -> CommandReport:
        """Have ``on_checkpoint`` called before the step, on all ranks."""
        return self._order(Checkpoint, **when)

    def stop(self, **when: Unpack[When]) -> CommandReport:
        """Make ``should_stop`` true after the step, on all ranks."""
        return self._order(Stop, **when)

    def _order(
        self, action: Callable[[], Action], keep_ratio: bool = True, **where: Unpack[Where]
    ) -> CommandReport:
        """Put a command of the job itself through the same gate as everyone's."""
        now = time.time()
        id = uuid.uuid4().hex
        try:
            command = _command(id, action(), now, keep_ratio, **where)
            report = self.receive(command, now=now, local=True)
        except Exception as error:
            report = CommandReport(id=id, state="rejected", at=now, code="malformed", message=str(error))
        if report.state == "rejected":
            self.warn(f"refused {report.code}", f"rheostat refused a command of this job: {report.message}")
        return report


def _command(
    id: str,
    action: Action,
    now: float,
    keep_ratio: bool,
    *,
    groups: str | Iterable[str] | None = None,
    at_step: int | None = None,
    for_steps: int | None = None,
    reason: str = "",
) -> Command:
    return Command(
        id=id,
        action=action,
        groups=(groups,) if isinstance(groups, str) else None if groups is None else tuple(groups),
        keep_ratio=keep_ratio,
        at_step=at_step,
        for_steps=for_steps,
        issued_by="job",
        issued_at=now,
        ttl_s=None,
        reason=str(reason),
        confirmed=True,
    )
