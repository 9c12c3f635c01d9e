"""The future under a command equals the agent's own arithmetic, step by step."""

from __future__ import annotations

import pytest

from rheostat import schedule
from rheostat.control.command import Command, Hold, Limits, Ramp, Release, Scale
from rheostat.control.override import apply, begin
from rheostat_server.commands.forecast import InForce, foresee, stack_of

PLANS = {
    "backbone": schedule.parse("cosine -> 0").bind(base=1e-3, total=500),
    "head": schedule.parse("cosine -> 0").bind(base=1e-2, total=500),
}
FREE = Limits(kinds=("hold", "scale", "ramp", "release"), max_ratio=1e9, max_change=1e9)


def planned_at(step: int) -> dict[str, float]:
    return {group: plan(step) for group, plan in PLANS.items()}


@pytest.mark.parametrize(
    "command",
    [
        Command(id="c", action=Scale(0.5), for_steps=50),
        Command(id="c", action=Hold(1e-3), groups=("head",), at_step=250),
        Command(id="c", action=Ramp(5e-4, 100)),
        Command(id="c", action=Release(30)),
        Command(id="c", action=Release()),
    ],
)
def test_every_point_is_what_the_agent_would_apply(command: Command) -> None:
    active = [InForce(Command(id="old", action=Scale(2.0)), 100, planned_at(100))]
    stack = stack_of(active)
    forecasts, refusal = foresee(command, FREE, PLANS, stack, 200)
    assert refusal is None
    start = command.at_step or 200
    proposed = begin(stack, command, start, planned_at(start)).stack
    assert [forecast.group for forecast in forecasts] == list(command.groups or PLANS)
    for forecast in forecasts:
        assert forecast.x[0] == 200
        assert forecast.x[-1] == 499
        for at, step in enumerate(forecast.x):
            planned = planned_at(step)
            assert forecast.planned[at] == planned[forecast.group]
            assert forecast.present[at] == apply(stack, step, planned)[forecast.group]
            after = proposed if step >= start else stack
            assert forecast.proposed[at] == apply(after, step, planned)[forecast.group]


def test_the_bends_are_among_the_points() -> None:
    forecasts, _ = foresee(
        Command(id="c", action=Hold(1e-3), at_step=300, for_steps=50), FREE, PLANS, (), 200
    )
    assert {299, 300, 349, 350} <= set(forecasts[0].x)


def test_a_limit_forbids_and_nothing_is_proposed() -> None:
    forecasts, refusal = foresee(Command(id="c", action=Scale(100.0)), Limits(), PLANS, (), 200)
    assert refusal is not None
    assert refusal.message
    assert forecasts[0].proposed == forecasts[0].present
    assert forecasts[0].area_change == 0.0


def test_a_kind_that_is_not_allowed() -> None:
    _, refusal = foresee(Command(id="c", action=Hold(1e-4)), Limits(kinds=("scale",)), PLANS, (), 0)
    assert refusal is not None
    assert "hold" in refusal.message


def test_a_plan_without_an_end_and_a_command_after_the_end() -> None:
    endless = {"g": schedule.parse("hold").bind(base=1e-3)}
    forecasts, _ = foresee(Command(id="c", action=Scale(0.5)), FREE, endless, (), 10)
    assert forecasts[0].x[0] == 10
    assert forecasts[0].area_change == pytest.approx(-0.5)
    late, _ = foresee(Command(id="c", action=Scale(0.5)), FREE, PLANS, (), 600)
    assert late[0].x[0] == 600
