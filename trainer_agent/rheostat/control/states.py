"""The life of commands on the agent's side: received once, checked, begun at their step, ended, reported."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

import msgspec

from rheostat.control.command import (
    Checkpoint,
    Command,
    CommandReport,
    Limits,
    Pause,
    Release,
    Resume,
    State,
    Stop,
)
from rheostat.control.effects import Ground
from rheostat.control.limits import Refusal, check_effect, check_request, within
from rheostat.control.override import Change, Ended, Stack, apply, expire
from rheostat.control.reports import Reports

__all__ = ["Control", "Saved"]

_OPEN = frozenset(("accepted", "scheduled", "applied"))


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """What a checkpoint keeps of the commands: those in force and the ids already seen."""

    stack: Stack = ()
    active: tuple[Command, ...] = ()
    known: tuple[CommandReport, ...] = ()


class Control:
    """The commands of one job. Has no clock and no threads: every call says when it is (Unix seconds).

    ``refusal`` is why no command at all can be obeyed here (None: they can). ``ceiling`` is the highest
    lr allowed; it rises with the highest planned lr known unless ``limits.max_lr`` fixes it. ``joined``
    are sets of groups that share one lr tensor and so can only change together. With a ``relay`` an accepted
    command goes there, with the ceiling, instead of waiting here for its step: it comes back by `take`, on
    every rank of the job alike. ``ground`` is what schedule texts are bound to. ``orders`` are the commands
    that the job must now carry out itself and `finish` (checkpoint, pause, stop); ``checkpoints`` tells
    whether it can make any, ``pause`` is the pause it is in. ``reports`` has what became of each command.
    """

    def __init__(self, limits: Limits, *, refusal: Refusal | None = None) -> None:
        self.limits = limits
        self.refusal = refusal
        self.ceiling = 0.0 if limits.max_lr is None else limits.max_lr
        self.stack: Stack = ()
        self.joined: tuple[frozenset[str], ...] = ()
        self.relay: Callable[[Command, float], None] | None = None
        self.ground = Ground()
        self.checkpoints = False
        self.orders: deque[Command] = deque()
        self.pause: Command | None = None
        self.reports = Reports()
        self._active: dict[str, Command] = {}
        self._waiting: list[tuple[int | None, Command]] = []
        self._accepted_at = -float("inf")
        self._relayed: set[str] = set()
        self._bound: float | None = None

    @property
    def busy(self) -> bool:
        """Whether a step must be asked about: something is in force or waits for its step."""
        return bool(self.stack or self._waiting)

    @property
    def _limit(self) -> float:
        """The ceiling for what is in force. Many ranks must judge alike, so there it is the agreed one."""
        return self.ceiling if self._bound is None else self._bound

    @property
    def active(self) -> tuple[Command, ...]:
        """The commands in force, oldest first."""
        return tuple(self._active[o.id] for o in self.stack if o.id in self._active)

    def know_lr(self, highest: float) -> None:
        """Learn that the plan reaches ``highest``: the ceiling is ``max_ratio`` times the highest known."""
        if self.limits.max_lr is None:
            self.ceiling = max(self.ceiling, highest * self.limits.max_ratio)

    def receive(
        self,
        command: Command,
        *,
        now: float,
        step: int,
        planned: Mapping[str, float],
        offset: float = 0.0,
        local: bool = False,
    ) -> CommandReport:
        """Take in a command and say what becomes of it; a known id gets its last report again.

        ``step`` is the next step, ``planned`` the plan's lr by group as last seen, ``offset`` the server's
        clock minus ours in seconds. ``local``: the job itself asks, so neither age nor rate matters.
        """
        known = self.reports.last(command.id)
        if known is not None:
            self.reports.tell(known)
            return known
        age = now + offset - command.issued_at
        if not local and command.ttl_s is not None and age > command.ttl_s:
            message = f"received {age:.0f} s after it was issued; it was good for {command.ttl_s:g} s"
            return self._report(command.id, "expired", now, code="too_old", message=message)
        refusal = self._refuse(command, now, step, planned, local)
        carried = command if local else None
        if refusal is not None:
            return self._report(
                command.id, "rejected", now, code=refusal.code, message=refusal.message, command=carried
            )
        if isinstance(command.action, Resume):
            return self._resume(command, step, now)
        if self.relay is None:
            self._waiting.append((command.at_step, command))
        else:
            self._relayed.add(command.id)
            self.relay(command, self.ceiling)
        if not local and not isinstance(command.action, Release):
            self._accepted_at = now
        report = self._report(command.id, "accepted", now, step=step, command=carried)
        if command.at_step is not None and command.at_step > step:
            report = self._report(command.id, "scheduled", now, step=command.at_step)
        return report

    def take(self, command: Command, ceiling: float, step: int, now: float) -> None:
        """Have a relayed command begin from ``step`` on, as all ranks do; ``ceiling`` is rank 0's."""
        self._bound = max(self._bound or 0.0, ceiling)
        self._relayed.discard(command.id)
        known = self.reports.last(command.id)
        if known is not None and known.state not in {"accepted", "scheduled"}:
            return
        if any(waiting.id == command.id for _, waiting in self._waiting):
            return
        if command.at_step is not None and command.at_step < step:
            message = f"the ranks agreed on it for step {step}, after the step {command.at_step} it was for"
            self._report(command.id, "rejected", now, step=step, code="step_passed", message=message)
            return
        self._waiting.append((command.at_step, command))

    def advance(self, step: int, planned: Mapping[str, float], now: float) -> dict[str, float]:
        """The effective lr by group for ``step``, about to be taken: ends and begins what is due."""
        if self._bound is not None and self.limits.max_lr is None:
            self._bound = max([self._bound, *(lr * self.limits.max_ratio for lr in planned.values())])
        self._settle(expire(self.stack, step), step, now)
        due = [c for at, c in self._waiting if at is None or at <= step]
        if due:
            self._waiting = [(at, c) for at, c in self._waiting if c not in due]
            for command in due:
                self._begin(command, step, planned, now)
        effective = apply(self.stack, step, planned)
        if within(effective, planned, self._limit):
            return effective
        message = f"at step {step} it would have led above this job's ceiling of {self._limit:g}"
        self._settle(Change((), tuple(Ended(o.id, "above_ceiling", message) for o in self.stack)), step, now)
        return dict(planned)

    def peek(self, step: int, planned: Mapping[str, float]) -> dict[str, float]:
        """What `advance` would answer, changing nothing."""
        stack = expire(self.stack, step).stack
        for at, command in tuple(self._waiting):
            if (at is None or at <= step) and not _is_order(command):
                change = self._try(command, stack, step, planned, self._limit)
                stack = stack if isinstance(change, Refusal) else change.stack
        effective = apply(stack, step, planned)
        return effective if within(effective, planned, self._limit) else dict(planned)

    def agree(self, relay: Callable[[Command, float], None] | None) -> None:
        """Judge as all ranks of the job do from now on; rank 0 has a ``relay`` to the others."""
        self.relay = relay
        self._bound = self.ceiling

    def finish(
        self, command: Command, step: int, now: float, *, code: str = "done", message: str = ""
    ) -> None:
        """An order has been carried out, or not: ``message`` says what came of it."""
        if command is self.pause:
            self.pause = None
        self._report(command.id, "ended", now, step=step, code=code, message=message)

    def save(self) -> Saved:
        """What a checkpoint should keep."""
        return Saved(stack=self.stack, active=self.active, known=self.reports.known)

    def restore(self, saved: Saved, step: int, now: float) -> None:
        """Go on from a checkpoint at ``step``: keep what began by then and has not ended.

        What began or was to begin later, here or when the checkpoint was made, has ended: the job has left
        that branch of its history.
        """
        self.stack = tuple(o for o in saved.stack if o.start <= step and (o.end is None or o.end > step))
        self._active = {c.id: c for c in saved.active}
        self._waiting = []
        kept = {o.id for o in self.stack}
        self.reports.restore(saved.known, kept)
        for override in self.stack:
            message = "in force again, from a checkpoint"
            self._report(override.id, "applied", now, step=step, code="resumed", message=message)
        for report in self.reports.known:
            if report.state in _OPEN and report.id not in kept | self._relayed:
                message = f"the job went on from step {step}, outside its life"
                self._report(report.id, "ended", now, step=step, code="not_resumed", message=message)

    def _refuse(
        self, command: Command, now: float, step: int, planned: Mapping[str, float], local: bool
    ) -> Refusal | None:
        if self.refusal is not None:
            return self.refusal
        count = len(self.stack) + len(self._waiting) + len(self._relayed)
        refusal = check_request(
            command,
            self.limits,
            step=step,
            groups=tuple(planned),
            active=count,
            ceiling=self.ceiling,
            local=local,
        )
        if refusal is not None:
            return refusal
        if _is_order(command):
            return self._refuse_order(command)
        wait = self._accepted_at + self.limits.min_interval_s - now
        if not local and wait > 0.0 and not isinstance(command.action, Release):
            return Refusal("too_soon", f"a command was accepted a moment ago; wait {wait:.1f} s")
        return self._refuse_change(command, step, planned)

    def _refuse_change(self, command: Command, step: int, planned: Mapping[str, float]) -> Refusal | None:
        for joined in self.joined:
            if command.groups is not None and 0 < len(joined.intersection(command.groups)) < len(joined):
                names = ", ".join(sorted(joined))
                return Refusal("shared_lr", f"groups {names} share one lr tensor; name all of them or none")
        if command.at_step is None or command.at_step == step:
            tried = self._try(command, self.stack, step, planned, self.ceiling)
            return tried if isinstance(tried, Refusal) else None
        return None

    def _refuse_order(self, command: Command) -> Refusal | None:
        if isinstance(command.action, Checkpoint) and not self.checkpoints:
            return Refusal("no_callback", "this job gave no on_checkpoint, so it cannot be asked for one")
        if isinstance(command.action, Resume) and self.pause is None:
            return Refusal("not_paused", "the job is not paused")
        return None

    def _resume(self, command: Command, step: int, now: float) -> CommandReport:
        self._report(command.id, "accepted", now, step=step)
        self._report(command.id, "applied", now, step=step)
        return self._report(command.id, "ended", now, step=step, code="done")

    def _try(
        self, command: Command, stack: Stack, step: int, planned: Mapping[str, float], ceiling: float
    ) -> Change | Refusal:
        missing = [g for g in command.groups or () if g not in planned]
        if missing:
            return Refusal("unknown_group", f"param group {missing[0]!r} is gone")
        return check_effect(
            command,
            self.limits,
            stack=stack,
            step=step,
            planned=planned,
            ceiling=ceiling,
            ground=self.ground,
        )

    def _begin(self, command: Command, step: int, planned: Mapping[str, float], now: float) -> None:
        if _is_order(command):
            self._report(command.id, "applied", now, step=step)
            self.orders.append(command)
            if isinstance(command.action, Pause):
                self.pause = command
            return
        change = self._try(command, self.stack, step, planned, self._limit)
        if isinstance(change, Refusal):
            self._report(command.id, "rejected", now, step=step, code=change.code, message=change.message)
            return
        self._active[command.id] = command
        self._settle(change, step, now)
        groups: Sequence[str] = tuple(planned) if command.groups is None else command.groups
        effective = apply(self.stack, step, planned)
        self._report(
            command.id,
            "applied",
            now,
            step=step,
            planned={g: planned[g] for g in groups},
            effective={g: effective[g] for g in groups},
        )
        if isinstance(command.action, Release) and command.for_steps is None and command.until_step is None:
            self._cancel_waiting(command, set(groups), step, now)
        if not any(o.id == command.id for o in self.stack):
            self._active.pop(command.id)
            self._report(command.id, "ended", now, step=step, code="done", message="back on the plan")

    def _cancel_waiting(self, release: Command, groups: set[str], step: int, now: float) -> None:
        for entry in tuple(self._waiting):
            command = entry[1]
            if command.groups is not None and set(command.groups) <= groups:
                self._waiting.remove(entry)
                message = f"released by {release.id} before it began"
                self._report(command.id, "superseded", now, step=step, code="released", message=message)

    def _settle(self, change: Change, step: int, now: float) -> None:
        self.stack = change.stack
        for gone in change.ended:
            self._active.pop(gone.id, None)
            state: State = "superseded" if gone.code == "superseded" else "ended"
            self._report(gone.id, state, now, step=step, code=gone.code, message=gone.message)

    def _report(
        self,
        id: str,
        state: State,
        at: float,
        *,
        step: int | None = None,
        planned: dict[str, float] | None = None,
        effective: dict[str, float] | None = None,
        code: str = "",
        message: str = "",
        command: Command | None = None,
    ) -> CommandReport:
        return self.reports.add(
            CommandReport(
                id=id,
                state=state,
                at=at,
                step=step,
                planned=planned or {},
                effective=effective or {},
                code=code,
                message=message,
                command=command,
            )
        )


def _is_order(command: Command) -> bool:
    """Whether the job itself must carry it out: no override comes of it."""
    return isinstance(command.action, Pause | Resume | Checkpoint | Stop)
