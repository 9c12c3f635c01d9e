"""A schedule on a faster clock: each step takes several of its steps, at any of them exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rheostat.schedule import BindError, ConversionError, Schedule, ScheduleError, parse
from rheostat.schedule.tree.nodes import Seq
from rheostat.schedule.tree.pace import paced
from tests.schedule.strategies import programs

STEPS = np.arange(300)


def check(schedule: Schedule, times: int) -> None:
    faster = Schedule.of(paced(schedule.program, times))
    slow = schedule.bind(base=0.1, total=300 * times, epoch=50 * times)
    fast = faster.bind(base=0.1, total=300, epoch=50)
    wanted, found = slow(STEPS * times), fast(STEPS)
    near = 1e-12 * wanted.max()
    for step in np.flatnonzero(np.abs(found - wanted) > near + 1e-9 * wanted).tolist():
        # A part that begins inside a step may meet an edge that falls on a whole step by rounding, or not.
        at = float(step * times)
        sides = [slow.curve.at(max(at + aside, 0.0)) for aside in (-1e-6, 0.0, 1e-6)]
        jump = max(sides) - min(sides)
        assert jump > 1e-6 * wanted.max(), (step, found[step], wanted[step])
        assert any(found[step] == pytest.approx(side, rel=1e-6, abs=near) for side in sides)


@pytest.mark.parametrize("times", [1, 2, 3, 7])
@pytest.mark.parametrize(
    "text",
    [
        "linear 0 -> 1x for 500; cosine -> 0",
        "linear 0 -> 1x for 5%; hold; sqrt -> 0.1x for 20%",
        "drop 0.1x every 30",
        "drop 0.5x at 31, 77, 1ep, 210",
        "decay 0.99x every 3",
        "poly(2) -> 0",
        "rsqrt(200)",
        "curve((t + 1)^-0.5 * min(1, (t + 1) / 40) * (1 - t / T) * (2 - t / N))x",
        "keys { 0: 0; 7: 1x; 100: 0.1x cosine }",
        "{ linear 0.1x -> 1x for 50; hold } * drop 0.5x every 10",
        "repeat forever stretch 2 { cosine 1x -> 0 for 10 }",
        "step 2tok for 10, 4tok\nlinear 0 -> 1x for 100tok; cosine -> 0 for 300tok",
        "epoch 40\nlinear 0 -> 1x for 1ep; cosine -> 0 for 3ep",
    ],
)
def test_each_construct(text: str, times: int) -> None:
    check(parse(text), times)


def test_an_edge_that_meets_a_step_by_rounding() -> None:
    check(parse("linear -> 0.5 for 4; drop 0x every 1"), 5)


@given(programs(comments=False), st.sampled_from((2, 4, 5)))
def test_any_program(program: Seq, times: int) -> None:
    try:
        schedule = Schedule.of(program)
        paced(program, times)
        schedule.bind(base=0.1, total=300 * times, epoch=50 * times)
    except (BindError, ConversionError, ScheduleError):
        assume(False)
    check(schedule, times)


@pytest.mark.parametrize("text", ["linear 0 -> 1x inclusive for 500", "plateau(val_loss)"])
def test_what_counts_whole_steps_or_metrics_is_refused(text: str) -> None:
    with pytest.raises(ConversionError, match=r"inclusive|metric"):
        paced(parse(text).program, 2)
