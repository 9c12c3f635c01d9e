from __future__ import annotations

import ast
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rheostat.schedule
from rheostat.schedule.curve import arith

RNG = np.random.default_rng(7)
UNIT = np.concatenate([RNG.random(20_000), [0.0, 1.0, 0.5, 5e-324, 2.0**-1022, 1.0 - 2.0**-53]])


def relative(got: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.max(np.abs(got - wanted) / np.maximum(np.abs(wanted), 1e-300)))


def test_sinpi_is_as_good_as_libm() -> None:
    w = UNIT - 0.5
    exact = np.array([math.sin(math.pi * v) for v in w])
    assert relative(arith.sinpi(w), exact) < 1e-15
    assert arith.sinpi(0.5) == 1.0
    assert arith.sinpi(-0.5) == -1.0
    assert arith.sinpi(0.0) == 0.0


def test_exp2_and_log2_are_as_good_as_libm() -> None:
    x = RNG.uniform(-1000, 1000, 20_000)
    assert relative(arith.exp2(x), np.array([math.pow(2.0, v) for v in x])) < 1e-15
    assert arith.exp2(np.array([0.0, 1.0, -3.0, 5000.0, -5000.0])).tolist() == [
        1,
        2,
        0.125,
        2.0**1023,
        2.0**-1023,
    ]
    y = np.exp(RNG.uniform(-600, 600, 20_000))
    near = 1.0 + RNG.uniform(-1e-3, 1e-3, 20_000)
    for values in (y, near):
        assert relative(arith.log2(values), np.array([math.log2(v) for v in values])) < 1e-15
    assert arith.log2(1.0) == 0.0
    assert arith.log2(5e-324) == -1074


def test_powers_are_good_to_1e_13() -> None:
    for p in (0.3, 0.7, 1.5, 2.0, 3.0, 5.0, 33.0):
        x = UNIT[UNIT > 1e-3]
        assert relative(arith.power(x, p), np.array([math.pow(v, p) for v in x])) < 1e-13
        assert arith.power(0.0, p) == 0.0
        assert arith.power(1.0, p) == 1.0
    for base in (0.1, 0.5, 0.95, 0.999, 1.001):
        n = np.arange(0.0, min(4000.0, 290.0 / abs(math.log10(base))), 7.0)
        assert relative(arith.whole_power(base, n), np.array([math.pow(base, v) for v in n])) < 3e-13
    assert arith.whole_power(0.0, np.array([0.0, 1.0, 100.0])).tolist() == [1.0, 0.0, 0.0]
    assert arith.whole_power(10.0, 400.0) == 1e300


@pytest.mark.parametrize("name", ["sinpi", "exp2", "log2", "root", "floor"])
def test_a_float_and_an_array_give_the_same_bits(name: str) -> None:
    function = getattr(arith, name)
    x = UNIT - 0.5 if name == "sinpi" else np.maximum(UNIT, 5e-324) if name == "log2" else UNIT * 50
    assert function(x).tolist() == [function(v) for v in x.tolist()]


@given(st.floats(0, 1), st.floats(0.01, 40))
@settings(deadline=None)
def test_a_power_has_the_same_bits_in_both(x: float, p: float) -> None:
    assert arith.power(np.array([x]), p)[0] == arith.power(x, p)


@given(st.floats(0, 10), st.integers(0, 2000))
@settings(deadline=None)
def test_a_whole_power_has_the_same_bits_in_both(x: float, n: int) -> None:
    assert arith.whole_power(x, np.array([float(n)]))[0] == arith.whole_power(x, float(n))


def test_evaluation_uses_no_other_elementary_function() -> None:
    """What libm or numpy would calculate differently on another processor stays out."""
    trigonometric = {"cos", "sin", "tan", "tanh", "cosh", "sinh", "hypot"}
    powers = {"exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "power", "pow", "cbrt", "float_power"}
    banned = trigonometric | powers
    home = Path(rheostat.schedule.__file__).parent
    for module in ("curve/arith", "curve/curves", "curve/combine", "binding/bind", "plan"):
        tree = ast.parse((home / f"{module}.py").read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                foreign = node.value.id in ("np", "math") and node.attr in banned
                assert not foreign, f"{module}: {node.value.id}.{node.attr}"
            if isinstance(node, ast.BinOp | ast.AugAssign) and module.startswith("curve/"):
                constant = isinstance(node, ast.BinOp) and isinstance(node.left, ast.Constant)
                assert constant or not isinstance(node.op, ast.Pow), module
