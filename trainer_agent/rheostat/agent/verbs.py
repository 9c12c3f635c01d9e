"""The verbs: what a job commands itself, through the same gate as everyone's."""

from __future__ import annotations

import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from rheostat.control.command import (
    Action,
    Checkpoint,
    Command,
    CommandReport,
    Freeze,
    Hold,
    Pause,
    Ramp,
    Release,
    Resume,
    Scale,
    Stop,
    Swap,
)

__all__ = ["Verbs"]


class Verbs(ABC):
    """Each verb answers with a report: accepted, scheduled, or rejected with its reason; none raises.

    ``groups`` names param groups (None: all); ``at_step`` is the first step it acts on (None: the next);
    ``for_steps`` for how many steps (None: until released).
    """

    @abstractmethod
    def receive(
        self, command: Command, *, now: float, offset: float = 0.0, local: bool = False
    ) -> CommandReport:
        """Take in a command, from whichever thread, and say what becomes of it."""

    @abstractmethod
    def warn(self, topic: str, message: str) -> None:
        """Warn once a topic. Never raises, even where warnings are errors."""

    def hold(
        self,
        value: float,
        *,
        groups: str | Iterable[str] | None = None,
        at_step: int | None = None,
        for_steps: int | None = None,
        keep_ratio: bool = True,
        reason: str = "",
    ) -> CommandReport:
        """Keep the lr at ``value`` (meant for the first group; the others keep their ratio to it)."""
        return self._order(
            lambda: Hold(float(value)),
            groups=groups,
            at_step=at_step,
            for_steps=for_steps,
            keep_ratio=keep_ratio,
            reason=reason,
        )

    def scale(
        self,
        factor: float,
        *,
        groups: str | Iterable[str] | None = None,
        at_step: int | None = None,
        for_steps: int | None = None,
        reason: str = "",
    ) -> CommandReport:
        """Multiply the lr by ``factor``, on top of what is in force."""
        return self._order(
            lambda: Scale(float(factor)), groups=groups, at_step=at_step, for_steps=for_steps, reason=reason
        )

    def ramp(
        self,
        value: float,
        *,
        over: int,
        start: float | None = None,
        groups: str | Iterable[str] | None = None,
        at_step: int | None = None,
        for_steps: int | None = None,
        keep_ratio: bool = True,
        reason: str = "",
    ) -> CommandReport:
        """Go to ``value`` in ``over`` steps, from ``start`` or the present lr, then hold it."""
        return self._order(
            lambda: Ramp(float(value), int(over), None if start is None else float(start)),
            groups=groups,
            at_step=at_step,
            for_steps=for_steps,
            keep_ratio=keep_ratio,
            reason=reason,
        )

    def release(
        self,
        *,
        over: int = 0,
        groups: str | Iterable[str] | None = None,
        at_step: int | None = None,
        for_steps: int | None = None,
        reason: str = "",
    ) -> CommandReport:
        """Go back to the plan, in ``over`` steps; with ``for_steps``, only for that many."""
        return self._order(
            lambda: Release(int(over)), groups=groups, at_step=at_step, for_steps=for_steps, reason=reason
        )

    def swap(
        self,
        schedule: object,
        *,
        continuous: bool = False,
        from_here: bool = False,
        groups: str | Iterable[str] | None = None,
        at_step: int | None = None,
        for_steps: int | None = None,
        reason: str = "",
    ) -> CommandReport:
        """Follow another schedule (a text, or a Schedule) until released, at the steps of the job.

        ``from_here``: as if the first step it acts on were its step 0. ``continuous``: scaled so that it
        begins at the present lr.
        """
        return self._order(
            lambda: Swap(str(schedule), bool(continuous), bool(from_here)),
            groups=groups,
            at_step=at_step,
            for_steps=for_steps,
            reason=reason,
        )

    def freeze(
        self,
        *,
        groups: str | Iterable[str] | None = None,
        at_step: int | None = None,
        for_steps: int | None = None,
        reason: str = "",
    ) -> CommandReport:
        """Keep the lr at 0. Moments and counters of the optimizer go on."""
        return self._order(Freeze, groups=groups, at_step=at_step, for_steps=for_steps, reason=reason)

    def pause(self, *, at_step: int | None = None, reason: str = "") -> CommandReport:
        """Stand still after the step, on all ranks, until someone resumes it or 30 minutes have passed."""
        return self._order(Pause, at_step=at_step, reason=reason)

    def resume(self, *, reason: str = "") -> CommandReport:
        """End the pause; for another thread than the one that trains."""
        return self._order(Resume, reason=reason)

    def checkpoint(self, *, at_step: int | None = None, reason: str = "") -> CommandReport:
        """Have ``on_checkpoint`` called before the step, on all ranks."""
        return self._order(Checkpoint, at_step=at_step, reason=reason)

    def stop(self, *, at_step: int | None = None, reason: str = "") -> CommandReport:
        """Make ``should_stop`` true after the step, on all ranks."""
        return self._order(Stop, at_step=at_step, reason=reason)

    def _order(
        self,
        action: Callable[[], Action],
        *,
        groups: str | Iterable[str] | None = None,
        at_step: int | None = None,
        for_steps: int | None = None,
        keep_ratio: bool = True,
        reason: str,
    ) -> CommandReport:
        """Put a command of the job itself through the same gate as everyone's."""
        now = time.time()
        id = uuid.uuid4().hex
        try:
            named = (groups,) if isinstance(groups, str) else None if groups is None else tuple(groups)
            command = Command(
                id=id,
                action=action(),
                groups=named,
                keep_ratio=keep_ratio,
                at_step=at_step,
                for_steps=for_steps,
                issued_by="job",
                issued_at=now,
                ttl_s=None,
                reason=str(reason),
                confirmed=True,
            )
            report = self.receive(command, now=now, local=True)
        except Exception as error:
            report = CommandReport(id=id, state="rejected", at=now, code="malformed", message=str(error))
        if report.state == "rejected":
            self.warn(f"refused {report.code}", f"rheostat refused a command of this job: {report.message}")
        return report
