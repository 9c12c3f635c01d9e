"""Runs, their series and their plans."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from rheostat_server.models.commands import CommandRequest
from rheostat_server.models.errors import Model

RunState = Literal["live", "silent", "finished", "crashed", "stopped"]


class GroupLr(Model):
    """A param group and its latest lr: the plan's and the one in use."""

    name: str
    parameters: int
    planned: float | None
    effective: float | None


class RunSummary(Model):
    """A row of the run list. Times are Unix seconds."""

    id: str
    project: str
    name: str = Field(description="As people named it, or else as the job did.")
    tags: list[str]
    archived: bool
    state: RunState
    origin: Literal["job", "import"] = Field(description="Where its steps are from: a job, or a file.")
    step: int = Field(description="Steps taken so far; the last recorded step is one less.")
    total: int | None
    groups: list[GroupLr]
    metric: str | None = Field(description="The metric shown first, `loss` if there is one.")
    value: float | None
    rate: float | None = Field(description="Steps per second of late.")
    sparkline: list[float | None] = Field(
        description="About 40 points of the first metric over the whole run."
    )
    started_at: float
    heard_at: float
    ended_at: float | None
    overridden: bool
    control: bool
    revision: int


class PlanInfo(Model):
    """What is known of the run's future; ``why`` says why when nothing is."""

    origin: Literal["rheostat", "imported", "declared", "none"]
    text: str
    total: int | None
    epoch: int | None
    base: dict[str, float]
    why: str


class Attempt(Model):
    """One process life of a run."""

    id: str
    restart: int
    host: str
    pid: int
    started_at: float
    ended_at: float | None
    state: RunState
    message: str


class LimitsInfo(Model):
    """The guard rails set in the job; nobody on this side can widen them."""

    kinds: list[str]
    max_lr: float | None
    max_ratio: float
    max_change: float
    min_interval_s: float
    max_active: int


class ResumeChoice(Model):
    """What may be done after a resume under another plan: a command to ask for as it stands, or none.

    keep: swap to the old schedule. follow: nothing. rewarm: ramp from the old lr to the new plan. ``why``
    says why the command cannot be made, or will be refused by the job.
    """

    name: Literal["keep", "follow", "rewarm"]
    command: CommandRequest | None
    why: str = ""


class ResumeInfo(Model):
    """The job went on at ``step`` from a checkpoint made under another plan; lrs by group at that step."""

    step: int
    old: PlanInfo
    new: PlanInfo
    old_lr: dict[str, float]
    new_lr: dict[str, float]
    choices: list[ResumeChoice]


class RunDetail(RunSummary):
    """All that the run page needs beside series and commands."""

    optimizer: str
    scheduler: str | None
    plan: PlanInfo
    limits: LimitsInfo
    metrics: list[str]
    report: list[str]
    config: dict[str, str]
    environment: dict[str, str]
    notes: str
    attempts: list[Attempt]
    resume: ResumeInfo | None = None


_Words = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
_Label = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]


class RunEdit(Model):
    """What to change about a run; what is left out stays. ``name`` null: the job's own again."""

    name: (
        Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")] | None
    ) = None
    notes: Annotated[_Words, Field(max_length=20_000)] = ""
    tags: list[_Label] = Field(default_factory=list, max_length=50)
    archived: bool = False


class RunList(Model):
    """All runs, newest first."""

    runs: list[RunSummary]


class Mark(Model):
    """A value that is no number a chart can draw."""

    step: int
    value: Literal["nan", "inf", "-inf"]


class Series(Model):
    """Points of one series: ascending steps, the exact values there, and what was not finite.

    With more points than asked for, each of ``width`` equal step ranges keeps its least and greatest.
    """

    x: list[int]
    y: list[float]
    marks: list[Mark]
    total: int = Field(description="How many points the range holds in full.")


class SeriesAnswer(Model):
    """Series by name: a metric's own name, ``lr:GROUP`` (effective) or ``plan:GROUP`` (planned).

    ``cursor`` is where a live subscription goes on without a gap.
    """

    run: str
    cursor: int
    series: dict[str, Series]


class ComparedSeries(Model):
    """Points of one series of one run: ``x`` in steps, seconds (of the run or Unix), or the axis's metric."""

    x: list[float]
    y: list[float]
    marks: list[Mark]
    total: int = Field(description="How many points the range holds in full.")


class Compared(Model):
    """One of the runs compared; a series that it does not have is empty."""

    run: str
    name: str
    state: RunState
    origin: Literal["job", "import"]
    first_at: float | None = Field(description="When its first step was, on the axes time and wall.")
    series: dict[str, ComparedSeries]


class CompareAnswer(Model):
    """Several runs on one axis."""

    axis: str = Field(description="step, time, wall or a metric.")
    runs: list[Compared]


class ActualSchedule(Model):
    """A run's lr as it really was, as a schedule: the plan and what commands made of it.

    ``kind``: exact (equal to the bit at every recorded step), composed (of plan and commands, off by
    rounding), fitted (to the recorded lr alone), none. ``error`` is the worst difference from the record as a
    share of the peak; ``why`` says why it is not exact.
    """

    text: str
    kind: Literal["exact", "composed", "fitted", "none"]
    error: float
    why: str
    steps: int = Field(description="How many recorded steps it was held against.")


class PlanAnswer(Model):
    """The plan of one group over a range of steps, for drawing the future; empty with ``why`` if unknown."""

    x: list[int]
    y: list[float]
    why: str
