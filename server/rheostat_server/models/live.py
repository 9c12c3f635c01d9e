"""The messages of the live websocket: JSON text, both ways."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rheostat_server.models.alerts import Alert
from rheostat_server.models.annotation import Annotation
from rheostat_server.models.commands import CommandRecord
from rheostat_server.models.errors import Model, Problem
from rheostat_server.models.runs import RunSummary, Series


class Watch(Model):
    """Send this run's points after ``cursor``, its commands and its state, until told otherwise."""

    type: Literal["watch"]
    run: str
    cursor: int = 0


class Unwatch(Model):
    """Send no more of this run than its row in the list."""

    type: Literal["unwatch"]
    run: str


class Listing(Model):
    """Whether to send the rows of runs that are not watched; on at first."""

    type: Literal["list"]
    on: bool


FromBrowser = Annotated[Watch | Unwatch | Listing, Field(discriminator="type")]


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


class LiveAnnotation(Model):
    """An annotation of a watched run was written or changed, or taken away."""

    type: Literal["annotation"]
    run: str
    annotation: Annotation
    deleted: bool


class LiveAlert(Model):
    """An alert was raised, acknowledged or cleared."""

    type: Literal["alert"]
    alert: Alert


class LiveProblem(Model):
    """The server could not use what the browser sent."""

    type: Literal["problem"]
    error: Problem


ToBrowser = Annotated[
    LiveHello | LiveRun | LivePoints | LiveReset | LiveCommand | LiveAnnotation | LiveAlert | LiveProblem,
    Field(discriminator="type"),
]
