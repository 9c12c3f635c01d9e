from __future__ import annotations

import ast
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rheostat.schedule
from rheostat.schedule import BindError, check, parse
from rheostat.schedule.curve.amounts import Amounts
from rheostat.schedule.curve.calculation import Calculated, calculate
from rheostat.schedule.curve.operations import HUGE
from rheostat.schedule.tree.formula import Formula, write_formula
from tests.schedule.strategies import formulas

STEPS = [0.0, 1.0, 2.0, 7.0, 99.0, 1e6, 1e12, 2.0**53]


@given(formulas("t", "u", "n", "pi"))
@settings(deadline=None, max_examples=200)
def test_floats_and_arrays_give_the_same_finite_bits(formula: Formula) -> None:
    amounts = Amounts((Fraction(0), Fraction(5)), (Fraction(3), Fraction(7)))
    curve = Calculated(formula, (("pi", math.pi),), 100.0, amounts, 2.0, 0.5)
    out = np.empty(len(STEPS))
    curve.fill(np.array(STEPS), out)
    assert out.tolist() == [curve.at(t) for t in STEPS]
    assert np.isfinite(out).all()
    assert (out >= 0).all()


@given(formulas("t", "i", "base", "N"))
@settings(deadline=None, max_examples=200)
def test_what_is_written_reads_back(formula: Formula) -> None:
    text = f"curve({write_formula(formula)})"
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1 + 2 * 3 - 4 / 8", 6.5),
        ("2^3^2", 512.0),
        ("-2^2", -4.0),
        ("(-2)^3", -8.0),
        ("2^-2", 0.25),
        ("8^(1 / 3)", 2.0),
        ("100 - 10 - 1", 89.0),
        ("min(3, 1, 2) + max(1, 5)", 6.0),
        ("sqrt(2)", math.sqrt(2)),
        ("exp(1.5)", math.exp(1.5)),
        ("log(10)", math.log(10)),
        ("cos(1)", math.cos(1)),
        ("cos(100)", math.cos(100)),
        ("tanh(0.5)", math.tanh(0.5)),
        ("floor(-1.5)", -2.0),
        ("abs(-3)", 3.0),
        ("4k + 1M", 1_004_000.0),
        ("pi", math.pi),
        ("1 / 0", HUGE),
        ("0 / 0", -HUGE),
        ("sqrt(-1)", -HUGE),
        ("(-8)^0.5", -HUGE),
        ("10^30 * 10^300", HUGE),
    ],
)
def test_operations_mean_what_they_mean(text: str, wanted: float) -> None:
    part = parse(f"curve({text})").program.parts[0]
    assert calculate(getattr(part, "of"), {"pi": math.pi}) == pytest.approx(wanted, rel=1e-13)  # noqa: B009


def test_names_stand_for_what_the_part_and_the_run_know() -> None:
    def at(formula: str, t: int) -> float:
        schedule = parse(f"hold 1e-3 for 10; curve({formula}) for 100; hold")
        return schedule.bind(base=0.5, total=1000, step_tokens=4096)(t)

    assert [at("t", 10), at("t", 15)] == [0, 5]
    assert at("u", 35) == 0.25
    assert at("T", 11) == 100
    assert at("N", 11) == 1000
    assert at("n", 12) == 8192
    assert at("base", 12) == 0.5
    assert at("t", 500) == 100


def test_a_curve_is_an_lr_and_with_x_a_factor() -> None:
    assert parse("curve(0.5)").bind()(0) == 0.5
    assert parse("curve(0.5)x").bind(base=1e-3)(0) == 5e-4
    assert parse("curve(0.5)x * 1e-3").bind()(0) == 5e-4
    assert [d.code for d in check("curve(1e-3) * 1e-3")] == ["lr-times-lr"]


def test_a_curve_that_leaves_its_bounds_is_doubted() -> None:
    plan = parse("curve(1e-3 * (1 - 2 * u))").bind(total=100)
    assert plan(99) == 0.0
    assert [d.code for d in plan.warnings] == ["curve-range"]
    assert parse("curve(1e-3 * max(1 - 2 * u, 0))").bind(total=100).warnings == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("curve(i)", "name"),
        ("hold (1e-3 - 1)", "range"),
        ("hold (1 / 0)", "range"),
        ("decay (0)x every 5", "zero"),
        ("curve(u)", "needs-total"),
        ("curve(n)", "needs-step"),
        ("curve(N)", "needs-total"),
    ],
)
def test_what_cannot_be_calculated_is_said(text: str, code: str) -> None:
    with pytest.raises(BindError) as caught:
        parse(text).bind(base=1.0)
    assert [d.code for d in caught.value.diagnostics] == [code]
    assert caught.value.diagnostics[0].suggestion


def test_tokens_take_fewer_steps_as_batches_grow() -> None:
    text = "step 10tok for 100, 20tok for 2ktok, 40tok; 1x for 1500tok; 0.5x for 4ktok; 0.25x"
    plan = parse(text).bind(base=1.0)
    edges = plan.analyse().breakpoints
    # 100 steps have 1000 tokens, the next 100 have 2000, then 40 in each.
    assert edges == (125.0, 262.5)
    amounts = Amounts((Fraction(0), Fraction(100)), (Fraction(10), Fraction(20)))
    assert amounts.steps(Fraction(1500), Fraction(50)) == 100
    assert amounts.since(50.0, 100.0) == 1500.0


def test_shares_and_tokens_fill_the_run_together() -> None:
    text = "step 10tok for 100, 20tok; 1x for 1fr; linear -> 0 for 4ktok"
    plan = parse(text).bind(base=1.0, total=1000)
    assert plan.analyse().breakpoints == (800.0,)
    early = parse("step 10tok for 900, 20tok; 1x for 1fr; linear -> 0 for 4ktok").bind(base=1.0, total=1000)
    # 100 steps of 20 and 200 of 10.
    assert early.analyse().breakpoints == (700.0,)
    # Batches that shrink: 100 steps of 20 and 100 of 10.
    shrinking = parse("step 20tok for 900, 10tok; 1x for 1fr; linear -> 0 for 3ktok").bind(
        base=1.0, total=1000
    )
    assert shrinking.analyse().breakpoints == (800.0,)


def test_what_repeats_for_ever_beside_tokens_shares_the_run() -> None:
    endless = "repeat forever { 1x for 7tok; 0.1x for 7tok } * { 1x for 2ktok }"
    text = f"step 10tok for 100, 20tok; 1x for 2ktok; {endless}; 0"
    plan = parse(text).bind(base=1.0, total=1000)
    assert [float(leaf.start) for leaf, _ in plan.leaves] == [0.0, 150.0, 575.0]


amounts = st.floats(1, 1000).map(lambda v: float(f"{v:.3g}"))


@given(
    st.lists(st.tuples(st.integers(1, 4000), amounts), min_size=1, max_size=12),
    st.lists(st.tuples(st.booleans(), amounts), min_size=1, max_size=12),
    st.integers(1000, 10**7),
)
def test_shares_fill_the_run_however_the_batch_changes(
    stages: list[tuple[int, float]], parts: list[tuple[bool, float]], total: int
) -> None:
    step = "step 100tok" + "".join(f" for {steps}, {amount}tok" for steps, amount in stages)
    said = [f"1x for {n}fr; {{ 0.5x for {n}tok }}" if share else f"0.5x for {n}tok" for share, n in parts]
    plan = parse("; ".join([step, *said, "1x for 1fr", "0.1x for 9tok"])).bind(base=1.0, total=total)
    if any(found.code == "too-long" for found in plan.warnings):
        # Tokens alone are more than the run, so that nothing is left to share.
        assert "fr" not in "".join(plan.text[span.start : span.end] for _, span in plan.leaves)
    else:
        end = plan.leaves[-1][0].end
        assert end is not None
        assert float(end) == pytest.approx(total, rel=1e-9)


def test_arithmetic_uses_no_elementary_function_of_others() -> None:
    home = Path(rheostat.schedule.__file__).parent
    for module in (
        "curve/operations",
        "curve/calculation",
        "curve/amounts",
        "curve/levels",
        "binding/pieces",
        "binding/cycles",
    ):
        for node in ast.walk(ast.parse((home / f"{module}.py").read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                allowed = node.value.id != "math" or node.attr in ("copysign", "pi")
                assert allowed, f"{module}: {node.value.id}.{node.attr}"
                foreign = node.value.id == "np" and node.attr in (
                    "exp",
                    "log",
                    "cos",
                    "tanh",
                    "power",
                    "exp2",
                )
                assert not foreign, f"{module}: np.{node.attr}"
