"""Between a command as the API has it and as the agent has it. Pure."""

from __future__ import annotations

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
from rheostat_server.models import CommandEvent, CommandRequest

__all__ = ["event_of", "from_wire", "to_wire"]

_PLAIN: dict[str, Action] = {
    "freeze": Freeze(),
    "pause": Pause(),
    "resume": Resume(),
    "checkpoint": Checkpoint(),
    "stop": Stop(),
}


def to_wire(request: CommandRequest, *, command_id: str, issued_by: str, issued_at: float) -> Command:
    """The message for the agent. The request must have passed `check`."""
    return Command(
        id=command_id,
        action=_action(request),
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
    action = command.action
    fields: dict[str, object] = {}
    if isinstance(action, Hold):
        fields = {"kind": "hold", "value": action.value}
    elif isinstance(action, Scale):
        fields = {"kind": "scale", "factor": action.factor}
    elif isinstance(action, Ramp):
        fields = {"kind": "ramp", "value": action.value, "over": action.over, "start": action.start}
    elif isinstance(action, Release):
        fields = {"kind": "release", "over": action.over or None}
    elif isinstance(action, Swap):
        fields = {
            "kind": "swap",
            "schedule": action.schedule,
            "continuous": action.continuous,
            "from_here": action.from_here,
        }
    else:
        fields = {"kind": action.__struct_config__.tag}
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
        **fields,
    )


def event_of(report: CommandReport, now: float) -> CommandEvent:
    """The report as an entry of the log, at the server's time ``now``."""
    return CommandEvent(
        state=report.state,
        at=now,
        step=report.step,
        planned=report.planned,
        effective=report.effective,
        code=report.code,
        message=report.message,
    )


def _action(request: CommandRequest) -> Action:
    if request.kind == "hold":
        assert request.value is not None
        return Hold(request.value)
    if request.kind == "scale":
        assert request.factor is not None
        return Scale(request.factor)
    if request.kind == "ramp":
        assert request.value is not None
        assert request.over is not None
        return Ramp(request.value, request.over, request.start)
    if request.kind == "release":
        return Release(request.over or 0)
    if request.kind == "swap":
        assert request.schedule is not None
        return Swap(request.schedule, request.continuous, request.from_here)
    return _PLAIN[request.kind]
