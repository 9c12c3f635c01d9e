"""The operations of arithmetic: each gives a finite number, and floats and arrays the same bits.

Where mathematics has no answer (the root or logarithm of something below 0, 0 / 0) the result is -1e300, so
that a curve shows 0 there and a warning is due; a quotient by 0 is as large as numbers get here.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np

from .arith import Array, exp2, floor, log2, root, sinpi

__all__ = [
    "absolute",
    "add",
    "cosine",
    "exponential",
    "greater",
    "hyperbolic",
    "lesser",
    "logarithm",
    "negative",
    "product",
    "quotient",
    "raised",
    "rooted",
    "subtract",
    "whole",
]

F = TypeVar("F", float, Array)

HUGE = 1e300
_LOG2_E = 1.4426950408889634
_LN_2 = 0.6931471805599453
# Pi in two parts: the first has so few bits that whole multiples of it are exact.
_PI_HIGH = 3.141592653468251
_PI_LOW = 1.2154201013012385e-10
_PER_PI = 0.3183098861837907


def add(x: F, y: F) -> F:
    """Add."""
    return x + y


def subtract(x: F, y: F) -> F:
    """Take away."""
    return x - y


def negative(x: F) -> F:
    """Change the sign."""
    return -x


def product(x: F, y: F) -> F:
    """Multiply."""
    return _bounded(x * y)


def quotient(x: F, y: F) -> F:
    """Divide."""
    if isinstance(x, float) and isinstance(y, float):
        if y == 0.0:
            return math.copysign(HUGE, x) if x else -HUGE
        return _bounded(x / y)
    zero = y == 0.0
    by_zero = np.where(x == 0.0, -HUGE, np.copysign(HUGE, x))
    return np.where(zero, by_zero, _bounded(x / np.where(zero, 1.0, y)))


def raised(x: F, y: F) -> F:
    """One to the power of the other."""
    if isinstance(x, float) and isinstance(y, float):
        size = min(exp2(y * log2(abs(x))), HUGE) if x else (HUGE if y < 0.0 else 0.0**y)
        if x >= 0.0:
            return size
        return -HUGE if floor(y) != y else -size if _odd(y) else size
    return _raised(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))


def _raised(x: Array, y: Array) -> Array:
    zero = x == 0.0
    size = np.minimum(exp2(y * log2(np.where(zero, 1.0, np.abs(x)))), HUGE)
    at_zero = np.where(y < 0.0, HUGE, np.where(y == 0.0, 1.0, 0.0))
    size = np.where(zero, at_zero, size)
    signed = np.where(np.floor(y) != y, -HUGE, np.where(_odd(y), -size, size))
    return np.where(x >= 0.0, size, signed)


def _odd(y: F) -> F:
    """Tell whether a whole number is odd, as 0 or 1."""
    return y - 2.0 * floor(y / 2.0)


def whole(x: F, n: int) -> F:
    """To a whole power from -32 to 32."""
    size = _bounded(_products(x, abs(n)))
    return size if n >= 0 else quotient(size * 0.0 + 1.0, size)


def _products(x: F, n: int) -> F:
    result: F = x * 0.0 + 1.0
    for bit in f"{n:b}":
        result = _bounded(result * result)
        if bit == "1":
            result = _bounded(result * x)
    return result


def rooted(x: F) -> F:
    """Square root."""
    if isinstance(x, float):
        return root(x) if x >= 0.0 else -HUGE
    return np.where(x >= 0.0, root(np.maximum(x, 0.0)), -HUGE)


def exponential(x: F) -> F:
    """E to the power."""
    return _bounded(exp2(x * _LOG2_E))


def logarithm(x: F) -> F:
    """Natural logarithm."""
    if isinstance(x, float):
        return log2(x) * _LN_2 if x > 0.0 else -HUGE
    positive = x > 0.0
    return np.where(positive, log2(np.where(positive, x, 1.0)) * _LN_2, -HUGE)


def cosine(x: F) -> F:
    """Cosine of an angle in radians; the farther from 0, the fewer digits."""
    k = floor(x * _PER_PI + 0.5)
    rest = ((x - k * _PI_HIGH) - k * _PI_LOW) * _PER_PI
    if isinstance(rest, float):
        value = sinpi(0.5 - min(abs(rest), 0.5))
    else:
        value = sinpi(0.5 - np.minimum(np.abs(rest), 0.5))
    return value * (1.0 - 2.0 * _odd(k))


def hyperbolic(x: F) -> F:
    """Hyperbolic tangent."""
    return 1.0 - 2.0 / (exponential(2.0 * x) + 1.0)


def absolute(x: F) -> F:
    """Without its sign."""
    return abs(x)


def lesser(x: F, y: F) -> F:
    """The lesser of two."""
    if isinstance(x, float) and isinstance(y, float):
        return min(x, y)
    return np.minimum(x, y)


def greater(x: F, y: F) -> F:
    """The greater of two."""
    if isinstance(x, float) and isinstance(y, float):
        return max(x, y)
    return np.maximum(x, y)


def _bounded(x: F) -> F:
    if isinstance(x, float):
        return min(max(x, -HUGE), HUGE)
    return np.minimum(np.maximum(x, -HUGE), HUGE)
