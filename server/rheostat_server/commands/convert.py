"""Between a command as the API has it and as the agent has it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from rheostat.control.command import Command, CommandReport
from rheostat.control.kinds import action_of, fields_of, kind_of, takes
from rheostat_server.models import CommandEvent, CommandRequest

__all__ = ["event_of", "from_wire", "to_wire"]


def to_wire(request: CommandRequest, *, command_id: str, issued_by: str, issued_at: float) -> Command:
    """The message for the agent. The request must have passed `check`, or msgspec.ValidationError comes."""
    return Command(
        id=command_id,
        action=action_of(request.kind, {field: getattr(request, field) for field in takes(request.kind)}),
        groups=None if request.groups is None else tuple(request.groups),
        keep_ratio=request.keep_ratio,
        at_step=request.at_step,
        for_steps=request.for_steps,
        until_step=request.until_step,
        base_revision=request.base_revision,
        issued_by=issued_by,
        issued_at=issued_at,
        ttl_s=request.ttl_s,
        reason=request.reason,
        confirmed=request.confirmed,
    )


def from_wire(command: Command) -> CommandRequest:
    """The request that would have led to ``command``: the job may issue commands itself."""
    # Built without checks: what a job told us is recorded as it is.
    return CommandRequest.model_construct(
        None,
        id=None,
        groups=None if command.groups is None else list(command.groups),
        keep_ratio=command.keep_ratio,
        at_step=command.at_step,
        for_steps=command.for_steps,
        until_step=command.until_step,
        base_revision=None,
        ttl_s=command.ttl_s,
        reason=command.reason[:500],
        confirmed=command.confirmed,
        kind=kind_of(command.action),
        **fields_of(command.action),
    )


def event_of(report: CommandReport, now: float) -> CommandEvent:
    """The report as an entry of the log, at the server's time ``now``.

    An lr that is no number has no place in JSON: its group is left out. The run's series have it.
    """
    return CommandEvent(
        state=report.state,
        at=now,
        step=report.step,
        planned=_finite(report.planned),
        effective=_finite(report.effective),
        code=report.code,
        message=report.message,
    )


def _finite(lrs: Mapping[str, float]) -> dict[str, float]:
    return {group: lr for group, lr in lrs.items() if isfinite(lr)}
