"""Traces of a metric that a preview is tried on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rheostat_server.models.errors import Model

Every = Annotated[int, Field(ge=1, le=1_000_000_000, description="Steps from one value to the next.")]


class TraceValues(Model):
    """Values as typed; null stands for no number."""

    kind: Literal["values"]
    values: list[float | None] = Field(min_length=1, max_length=20_000)
    every: Every = 1


class TraceCsv(Model):
    """A CSV with a row of names and a column ``step``; both may be left out of a single column."""

    kind: Literal["csv"]
    text: str = Field(max_length=900_000)
    every: Every = 1


class TraceRun(Model):
    """What a run recorded."""

    kind: Literal["run"]
    run: str
    metric: str


class TraceDecay(Model):
    """A loss made up: it halves its distance to ``floor`` every ``share`` of the run."""

    kind: Literal["decay"]
    start: float = Field(default=3.0, ge=-1e12, le=1e12)
    floor: float = Field(default=1.0, ge=-1e12, le=1e12)
    share: float = Field(default=0.1, gt=0, le=1000)
    noise: float = Field(default=0.05, ge=0, le=10, description="As a share of start - floor.")
    every: Every | None = Field(default=None, description="200 values over the run, if left out.")


TraceSource = Annotated[TraceValues | TraceCsv | TraceRun | TraceDecay, Field(discriminator="kind")]


class TraceDrawn(Model):
    """A metric as the plateau saw it, at the width of the chart; ``total`` counts all its values."""

    metric: str
    x: list[int]
    y: list[float]
    total: int
