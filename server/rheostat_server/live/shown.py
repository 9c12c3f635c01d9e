"""A run as the list and its own page show it. Pure."""

from __future__ import annotations

import math

import msgspec

from rheostat.wire import Hello, Newest
from rheostat_server.live.entry import Entry
from rheostat_server.models import Attempt, GroupLr, LimitsInfo, PlanInfo, RunDetail, RunState, RunSummary
from rheostat_server.resume import resume_of
from rheostat_server.store.progress import Progress
from rheostat_server.store.runs import AttemptRow

__all__ = ["detail", "summary"]


def summary(entry: Entry, state: RunState) -> RunSummary:
    """The run's row in the list."""
    return RunSummary.model_construct(None, **_summary(entry, state))


def detail(entry: Entry, state: RunState) -> RunDetail:
    """All that the run's page needs."""
    hello = entry.hello
    return RunDetail.model_construct(
        None,
        **_summary(entry, state),
        optimizer=hello.optimizer,
        scheduler=hello.scheduler,
        plan=PlanInfo.model_construct(**msgspec.structs.asdict(hello.plan)),
        limits=LimitsInfo.model_construct(
            **{**msgspec.structs.asdict(hello.limits), "kinds": list(hello.limits.kinds)}
        ),
        metrics=list(entry.progress.metrics),
        report=list(hello.report),
        config=hello.config,
        environment=hello.environment,
        notes=entry.edits.notes,
        resume=resume_of(hello),
        attempts=[_attempt(row, state, entry) for row in entry.attempts],
    )


def _summary(entry: Entry, state: RunState) -> dict[str, object]:
    hello, progress = entry.hello, entry.progress
    ended = entry.ended
    over = entry.heard_at if state == "crashed" else None
    return {
        "id": hello.run,
        "project": hello.project,
        "name": hello.name if entry.edits.title is None else entry.edits.title,
        "tags": list(entry.edits.tags),
        "archived": entry.edits.archived_at is not None,
        "state": state,
        "origin": entry.origin,
        "step": entry.step,
        "total": hello.plan.total,
        "groups": _groups(hello, progress, entry.ahead),
        "metric": progress.metric,
        "value": _value(progress, entry.ahead),
        "rate": progress.rate if state == "live" else None,
        "sparkline": progress.sparkline.means(),
        "started_at": entry.attempts[0].started_at,
        "heard_at": entry.heard_at,
        "ended_at": over if ended is None else ended.ended_at,
        "overridden": _overridden(entry),
        "control": hello.control,
        "revision": entry.revision,
    }


def _value(progress: Progress, ahead: Newest | None) -> float | None:
    if progress.metric is None:
        return None
    stored = progress.metrics[progress.metric]
    return _finite(stored if ahead is None else ahead.metrics.get(progress.metric, stored))


def _groups(hello: Hello, progress: Progress, ahead: Newest | None) -> list[GroupLr]:
    planned, effective = progress.planned, progress.effective
    if ahead is not None:
        planned, effective = planned | ahead.planned, effective | ahead.effective
    return [
        GroupLr.model_construct(
            name=group.name,
            parameters=group.parameters,
            planned=_finite(planned.get(group.name, group.lr)),
            effective=_finite(effective.get(group.name, group.lr)),
        )
        for group in hello.groups
    ]


def _overridden(entry: Entry) -> bool:
    planned, effective = entry.progress.planned, entry.progress.effective
    differs = any(planned.get(name) != value for name, value in effective.items())
    return entry.ended is None and (bool(entry.active) or differs)


def _attempt(row: AttemptRow, state: RunState, entry: Entry) -> Attempt:
    last = row.ordinal == entry.attempts[-1].ordinal
    return Attempt.model_construct(
        id=row.id,
        restart=row.restart,
        host=row.host,
        pid=row.pid,
        started_at=row.started_at,
        ended_at=row.ended_at,
        state=row.state or (state if last else "crashed"),
        message=row.message,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
