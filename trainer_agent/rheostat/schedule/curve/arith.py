"""Elementary functions that give the same bits on every processor, for floats and for float64 arrays.

Those of libm and of numpy differ by a unit in the last place between libraries and between vector widths, so
a curve drawn by the server could differ from the one applied by the trainer. These are made of + - * /, floor
and exponent shifts alone, which IEEE 754 fixes to the bit, in one order of operations for both.
Coefficients: interpolation at Chebyshev nodes, calculated with 60 digits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "exp2", "floor", "log2", "power", "root", "sinpi", "whole_power"]

Array = npt.NDArray[np.float64]
F = TypeVar("F", float, Array)

_SINPI = (
    3.141592653589793, -5.167712780049969, 2.5501640398773007, -0.5992645293189447, 0.0821458865731029,
    -0.007370430505916944, 0.0004662998161898394, -2.1903497074626018e-05, 7.697826768224191e-07,
)  # fmt: skip
_EXP2 = (
    0.6931471805599453, 0.24022650695910097, 0.0555041086648216, 0.009618129107606888, 0.0013333558146416936,
    0.0001540353044173605, 1.525273382983612e-05, 1.321544258792169e-06, 1.0178062445845774e-07,
    7.072585949269223e-09, 4.4549605981865186e-10,
)  # fmt: skip
_LOG2 = (
    2.8853900817779268, 0.9617966939259898, 0.5770780163455203, 0.4121985858409005, 0.32059853491395984,
    0.262334352504183, 0.2209130842311768, 0.2136589569431927,
)  # fmt: skip
_ROOT_HALF = 0.7071067811865476
# Whole powers up to here are products; above, the rounding of that many products exceeds that of exp2.
_PRODUCTS = 32
# Not infinity, which times 0 would be no number.
_HUGE = 1e300


def sinpi(w: F) -> F:
    """Sine of pi w for -1/2 <= w <= 1/2."""
    z = w * w
    return w * _polynomial(z, _SINPI)


def exp2(x: F) -> F:
    """Two to the power x; beyond +-1023 the value at that bound."""
    x = _clamp(x, -1023.0, 1023.0)
    n = floor(x + 0.5)
    r = x - n
    return _shift(1.0 + r * _polynomial(r, _EXP2), n)


def log2(x: F) -> F:
    """Logarithm to base 2 of x > 0."""
    m, e = _split(x)
    f = (m - 1.0) / (m + 1.0)
    return e + f * _polynomial(f * f, _LOG2)


def power(x: F, p: float) -> F:
    """The p-th power of x >= 0 for p > 0."""
    if p == 0.5:
        return root(x)
    if p == floor(p) and p <= _PRODUCTS:
        return _products(x, int(p))
    if isinstance(x, float):
        return exp2(p * log2(x)) if x > 0.0 else 0.0
    positive = np.where(x > 0.0, x, 1.0)
    return np.where(x > 0.0, exp2(p * log2(positive)), 0.0)


def whole_power(x: float, n: F) -> F:
    """The n-th power of one x >= 0 for whole n >= 0, at most 1e300; 0 to the 0 is 1."""
    if isinstance(n, float):
        few = n <= _PRODUCTS or x == 0.0
        return min(_products(x, int(n)) if few else exp2(n * log2(x)), _HUGE)
    return np.minimum(_whole_powers(x, n), _HUGE)


def _whole_powers(x: float, n: Array) -> Array:
    most = min(float(n.max(initial=0.0)), float(_PRODUCTS))
    few = np.array([_products(x, k) for k in range(int(most) + 1)])
    small = few[np.minimum(n, most).astype(np.intp)]
    if x == 0.0 or float(n.max(initial=0.0)) <= _PRODUCTS:
        return small
    return np.where(n <= _PRODUCTS, small, exp2(n * log2(x)))


def root(x: F) -> F:
    """Square root; IEEE 754 fixes it."""
    if isinstance(x, float):
        return math.sqrt(x)
    return np.sqrt(x)


def floor(x: F) -> F:
    """Whole part."""
    if isinstance(x, float):
        return float(math.floor(x))
    return np.floor(x)


def _products(x: F, n: int) -> F:
    result: F = x * 0.0 + 1.0
    while n:
        if n & 1:
            result = result * x
        n >>= 1
        if n:
            x = x * x
    return result


def _polynomial(x: F, coefficients: Sequence[float]) -> F:
    result: F = x * coefficients[-1] + coefficients[-2]
    for c in coefficients[-3::-1]:
        result = result * x + c
    return result


def _clamp(x: F, low: float, high: float) -> F:
    if isinstance(x, float):
        return min(max(x, low), high)
    return np.minimum(np.maximum(x, low), high)


def _shift(x: F, n: F) -> F:
    if isinstance(x, float):
        return math.ldexp(x, int(n))
    return np.ldexp(x, n.astype(np.int32))


def _split(x: F) -> tuple[F, F]:
    """Return m, e with x = m 2**e and sqrt(1/2) <= m < sqrt(2)."""
    if isinstance(x, float):
        m, e = math.frexp(x)
        return (m * 2.0, float(e - 1)) if m < _ROOT_HALF else (m, float(e))
    ms, es = np.frexp(x)
    low = ms < _ROOT_HALF
    return (np.where(low, ms * 2.0, ms), np.where(low, es - 1.0, es.astype(np.float64)))
