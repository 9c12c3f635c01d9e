"""What the HTTP API and the live websocket say, as pydantic models: the OpenAPI document is made of these."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

RunState = Literal["live", "silent", "finished", "crashed", "stopped"]
CommandState = Literal[
    "requested", "accepted", "rejected", "scheduled", "applied", "ended", "expired", "superseded", "lost"
]


class Model(BaseModel):
    """Base of all: unknown fields are an error, instances do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# --- errors ---------------------------------------------------------------------------------------------


class Problem(Model):
    """What was wrong, where, what was expected, what to write instead."""

    code: str
    message: str
    where: str = ""
    expected: str = ""
    suggestion: str = ""


class ErrorBody(Model):
    """The one JSON shape of every error answer."""

    error: Problem


# --- schedules ------------------------------------------------------------------------------------------


class Diagnostic(Model):
    """A fault or a lint in a schedule text. Lines and columns count from 1."""

    severity: Literal["error", "warning"]
    line: int
    column: int
    length: int
    code: str
    message: str
    suggestion: str = ""
    replacement: str | None = Field(
        default=None, description="Text for the span that mends it, if one is known."
    )


class CheckRequest(Model):
    """A schedule text to check without drawing it."""

    text: str = Field(max_length=16_384)


class CheckAnswer(Model):
    """Whether it parses, what is wrong, and its canonical spelling."""

    ok: bool
    formatted: str | None
    diagnostics: list[Diagnostic]


class PreviewRequest(Model):
    """A schedule text with what a run would supply, and how wide the chart is."""

    text: str = Field(max_length=16_384)
    base: float | None = Field(default=1e-3, gt=0, description="Base lr of the group, if the text sets none.")
    total: int | None = Field(
        default=None, ge=1, description="Length of the run in steps, if the text sets none."
    )
    epoch: int | None = Field(default=None, ge=1, description="Steps in an epoch, if the text sets none.")
    group: str | None = None
    width: int = Field(default=1000, ge=16, le=8000, description="Columns of the chart in pixels.")
    from_step: int | None = Field(default=None, ge=0)
    to_step: int | None = Field(default=None, ge=1)


class Part(Model):
    """One part of a schedule on the step axis, with the stretch of text that says it."""

    start: float
    end: float
    line: int
    column: int
    length: int
    label: str


class Jump(Model):
    """A discontinuity: the lr just before ``step`` and at it."""

    step: int
    before: float
    after: float


class Analysis(Model):
    """What can be said of a plan without drawing it; area is the sum of the lr over all steps."""

    total: int
    minimum: float
    maximum: float
    first: float
    last: float
    area: float
    breakpoints: list[float]
    jumps: list[Jump]
    parts: list[Part]


class PreviewAnswer(Model):
    """The curve at the steps given (every extreme of a column kept), or diagnostics and no curve."""

    ok: bool
    x: list[int]
    y: list[float]
    groups: list[str]
    analysis: Analysis | None
    diagnostics: list[Diagnostic]


class Word(Model):
    """One word of the language, for completion."""

    word: str
    kind: Literal["shape", "part", "setting", "operator", "value", "unit"]
    signature: str
    doc: str
    insert: str = Field(description="Text to insert; ${name} marks a place to fill in.")


class Language(Model):
    """The words of the language and example programs."""

    words: list[Word]
    examples: list[Example]


class Example(Model):
    """A program worth starting from."""

    name: str
    text: str
    doc: str


class SaveRequest(Model):
    """A schedule text to keep under a name. ``base_version``: refuse if that is not the latest any more."""

    text: str = Field(max_length=16_384)
    base_version: int | None = Field(default=None, ge=0)


class SavedSchedule(Model):
    """One version of a saved schedule; versions count from 1 and are never altered."""

    name: str
    version: int
    text: str
    saved_at: float
    saved_by: str


class SavedSchedules(Model):
    """The latest version of every saved schedule, by name."""

    schedules: list[SavedSchedule]


class SavedVersions(Model):
    """All versions of one saved schedule, newest first."""

    versions: list[SavedSchedule]


# --- runs -----------------------------------------------------------------------------------------------


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
    name: str
    state: RunState
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
    attempts: list[Attempt]


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


class PlanAnswer(Model):
    """The plan of one group over a range of steps, for drawing the future; empty with ``why`` if unknown."""

    x: list[int]
    y: list[float]
    why: str


# --- commands -------------------------------------------------------------------------------------------


class CommandRequest(Model):
    """A request to change the lr.

    What each kind needs: hold: value; scale: factor; ramp: value and over; swap: schedule.
    """

    id: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9_-]{8,64}$", description="Yours, to make retries free."
    )
    kind: Literal["hold", "scale", "ramp", "release", "swap"]
    value: float | None = None
    factor: float | None = None
    start: float | None = None
    over: int | None = None
    schedule: str | None = Field(default=None, max_length=16_384)
    groups: list[str] | None = None
    keep_ratio: bool = True
    at_step: int | None = None
    for_steps: int | None = None
    until_step: int | None = None
    base_revision: int | None = None
    ttl_s: float | None = Field(default=60.0, gt=0, le=86_400)
    reason: str = Field(default="", max_length=500)
    confirmed: bool = False


class CommandEvent(Model):
    """One change of state of a command. Appended, never altered: together they are the audit log."""

    state: CommandState
    at: float
    step: int | None
    planned: dict[str, float]
    effective: dict[str, float]
    code: str
    message: str


class CommandRecord(Model):
    """A command, its present state and its whole life."""

    id: str
    run: str
    kind: Literal["hold", "scale", "ramp", "release", "swap"]
    text: str = Field(description="The command in words, as `scale 0.5 on head for 200 steps`.")
    request: CommandRequest
    issued_by: str
    issued_at: float
    revision: int
    state: CommandState
    active: bool = Field(description="In force now: applied and not ended.")
    events: list[CommandEvent]


class CommandList(Model):
    """The commands of a run, oldest first."""

    commands: list[CommandRecord]
    revision: int


class Forecast(Model):
    """What a command would do to one group: the plan, the effective lr as things stand, and as proposed."""

    group: str
    x: list[int]
    planned: list[float]
    present: list[float]
    proposed: list[float]
    area_change: float = Field(description="Area under proposed over area under present, minus 1.")


class ForecastAnswer(Model):
    """The future under a proposed command, before anyone applies it; ``refusal`` if a limit forbids it."""

    step: int
    text: str
    groups: list[Forecast]
    refusal: Problem | None
    why: str


# --- session --------------------------------------------------------------------------------------------


class SessionRequest(Model):
    """Sign in a browser with a one-time code from a start-up link, or with a token."""

    code: str | None = None
    token: str | None = None


class SessionInfo(Model):
    """Who is looking: viewer watches, operator turns the dial, admin manages."""

    role: Literal["viewer", "operator", "admin"]
    name: str
    version: str


class SessionLink(Model):
    """A one-time link that signs a browser in, good for ``minutes``."""

    code: str
    url: str
    minutes: float


class Health(Model):
    """Whether the server can do its work."""

    status: Literal["ok", "failing"]
    version: str
    store: str


# --- live websocket, browser to server ------------------------------------------------------------------


class Watch(Model):
    """Send this run's points after ``cursor``, its commands and its state, until told otherwise."""

    type: Literal["watch"]
    run: str
    cursor: int = 0


class Unwatch(Model):
    """Send no more of this run than its row in the list."""

    type: Literal["unwatch"]
    run: str


FromBrowser = Annotated[Watch | Unwatch, Field(discriminator="type")]


# --- live websocket, server to browser ------------------------------------------------------------------


class LiveHello(Model):
    """First message. A new ``epoch``: the server was started anew; a new ``version``: reload the page."""

    type: Literal["hello"]
    version: str
    epoch: str
    clock: float


class LiveRun(Model):
    """A run changed. Sent for every run, at most four times a second each."""

    type: Literal["run"]
    run: RunSummary


class LivePoints(Model):
    """New points of a watched run. ``after`` is the cursor they follow, ``cursor`` the one they reach."""

    type: Literal["points"]
    run: str
    after: int
    cursor: int
    series: dict[str, Series]


class LiveReset(Model):
    """The viewer fell behind or the run was rewritten: fetch the series again, then watch from its cursor."""

    type: Literal["reset"]
    run: str


class LiveCommand(Model):
    """A command of a watched run changed its state."""

    type: Literal["command"]
    run: str
    command: CommandRecord


class LiveProblem(Model):
    """The server could not use what the browser sent."""

    type: Literal["problem"]
    error: Problem


ToBrowser = Annotated[
    LiveHello | LiveRun | LivePoints | LiveReset | LiveCommand | LiveProblem, Field(discriminator="type")
]
