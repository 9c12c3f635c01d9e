"""What is wrong with a request in any job."""

from __future__ import annotations

from typing import Any

import pytest

from rheostat_server.commands.check import check
from rheostat_server.models import CommandRequest

GROUPS = ("backbone", "head")


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "hold", "value": 0.0},
        {"kind": "scale", "factor": 0.5, "groups": ["head"], "for_steps": 1},
        {"kind": "ramp", "value": 1e-3, "over": 10, "start": 0.0, "at_step": 5, "until_step": 6},
        {"kind": "release"},
        {"kind": "release", "over": 0},
        {"kind": "swap", "schedule": "hold 1e-3"},
        {"kind": "freeze", "groups": ["head"]},
        {"kind": "pause"},
        {"kind": "checkpoint", "at_step": 7},
    ],
)
def test_what_makes_sense_passes(fields: dict[str, Any]) -> None:
    assert check(CommandRequest(**fields), GROUPS) is None


NAN = float("nan")


@pytest.mark.parametrize(
    ("fields", "code", "where"),
    [
        ({"kind": "hold"}, "missing_field", "body.value"),
        ({"kind": "scale"}, "missing_field", "body.factor"),
        ({"kind": "ramp", "value": 1.0}, "missing_field", "body.over"),
        ({"kind": "swap"}, "missing_field", "body.schedule"),
        ({"kind": "freeze", "value": 0.1}, "unused_field", "body.value"),
        ({"kind": "pause", "for_steps": 3}, "unused_field", "body.for_steps"),
        ({"kind": "stop", "groups": ["head"]}, "unused_field", "body.groups"),
        ({"kind": "hold", "value": 1.0, "factor": 2.0}, "unused_field", "body.factor"),
        ({"kind": "release", "value": 1.0}, "unused_field", "body.value"),
        ({"kind": "hold", "value": NAN}, "not_a_rate", "body.value"),
        ({"kind": "hold", "value": float("inf")}, "not_a_rate", "body.value"),
        ({"kind": "hold", "value": -1e-9}, "not_a_rate", "body.value"),
        ({"kind": "scale", "factor": -1.0}, "not_a_rate", "body.factor"),
        ({"kind": "ramp", "value": 1.0, "over": 1, "start": NAN}, "not_a_rate", "body.start"),
        ({"kind": "ramp", "value": 1.0, "over": 0}, "out_of_range", "body.over"),
        ({"kind": "release", "over": -1}, "out_of_range", "body.over"),
        ({"kind": "hold", "value": 1.0, "for_steps": 0}, "out_of_range", "body.for_steps"),
        ({"kind": "hold", "value": 1.0, "at_step": 1 << 60}, "out_of_range", "body.at_step"),
        ({"kind": "hold", "value": 1.0, "for_steps": 1, "until_step": 9}, "two_ends", "body.until_step"),
        ({"kind": "hold", "value": 1.0, "at_step": 9, "until_step": 9}, "empty_window", "body.until_step"),
        ({"kind": "hold", "value": 1.0, "groups": []}, "no_group", "body.groups"),
        ({"kind": "hold", "value": 1.0, "groups": ["head", "tail"]}, "unknown_group", "body.groups"),
    ],
)
def test_what_does_not_is_named(fields: dict[str, Any], code: str, where: str) -> None:
    problem = check(CommandRequest(**fields), GROUPS)
    assert problem is not None
    assert (problem.code, problem.where) == (code, where)
    assert problem.message
    assert problem.expected


def test_a_schedule_that_does_not_parse_is_named_with_its_place() -> None:
    problem = check(CommandRequest(kind="swap", schedule="hold 1e-3 for 5;\ncosin -> 0"), GROUPS)
    assert problem is not None
    assert "line 2, column 1" in problem.where
    assert "cosin" in problem.message
