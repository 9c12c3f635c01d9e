"""Commands: requests, records, forecasts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rheostat.control.command import Kind as CommandKind
from rheostat_server.models.errors import Model, Problem

CommandState = Literal[
    "requested", "accepted", "rejected", "scheduled", "applied", "ended", "expired", "superseded", "lost"
]


class CommandRequest(Model):
    """A request to change the lr.

    What each kind needs: hold: value; scale: factor; ramp: value and over; swap: schedule. A swap may ask to
    be continuous at the switch, and to read its schedule as beginning from_here.
    """

    id: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9_-]{8,64}$", description="Yours, to make retries free."
    )
    kind: CommandKind
    value: float | None = None
    factor: float | None = None
    start: float | None = None
    over: int | None = None
    shape: Literal["linear", "log"] | None = Field(
        default=None, description="Of a ramp: by equal differences (default) or by equal ratios a step."
    )
    schedule: str | None = Field(default=None, max_length=16_384)
    continuous: bool = False
    from_here: bool = False
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
    kind: CommandKind
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
