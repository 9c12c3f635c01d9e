"""Commands in words."""

from __future__ import annotations

from typing import Any

import pytest

from rheostat_server.commands.words import describe, number
from rheostat_server.models import CommandRequest


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"kind": "scale", "factor": 0.5, "groups": ["head"], "for_steps": 200},
            "scale 0.5 on head for 200 steps",
        ),
        ({"kind": "hold", "value": 1e-4}, "hold 0.0001"),
        ({"kind": "hold", "value": 3e-6, "at_step": 12_040}, "hold 3e-6 from step 12,040"),
        ({"kind": "ramp", "value": 1e-5, "over": 500}, "ramp to 1e-5 over 500 steps"),
        ({"kind": "ramp", "value": 0.1, "start": 0.0, "over": 1}, "ramp from 0 to 0.1 over 1 step"),
        (
            {"kind": "ramp", "value": 1e-5, "over": 9, "shape": "log"},
            "ramp to 1e-5 over 9 steps by equal ratios",
        ),
        ({"kind": "release"}, "release"),
        ({"kind": "release", "over": 0}, "release"),
        ({"kind": "release", "over": 100, "groups": ["a", "b"]}, "release over 100 steps on a and b"),
        ({"kind": "swap", "schedule": "hold 1e-3"}, "swap to hold 1e-3"),
        (
            {"kind": "swap", "schedule": "cosine -> 0", "from_here": True, "continuous": True},
            "swap to cosine -> 0 from here continuously",
        ),
        ({"kind": "freeze", "for_steps": 9}, "freeze for 9 steps"),
        ({"kind": "stop", "at_step": 90}, "stop from step 90"),
        ({"kind": "scale", "factor": 2, "until_step": 5000}, "scale 2 until step 5,000"),
    ],
)
def test_phrases(fields: dict[str, Any], text: str) -> None:
    assert describe(CommandRequest(**fields)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (1e-5, "1e-5"),
        (1.25e10, "1.25e10"),
        (0.1234567, "0.123457"),
        (12000.0, "12000"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text
