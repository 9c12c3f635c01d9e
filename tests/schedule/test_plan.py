from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.schedule import BindError, Schedule, examples, parse
from rheostat.schedule.plan import Plan
from rheostat.schedule.tree.nodes import Seq
from tests.schedule.calls import Calls
from tests.schedule.strategies import TOTAL, bind, programs


def plan(text: str, base: float = 0.1, total: int | None = None, epoch: int | None = None) -> Plan:
    return parse(text).bind(base=base, total=total, epoch=epoch)


def values(text: str, steps: range, base: float = 0.1, total: int | None = None) -> list[float]:
    return [float(v) for v in plan(text, base, total)(np.arange(steps.start, steps.stop, steps.step))]


FAR = [0, 1, 499, 500, 501, TOTAL - 1, TOTAL, 10**6, 10**9, 10**12]


def bound(program: Seq) -> Plan | None:
    try:
        return bind(Schedule.of(program))
    except BindError:
        return None


@given(programs(comments=False, full=True), st.lists(st.integers(0, 3000), min_size=1, max_size=40))
@settings(deadline=None, max_examples=150)
def test_a_step_and_an_array_give_the_same_bits(program: Seq, steps: list[int]) -> None:
    found = bound(program)
    if found is not None:
        steps = steps + FAR
        assert found(np.array(steps)).tolist() == [found(step) for step in steps]


@given(programs(comments=False, full=True))
@settings(deadline=None, max_examples=150)
def test_values_are_finite_and_not_negative(program: Seq) -> None:
    found = bound(program)
    if found is not None:
        y = found(np.concatenate([np.arange(1200), np.array(FAR)]))
        assert np.isfinite(y).all()
        assert (y >= 0).all()


@given(programs(comments=False, full=True), st.integers(1, 900), st.integers(1, 400))
@settings(deadline=None, max_examples=80)
def test_a_range_is_a_slice_of_the_whole(program: Seq, first: int, count: int) -> None:
    found = bound(program)
    if found is not None:
        assert (
            found(np.arange(first, first + count)).tolist()
            == found(np.arange(1300))[first : first + count].tolist()
        )


def test_a_part_reaches_its_value_at_its_end_and_the_next_takes_over() -> None:
    assert values("linear 0 -> 1x for 4; hold", range(6)) == pytest.approx([0, 0.025, 0.05, 0.075, 0.1, 0.1])
    assert values(
        "linear 0 -> 1x for 5 inclusive".replace(" for 5 inclusive", " inclusive for 5"), range(6)
    ) == (pytest.approx([0, 0.025, 0.05, 0.075, 0.1, 0.1]))
    assert values("linear 0 -> 1x for 2.5", range(4)) == pytest.approx([0, 0.04, 0.08, 0.1])


def test_ends_are_met_to_the_bit() -> None:
    for shape in ("linear", "cosine", "poly(2)", "poly(0.7)", "sqrt", "halving", "expo"):
        found = plan(f"3e-5 for 3; {shape} 0.3x -> 7e-7 for 10; hold")
        assert found(3) == 0.1 * 0.3
        assert found(13) == found(10**12) == 7e-7


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("linear 1x -> 0.1x for 100", lambda u: 0.1 + 0.9 * (1 - u)),
        ("cosine 1x -> 0.1x for 100", lambda u: 0.1 + 0.9 * (1 + math.cos(math.pi * u)) / 2),
        ("poly(3) 1x -> 0.1x for 100", lambda u: 0.1 + 0.9 * (1 - u) ** 3),
        ("poly(0.7) 1x -> 0.1x for 100", lambda u: 0.1 + 0.9 * (1 - u) ** 0.7),
        ("sqrt 1x -> 0.1x for 100", lambda u: 0.1 + 0.9 * (1 - math.sqrt(u))),
        ("halving 1x -> 0.1x for 100", lambda u: 0.1 + 0.9 * (2 * 0.5**u - 1)),
        ("expo 1x -> 0.01x for 100", lambda u: 0.01**u),
        ("tanh(-7, 3) 1x -> 0.1x for 100", lambda u: 0.1 + 0.9 * (1 - math.tanh(-7 * (1 - u) + 3 * u)) / 2),
        ("rsqrt(20) 1x", lambda u: 1 / math.sqrt(1 + 100 * u / 20)),
        ("decay 0.5x every 10", lambda u: 0.5 ** (10 * u)),
        ("drop 0.5x every 10", lambda u: 0.5 ** (round(100 * u) // 10)),
        ("drop 0.5x at 10, 30, 30", lambda u: 0.5 ** ((u >= 0.1) + 2 * (u >= 0.3))),
    ],
)
def test_shapes_follow_their_formulas(text: str, formula: object) -> None:
    assert callable(formula)
    wanted = [0.1 * formula(t / 100) for t in range(100)]
    assert values(text, range(100)) == pytest.approx(wanted, rel=1e-13, abs=1e-16)


def test_left_out_starts_go_on_from_the_part_before() -> None:
    found = plan(
        "linear 0 -> 0.4x for 10; cosine -> 0.2x for 10; drop 0.5x every 5 for 10; linear -> 0 for 10"
    )
    assert [found(t) for t in (0, 10, 20, 25, 30, 40)] == pytest.approx([0, 0.04, 0.02, 0.01, 0.005, 0])


def test_learning_rates_and_factors_mix() -> None:
    assert values("linear 0.5x -> 1e-2 for 2", range(3)) == pytest.approx([0.05, 0.03, 0.01])
    assert values("linear base -> 0.5x for 2", range(3)) == pytest.approx([0.1, 0.075, 0.05])
    assert plan("3e-4 * 0.5x")(0) == pytest.approx(1.5e-4)
    assert plan("0.5x * 3e-4")(0) == pytest.approx(1.5e-4)
    assert plan("0.5x * 0.5x")(0) == pytest.approx(0.025)
    assert plan("1x - 0.25x")(0) == pytest.approx(0.075)
    assert plan("0.25x - 1x")(0) == 0.0
    assert plan("1e-3 + 0.01x")(0) == pytest.approx(2e-3)


def test_a_learning_rate_needs_no_base() -> None:
    assert parse("linear 1e-3 -> 0 for 10; 5e-4").bind()(5) == 5e-4


def test_lengths_in_every_unit() -> None:
    schedule = parse("0x for 10; 1x for 2ep; 2x for 10%; 3x for 8192tok; 4x for 1fr; 5x for 3fr")
    found = schedule.bind(base=1.0, total=1000, epoch=50, step_tokens=4096)
    steps = [0, 9, 10, 109, 110, 209, 210, 211, 212, 408, 409, 999, 1000]
    assert [found(t) for t in steps] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5]
    assert parse("step 512sp; 0x for 1024sp; 1x").bind(base=1.0, total=9)(np.arange(4)).tolist() == [
        0,
        0,
        1,
        1,
    ]


def test_shares_of_a_block_and_per_cent_of_the_run() -> None:
    found = plan("{ 1x for 1fr; 2x for 1fr } for 100; { 3x for 10%; 4x } for 500; 5x", 1.0, 1000)
    assert [found(t) for t in (0, 49, 50, 99, 100, 199, 200, 599, 600)] == [1, 1, 2, 2, 3, 3, 4, 4, 5]


def test_a_block_cut_short_leaves_where_it_stands() -> None:
    found = plan("{ linear 0 -> 1x for 100 } for 25; hold for 10; { 1x for 5 } for 10; linear -> 0 for 10")
    assert [found(t) for t in (25, 34, 35, 44, 50)] == pytest.approx([0.025, 0.025, 0.1, 0.1, 0.05])


def test_a_product_keeps_one_clock_and_every_factor_starts_at_one() -> None:
    found = plan("0.5x for 10; { { linear 0 -> 1x for 10; hold } * drop 0.1x every 20 } for 40; hold")
    assert [found(t) for t in (9, 10, 15, 20, 30, 49)] == pytest.approx([0.05, 0, 0.05, 0.1, 0.01, 0.01])


def test_cycles_start_over_exactly() -> None:
    found = plan("repeat forever { cosine 1x -> 0 for 10 }")
    for n in (1, 7, 10**6, 10**11):
        assert found(10 * n) == 0.1
        assert found(10 * n - 1) == found(9)
    third = plan("repeat 3 { linear 1x -> 0 for 1fr }", total=10)
    starts = [t for t in range(10) if third(t) > (third(t - 1) if t else 0)]
    assert starts == [0, 4, 7]


def test_a_repeat_goes_on_from_its_own_end() -> None:
    found = plan("0 for 1; repeat 3 { linear -> 1x for 10; linear -> 0.2x for 10 }; hold")
    assert [found(t) for t in (1, 11, 21, 26, 31, 61, 99)] == pytest.approx(
        [0, 0.1, 0.02, 0.06, 0.1, 0.02, 0.02]
    )
    halved = plan("repeat 4 { hold for 5; drop 0.5x at 0 for 5 }; hold")
    assert [halved(5 * k) for k in range(9)] == pytest.approx(
        [0.1, 0.05, 0.05, 0.025, 0.025, 0.0125, 0.0125, 0.00625, 0.00625]
    )
    nested = plan("repeat 2 { repeat 2 { drop 0.5x at 5 for 10 } }; hold")
    assert [nested(10 * k) for k in range(6)] == pytest.approx([0.1, 0.05, 0.025, 0.0125, 0.00625, 0.00625])


def test_stretch_and_shrink() -> None:
    found = plan("repeat forever stretch 2 shrink 0.5x toward 0.2x { linear 1x -> 0.2x for 10 }")
    starts = [10 * (2**n - 1) for n in range(30)]
    assert [found(s) for s in starts[:3]] == pytest.approx([0.1, 0.06, 0.04])
    assert [found(s - 1) < found(s) for s in starts[1:]] == [True] * 29
    tripled = plan("repeat forever stretch 3 { linear 1x -> 0 for 2 }")
    assert tripled(242) == 0.1
    assert plan("repeat forever stretch 10 { linear 1x -> 0 for 1 }")(111) == 0.1
    assert plan("repeat 3 stretch 2 { linear 1x -> 0 }", total=70)(10) == 0.1


def test_a_repeat_that_ends_with_the_block_hands_on_its_last_value() -> None:
    assert plan("repeat forever { linear 1x -> 0.5x for 5 } for 20; hold")(20) == 0.05


def test_program_13_thaws_the_backbone() -> None:
    schedule = parse(next(e.text for e in examples() if "backbone" in e.text))
    head = schedule.bind(total=1000, epoch=100, group="head")
    backbone = schedule.bind(total=1000, epoch=100, group="backbone")
    assert [backbone(t) for t in (0, 299)] == [0, 0]
    assert backbone(300) == pytest.approx(head(300) / 10)


def test_steps_are_whole_and_not_negative() -> None:
    found = plan("hold")
    whole: Any = np.int64(3)
    assert found(whole) == found(3) == 0.1
    bad: Any
    for bad in (1.5, "1", None, np.array([1.5])):
        with pytest.raises(TypeError):
            found(bad)
    for negative in (-1, np.array([3, -1])):
        with pytest.raises(ValueError, match="steps count from 0"):
            found(negative)
    assert found(np.array([], dtype=np.int64)).shape == (0,)
    assert found(np.array([[2, 1], [0, 5]], dtype=np.uint8)).shape == (2, 2)


def test_growth_stays_finite() -> None:
    for text in (
        "drop 10x every 1",
        "decay 10x every 1",
        "repeat forever shrink 3x { hold 1x for 1 }",
        "drop 10x every 1 * drop 10x every 1 * drop 0x at 5000",
        "1x - drop 10x every 1",
        "repeat forever { drop 2x at 1 for 2 }",
    ):
        y = plan(text)(np.arange(0, 20_000, 7))
        assert np.isfinite(y).all()
        assert (y >= 0).all()


def test_expo_from_zero_is_refused() -> None:
    with pytest.raises(BindError):
        plan("linear 1x -> 0 for 5; expo -> 1x for 5")


def test_many_parts_and_far_steps() -> None:
    text = "; ".join(f"linear -> 0.{k % 9 + 1}x for 10" for k in range(200))
    found = plan(text)
    assert found(1999) == pytest.approx(found(np.array([1999]))[0])
    # Unrolled, this would take hours.
    endless = plan("repeat forever { linear 1x -> 0 for 1; repeat 1000000 { linear 1x -> 0 for 3 } }")
    assert endless(10**12) == endless(10**12 % 3_000_001)


def test_a_step_costs_the_same_among_many_parts_and_far_out() -> None:
    def cost(count: int, step: int, head: str = "{}") -> int:
        text = "; ".join(f"linear -> 0.{k % 9 + 1}x for 10" for k in range(count))
        found = plan(head.format(text))
        with Calls() as calls:
            found(step)
        return calls.count

    # Parts are found by bisection, in one call; only the curve that is met is evaluated.
    assert cost(190, 1895) == cost(10, 95) == cost(190, 5)
    forever = "repeat forever {{ {} }}"
    assert cost(190, 1900 * 10**9 + 3, forever) == cost(10, 1003, forever)


@pytest.mark.parametrize("period", [3, 7, 1250, 999_983])
def test_repeats_restart_exactly_a_trillion_steps_out(period: int) -> None:
    found = plan(f"repeat forever {{ linear 1x -> 0.5x for {period} }}")
    first = 10**12 // period * period
    starts = np.array([first, first + period, first + 1000 * period])
    assert found(starts).tolist() == [found(0)] * 3
    assert found(first - 1) == found(period - 1)
    assert (found(starts + period - 1) == found(period - 1)).all()
