"""The table of kinds of command."""

from __future__ import annotations

from inspect import signature
from typing import get_args

import msgspec
import pytest

from rheostat.agent.verbs import Verbs
from rheostat.control.command import Action, Freeze, Kind, Ramp, Release, Swap
from rheostat.control.kinds import KINDS, ORDERS, action_of, fields_of, kind_of, needs, takes


def test_every_kind_has_its_action_and_every_action_its_kind() -> None:
    assert set(KINDS) == set(get_args(Kind))
    assert set(KINDS.values()) == set(get_args(Action))
    assert {"pause", "resume", "checkpoint", "stop"} == ORDERS


@pytest.mark.parametrize("kind", KINDS)
def test_the_job_has_a_verb_for_every_kind_with_its_fields(kind: Kind) -> None:
    verb = signature(getattr(Verbs, kind)).parameters
    assert set(takes(kind)) <= set(verb)
    required = {name for name, p in verb.items() if p.default is p.empty and p.kind is not p.VAR_KEYWORD}
    assert required - {"self"} == set(needs(kind))


def test_fields_make_an_action_and_come_back_without_defaults() -> None:
    action = action_of("ramp", {"value": 1, "over": 5, "start": None})
    assert action == Ramp(1.0, 5)
    assert (kind_of(action), fields_of(action)) == ("ramp", {"value": 1.0, "over": 5})
    assert fields_of(Swap("hold", from_here=True)) == {"schedule": "hold", "from_here": True}
    assert fields_of(Release()) == fields_of(Freeze()) == {}


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        ("hold", {}, "missing required field `value`"),
        ("hold", {"value": "fast"}, "Expected `float`, got `str`"),
        ("scale", {"factor": 1.0, "value": 1.0}, "unknown field `value`"),
    ],
)
def test_fields_that_do_not_fit_are_refused(kind: Kind, fields: dict[str, object], told: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=told):
        action_of(kind, fields)
