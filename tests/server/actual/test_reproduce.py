"""The schedule of what was is, at every step and to the bit, the lr that the job's own engine used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from rheostat.control.command import Action, Command, Hold, Limits, Ramp, Release, Scale, Swap
from rheostat.control.effects import Ground
from rheostat.control.states import Control
from rheostat.schedule import parse
from rheostat_server.actual.history import Told
from rheostat_server.actual.reproduce import Actual, Recorded, reproduce
from rheostat_server.actual.text import Bases
from rheostat_server.commands.convert import event_of

TOTAL = 200
BASES = {"body": 3e-4, "head": 7e-3}
FREE = Limits(
    kinds=("hold", "scale", "ramp", "release", "swap", "freeze"),
    max_lr=1e9,
    max_ratio=1e12,
    max_change=1e12,
    min_interval_s=0.0,
    max_active=99,
)
PLANS = (
    "linear 0 -> 1x for 5%; cosine -> 0",
    "linear 0.1x -> 1x for 20; hold; sqrt -> 0.1x for 20%",
    "{ linear 0.1x -> 1x for 50; hold } * drop 0.5x every 30",
    "3e-4 for 50; linear -> 1e-5; 0.1x for 10",
    "repeat 4 { cosine 1x -> 0 }",
    "1x",
    "keys { 0: 0; 5%: 1x; 80%: 1x; 100%: 0.1x cosine }",
    "epoch 7\ndecay 0.93x every 1ep",
)
SWAPS = ("cosine 1x -> 0", "linear 2x -> 0.1x for 30; hold", "1e-3 for 40; expo -> 1e-6")

value = st.floats(1e-6, 1.0)
factor = st.floats(0.01, 9.0)
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(Hold, value),
    st.builds(Scale, factor),
    st.builds(Ramp, value, st.integers(1, 60), st.none(), st.sampled_from(["linear", "log"])),
    st.builds(Release, st.sampled_from([0, 0, 1, 13, 40])),
    st.builds(Swap, st.sampled_from(SWAPS), st.booleans(), st.booleans()),
)
groups = st.sampled_from([None, None, ("body",), ("head",), ("head", "body")])
asked = st.lists(
    st.tuples(
        st.integers(0, TOTAL - 1), actions, groups, st.sampled_from([None, None, 1, 7, 50]), st.booleans()
    ),
    max_size=9,
)


def ran(plan: str, asked: list[Any], names: tuple[str, ...]) -> tuple[list[Told], dict[str, Recorded]]:
    """Run the job's own engine over the plan; what it told, and the effective lrs it came to."""
    plans = {name: parse(plan).bind(base=BASES[name], total=TOTAL, group=name) for name in names}
    control = Control(FREE)
    control.ground = Ground({name: BASES[name] for name in names}, TOTAL, None)
    commands: dict[str, Command] = {}
    rows: list[dict[str, float]] = []
    told: list[Told] = []
    due = sorted(enumerate(asked), key=lambda one: one[1][0])
    for step in range(TOTAL):
        planned = {name: plans[name](step) for name in names}
        for number, (at, action, chosen, length, keep) in due:
            if at == step:
                kept = None if chosen is None else tuple(name for name in chosen if name in names) or None
                command = Command(
                    id=f"c{number}", action=action, groups=kept, for_steps=length, keep_ratio=keep
                )
                commands[command.id] = command
                control.receive(command, now=0.0, step=step, planned=planned, local=True)
        rows.append(control.advance(step, planned, 0.0))
        told += [Told(commands[report.id], event_of(report, 0.0)) for report in control.reports.drain()]
    steps = np.arange(TOTAL)
    return told, {name: Recorded(steps, np.array([row[name] for row in rows])) for name in names}


def actual(plan: str, asked: list[Any], names: tuple[str, ...]) -> tuple[Actual, dict[str, Recorded]]:
    told, recorded = ran(plan, asked, names)
    bound = Bases({name: BASES[name] for name in names}, TOTAL, None)
    return reproduce(parse(plan), told, recorded, bound), recorded


@pytest.mark.parametrize("names", [("body",), ("body", "head")])
@given(plan=st.sampled_from(PLANS), asked=asked)
@example(  # Two releases, the second before the first arrives, and head on its plan all the while.
    plan=PLANS[6],
    asked=[
        (0, Hold(0.437), ("body",), None, False),
        (147, Release(13), None, None, False),
        (150, Release(13), None, None, False),
    ],
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_to_the_bit(names: tuple[str, ...], plan: str, asked: list[Any]) -> None:
    found, recorded = actual(plan, asked, names)
    assume(not found.why.startswith("the overrides are too many or too long"))  # seldom: nine for two groups
    assert found.kind == "exact", (found.kind, found.error, found.why, found.text)
    again = parse(found.text)
    for name in names:
        assert again.bind(group=name)(np.arange(TOTAL)).tolist() == recorded[name].values.tolist()
