"""What a run that resumed under another plan may do: keep the old one, follow the new, warm up. Pure."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from rheostat.schedule import Schedule, parse
from rheostat.wire import Hello, Plan, Resumed
from rheostat_server.models import CommandRequest, PlanInfo, ResumeChoice, ResumeInfo
from rheostat_server.plans import Unknown, plan_of

__all__ = ["resume_of", "whole_text"]

_SHARE = 20
_LONGEST = 1000
_UNKNOWN = 100


def resume_of(hello: Hello) -> ResumeInfo | None:
    """Both plans at the checkpoint's step and the three choices; None if the run did not change its plan."""
    resumed = hello.resumed
    if resumed is None:
        return None
    return ResumeInfo(
        step=resumed.step,
        old=_info(resumed.old),
        new=_info(resumed.new),
        old_lr=_finite(resumed.old_lr),
        new_lr=_finite(resumed.new_lr),
        choices=[_keep(hello, resumed), ResumeChoice(name="follow", command=None), _rewarm(hello, resumed)],
    )


def whole_text(plan: Plan) -> str:
    """The plan's text with all that binds it written in, so that it means the same in any job.

    Raises:
        ScheduleError: the text does not parse.
    """
    schedule = parse(plan.text)
    tree: dict[str, Any] = json.loads(schedule.to_json())
    parts: list[dict[str, Any]] = tree["parts"]
    written = {part.get("name", part["kind"]) for part in parts if part["kind"] in ("base", "setting")}
    first: list[dict[str, Any]] = []
    bases = list(plan.base.items())
    if bases and "base" not in written:
        first.append({"kind": "base", "value": {"v": bases[0][1]}})
        if len(set(plan.base.values())) > 1:
            # A text that names one group must name them all.
            others = [(name, lr) for name, lr in bases if name not in schedule.groups]
            parts += [{"kind": "group", "name": name, "base": {"v": lr}} for name, lr in others]
    for name, amount in (("total", plan.total), ("epoch", plan.epoch)):
        if amount is not None and name not in written:
            first.append({"kind": "setting", "name": name, "amount": {"v": float(amount)}})
    tree["parts"] = first + parts
    return str(Schedule.from_json(json.dumps(tree)))


def _keep(hello: Hello, resumed: Resumed) -> ResumeChoice:
    try:
        text = whole_text(resumed.old)
        command = CommandRequest(kind="swap", schedule=text, reason="kept the plan of the checkpoint")
    except ValueError as error:
        return ResumeChoice(name="keep", command=None, why=str(error))
    return _allowed(hello, ResumeChoice(name="keep", command=command))


def _rewarm(hello: Hello, resumed: Resumed) -> ResumeChoice:
    group = hello.groups[0].name
    plan = plan_of(hello, group)
    start = _finite(resumed.old_lr).get(group)
    if isinstance(plan, Unknown) or start is None:
        why = plan.why if isinstance(plan, Unknown) else "the lr of the checkpoint is not known"
        return ResumeChoice(name="rewarm", command=None, why=why)
    left = _UNKNOWN * _SHARE if plan.total is None else plan.total - resumed.step
    over = max(1, min(_LONGEST, int(left) // _SHARE))
    command = CommandRequest(
        kind="ramp",
        start=start,
        value=float(plan(resumed.step + over)),
        over=over,
        for_steps=over,
        reason="warmed up to the new plan",
    )
    return _allowed(hello, ResumeChoice(name="rewarm", command=command))


def _allowed(hello: Hello, choice: ResumeChoice) -> ResumeChoice:
    """``choice``, saying so if the job's limits let nobody here give such a command."""
    kind = "" if choice.command is None else choice.command.kind
    if not hello.control:
        return choice.model_copy(update={"why": "this job only lets itself be watched"})
    if kind in hello.limits.kinds:
        return choice
    return choice.model_copy(update={"why": f"this job does not allow {kind}; attach with Limits(kinds=...)"})


def _finite(rates: dict[str, float]) -> dict[str, float]:
    return {group: lr for group, lr in rates.items() if isfinite(lr)}


def _info(plan: Plan) -> PlanInfo:
    return PlanInfo(
        origin=plan.origin, text=plan.text, total=plan.total, epoch=plan.epoch, base=plan.base, why=plan.why
    )
