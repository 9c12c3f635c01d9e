"""Alerts: what needs a person."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rheostat_server.models.errors import Model


class Alert(Model):
    """Something about a run that needs a person. It is open until ``cleared_at``."""

    id: int
    run: str
    kind: Literal["nan", "spike", "stall", "silent", "divergence"]
    subject: str = Field(description="The metric or param group it is about; empty for the run itself.")
    step: int | None
    message: str
    raised_at: float
    acknowledged_at: float | None
    acknowledged_by: str | None
    cleared_at: float | None
    cleared_by: str | None = Field(description="Who cleared it; empty when it passed by itself.")


class AlertList(Model):
    """Alerts, newest first; the latest 500."""

    alerts: list[Alert]


class AlertEdit(Model):
    """What a person says of an alert: seen, or dealt with."""

    state: Literal["acknowledged", "cleared"]


class WebhookResult(Model):
    """What became of a test message. Of the address only the host is shown: the rest may be a secret."""

    host: str
    problem: str = Field(description="Empty if it was taken.")


class WebhookResults(Model):
    """What became of the test message at each webhook."""

    results: list[WebhookResult]
