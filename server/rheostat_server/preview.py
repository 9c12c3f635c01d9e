"""Schedule texts turned into what the design page shows: findings, curves, read-outs."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rheostat import schedule
from rheostat.schedule import BindError, Plan, ScheduleError
from rheostat.schedule.checking import elsewhere
from rheostat_server.models import (
    Analysis,
    CheckAnswer,
    Diagnostic,
    GroupCurve,
    Handle,
    Jump,
    Moved,
    Part,
    PreviewAnswer,
    PreviewRequest,
)
from rheostat_server.plans import bind, parsed
from rheostat_server.simulation import ReadRun, simulate, trace_of
from rheostat_server.trace import watched

__all__ = ["checked", "diagnostic", "preview"]

# More lines than these nobody tells apart.
_MOST_GROUPS = 24


def checked(text: str) -> CheckAnswer:
    """What `rheostat.schedule.check` finds, and the canonical spelling of a text that parses."""
    found = schedule.check(text)
    ok = all(entry.severity != "error" for entry in found)
    formatted = str(schedule.parse(text)) if ok else None
    return CheckAnswer(ok=ok, formatted=formatted, diagnostics=[diagnostic(entry) for entry in found])


def preview(request: PreviewRequest, read: ReadRun) -> PreviewAnswer:
    """The curve of a text over the steps and at the width asked for, or why there is none.

    ``read`` reads the metrics of runs, for a trace. Raises TraceError for a trace that cannot be had.
    """
    lints: tuple[schedule.Diagnostic, ...] = ()
    try:
        read_schedule = parsed(request.text)
        lints = read_schedule.lints()
        groups = list(read_schedule.groups)
        group = request.group if request.group is not None else (groups[0] if groups else None)
        plan = bind(request.text, request.base, request.total, request.epoch, group)
    except (ScheduleError, BindError) as error:
        return _no_curve((*lints, *error.diagnostics))
    first, last = _range(plan, request)
    metrics = list(watched(plan))
    traces, drops = [], []
    if request.trace is not None and metrics:
        simulated = simulate(plan, trace_of(request.trace, plan.horizon, read))
        plan, drops = simulated.plan, simulated.drops
        traces = simulated.drawn(first, last, request.width)
    x, y = plan.sample(first, last, request.width)
    figures = plan.analyse()
    epoch, step_tokens = _units(plan)
    others = elsewhere(read_schedule, group, request.base, request.total, request.epoch)
    return PreviewAnswer.model_construct(
        ok=True,
        x=x.tolist(),
        y=y.tolist(),
        groups=groups,
        analysis=None if plan.total is None else analysis(figures),
        diagnostics=_told((*figures.lints, *others)),
        metrics=metrics,
        traces=traces,
        drops=drops,
        handles=[_handle(found) for found in plan.handles()] if request.handles else [],
        curves=_others(request, groups, group, first, last) if request.each_group else [],
        epoch=epoch,
        step_tokens=step_tokens,
    )


def diagnostic(found: schedule.Diagnostic) -> Diagnostic:
    """A finding in the API's shape."""
    return Diagnostic(
        severity=found.severity,
        line=found.line,
        column=found.column,
        length=found.length,
        code=found.code,
        message=found.message,
        suggestion=found.suggestion or "",
        replacement=found.replacement,
    )


def analysis(found: schedule.Analysis) -> Analysis:
    """What can be said of a plan, in the API's shape; all comes from our own code, so none is validated."""
    return Analysis.model_construct(
        total=found.total,
        minimum=found.minimum,
        maximum=found.maximum,
        first=found.first,
        last=found.last,
        area=found.area,
        breakpoints=[float(step) for step in found.breakpoints],
        jumps=[
            Jump.model_construct(step=jump.step, before=jump.before, after=jump.after) for jump in found.jumps
        ],
        parts=[
            Part.model_construct(
                start=float(part.start),
                end=float(part.end),
                line=part.line,
                column=part.column,
                length=part.length,
                label=part.label,
                area=part.area,
                share=part.share,
            )
            for part in found.parts
        ],
    )


def _handle(found: schedule.Handle) -> Handle:
    across, up = (_moved(literal) if literal else None for literal in (found.across, found.up))
    return Handle.model_construct(step=found.step, lr=found.lr, across=across, up=up)


def _moved(literal: schedule.Literal) -> Moved:
    return Moved.model_construct(**msgspec.structs.asdict(literal))


def _others(
    request: PreviewRequest, groups: list[str], shown: str | None, first: int, last: int
) -> list[GroupCurve]:
    """The curves of the groups that are not ``shown``; one whose binding fails has its own diagnostics."""
    found = []
    for group in groups[:_MOST_GROUPS]:
        if group == shown:
            continue
        try:
            plan = bind(request.text, request.base, request.total, request.epoch, group)
        except BindError:
            continue
        x, y = plan.sample(first, last, request.width)
        found.append(GroupCurve.model_construct(group=group, x=x.tolist(), y=y.tolist()))
    return found


def _units(plan: Plan) -> tuple[float | None, float | None]:
    """Steps in an epoch and tokens in a step; None where neither text nor run say it, or it changes."""
    assert plan.source is not None, "it was bound from a text"
    context = plan.source.places(plan.tape).context
    epoch, tokens = context.epoch, context.tokens
    even = None if tokens is None or not tokens.is_even else float(tokens.rates[0])
    return None if epoch is None else float(epoch), even


def _range(plan: Plan, request: PreviewRequest) -> tuple[int, int]:
    end = plan.total if plan.total is not None else request.to_step
    first = request.from_step or 0
    last = request.to_step if request.to_step is not None else (end or first + 1000)
    return first, max(last, first + 1)


def _told(found: Iterable[schedule.Diagnostic]) -> list[Diagnostic]:
    """Each finding once, in order of place; that the text sets what the request sets too is none."""
    each = dict.fromkeys(entry for entry in found if entry.code != "setting")
    return [diagnostic(entry) for entry in sorted(each, key=lambda entry: (entry.line, entry.column))]


def _no_curve(found: Iterable[schedule.Diagnostic]) -> PreviewAnswer:
    return PreviewAnswer(
        ok=False,
        x=[],
        y=[],
        groups=[],
        analysis=None,
        diagnostics=_told(found),
        metrics=[],
        traces=[],
        drops=[],
        handles=[],
        curves=[],
        epoch=None,
        step_tokens=None,
    )
