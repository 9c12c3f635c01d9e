"""Schedules: checked, previewed, saved."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rheostat_server.models.errors import Model
from rheostat_server.models.traces import TraceDrawn, TraceSource


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


class DiffRequest(Model):
    """Two schedule texts, and the run that both are bound to."""

    before: str = Field(max_length=16_384)
    after: str = Field(max_length=16_384)
    base: float | None = Field(default=1e-3, gt=0, description="Base lr of the group, if a text sets none.")
    total: int | None = Field(
        default=None, ge=1, le=1 << 53, description="Length of the run in steps, if a text sets none."
    )
    epoch: int | None = Field(default=None, ge=1, description="Steps in an epoch, if a text sets none.")
    group: str | None = None


class DiffAnswer(Model):
    """What changed, in words and in numbers; areas are sums of the lr over all steps."""

    words: list[str]
    total: int
    largest: float = Field(description="Largest difference of the lr, after minus before.")
    step: int
    before: float
    after: float
    area_before: float
    area_after: float


class ConvertRequest(Model):
    """A schedule text, the run it is bound to, and the library whose code is wanted."""

    text: str = Field(max_length=16_384)
    base: float | None = Field(default=None, gt=0, description="Base lr, if the text sets none.")
    total: int | None = Field(
        default=None, ge=1, le=1 << 53, description="Length of the run in steps, if the text sets none."
    )
    epoch: int | None = Field(default=None, ge=1, description="Steps in an epoch, if the text sets none.")
    to: Literal["json", "torch", "torch-classes", "transformers", "optax", "timm", "megatron"]


class ConvertAnswer(Model):
    """The schedule as the other library has it (code, or arguments), or why there is none."""

    code: str | None
    why: str = ""


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
    trace: TraceSource | None = Field(default=None, description="A metric to try the plateaus on.")
    handles: bool = Field(default=False, description="Whether to say where the curve can be dragged.")
    each_group: bool = Field(default=False, description="Whether to draw the curves of all param groups.")


class Part(Model):
    """One part of a schedule on the step axis, with the stretch of text that says it."""

    start: float
    end: float
    line: int
    column: int
    length: int
    label: str
    area: float = Field(description="Sum of the lr over the steps of the part.")
    share: float = Field(description="That as a share of the whole plan's, 0 to 1.")


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


class Moved(Model):
    """A number of the text that a drag rewrites.

    It stands at a place (from 1); ``value`` is what it says without ``suffix``; one more of it adds ``rate``
    steps, or lr, at its handle. A suffix that the text does not have yet is to be written with it.
    """

    line: int
    column: int
    length: int
    value: float
    suffix: str
    rate: float


class Handle(Model):
    """A point of the curve that can be dragged: ``across`` moves it in time, ``up`` in lr."""

    step: float
    lr: float
    across: Moved | None
    up: Moved | None


class GroupCurve(Model):
    """The curve of one param group of the text."""

    group: str
    x: list[int]
    y: list[float]


class PreviewAnswer(Model):
    """The curve at the steps given (every extreme of a column kept), or diagnostics and no curve."""

    ok: bool
    x: list[int]
    y: list[float]
    groups: list[str]
    analysis: Analysis | None
    diagnostics: list[Diagnostic]
    metrics: list[str] = Field(description="What the plateaus of the text watch.")
    traces: list[TraceDrawn] = Field(description="What they saw, where a trace was given.")
    drops: list[int] = Field(description="The steps at which a plateau dropped.")
    handles: list[Handle] = Field(description="Where the curve can be dragged, if that was asked for.")
    curves: list[GroupCurve] = Field(description="Those of the other groups, if they were asked for.")
    epoch: float | None = Field(description="Steps in an epoch, where text or run say it.")
    step_tokens: float | None = Field(description="Tokens in a step, where all steps have as many.")


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


class Preset(Model):
    """The recipe of a paper, where it is from, and a run to draw it with."""

    name: str
    text: str
    origin: str
    base: float
    total: int
    epoch: int | None


class Presets(Model):
    """All recipes."""

    presets: list[Preset]


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
