"""Requests to messages and back."""

from __future__ import annotations

from typing import Any

import pytest

from rheostat.control.command import (
    Checkpoint,
    Command,
    CommandReport,
    Freeze,
    Hold,
    Pause,
    Ramp,
    Release,
    Resume,
    Scale,
    Stop,
    Swap,
)
from rheostat_server.commands.convert import event_of, from_wire, to_wire
from rheostat_server.models import CommandRequest


@pytest.mark.parametrize(
    ("fields", "action"),
    [
        ({"kind": "hold", "value": 1e-4}, Hold(1e-4)),
        ({"kind": "scale", "factor": 0.5, "groups": ["head"], "keep_ratio": False}, Scale(0.5)),
        ({"kind": "ramp", "value": 1e-5, "over": 50, "start": 0.1, "at_step": 7}, Ramp(1e-5, 50, 0.1)),
        ({"kind": "release", "confirmed": True, "reason": "well again"}, Release(0)),
        ({"kind": "release", "over": 20, "until_step": 90}, Release(20)),
        ({"kind": "swap", "schedule": "hold", "for_steps": 9, "ttl_s": None}, Swap("hold")),
        ({"kind": "swap", "schedule": "hold", "continuous": True}, Swap("hold", continuous=True)),
        ({"kind": "swap", "schedule": "hold", "from_here": True}, Swap("hold", from_here=True)),
        ({"kind": "freeze", "groups": ["head"], "for_steps": 9}, Freeze()),
        ({"kind": "pause"}, Pause()),
        ({"kind": "resume"}, Resume()),
        ({"kind": "checkpoint", "at_step": 100}, Checkpoint()),
        ({"kind": "stop"}, Stop()),
    ],
)
def test_there_and_back(fields: dict[str, Any], action: Any) -> None:
    request = CommandRequest(**fields)
    command = to_wire(request, command_id="c1", issued_by="ann", issued_at=5.0)
    assert (command.id, command.issued_by, command.issued_at) == ("c1", "ann", 5.0)
    assert command.action == action
    assert from_wire(command) == request


def test_what_a_job_says_of_itself_is_kept_though_the_api_would_refuse_it() -> None:
    command = Command(id="x", action=Hold(float("nan")), ttl_s=1e9, reason="r" * 600)
    request = from_wire(command)
    assert request.ttl_s == 1e9
    assert len(request.reason) == 500


def test_a_report_as_an_event_has_the_servers_time() -> None:
    report = CommandReport(id="c", state="applied", at=1.0, step=3, planned={"g": 1.0}, effective={"g": 0.5})
    event = event_of(report, 9.0)
    assert (event.state, event.at, event.step, event.effective) == ("applied", 9.0, 3, {"g": 0.5})
