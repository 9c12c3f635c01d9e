"""The size of a share with which parts fit, where tokens take fewer or more steps the later they come."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from rheostat.schedule.curve.amounts import tamed

__all__ = ["fits", "fitting"]

# Two points so near, as a share of what is left to search, lie on one straight piece.
_NEAR = 2.0**-20
_ROUNDS = 96
_ROUNDING = 2.0**-48
# Lengths that a billionth of the run tells apart are one.
_CLOSE = 1 + Fraction(1, 2**30)


def fits(length: Fraction, available: Fraction) -> bool:
    """Tell whether a length is no more than there is, but for rounding."""
    return length <= available or length <= available * _CLOSE


def fitting(
    near: Callable[[float], float],
    exact: Callable[[Fraction], Fraction],
    available: Fraction,
    shares: Fraction,
) -> Fraction:
    """Return the size of a share with which parts are together as long as what is available.

    ``near`` and ``exact`` tell how long they are together for a size, in floats and exactly; ``shares`` is
    the number of shares among them, more than 0. Where stages differ so much that the last bit of a size
    moves the end, the size is the nearest float.
    """
    high = available / shares
    guess = Fraction(_met(near, float(available), float(high)))
    # Floats have found the straight piece; exact arithmetic finds the point on it.
    other = guess + (high - guess) * Fraction(_NEAR)
    here = exact(guess)
    rise = exact(other) - here
    if not rise:
        return guess
    better = tamed(guess + (available - here) * (other - guess) / rise)
    inside = 0 <= better <= high
    return better if inside and abs(exact(better) - available) <= abs(here - available) else guess


def _met(length: Callable[[float], float], available: float, high: float) -> float:
    """Return the size, from 0 to ``high``, at which a length meets what is available.

    It rises with the size and is made of straight pieces: a line through two near points of a piece meets
    the level where the piece does (Newton's method). Where that leads astray, each second round halves.
    """
    low, at, halved = 0.0, high / 2, True
    for _ in range(_ROUNDS):
        short, width = available - length(at), high - low
        low, high = (at, high) if short >= 0 else (low, at)
        other = at + _NEAR * ((high if short > 0 else low) - at)
        rise = length(other) - (available - short)
        if abs(short) <= available * _ROUNDING or not rise:
            break
        line = at + short * (other - at) / rise
        halved = not halved and 2 * (high - low) > width
        at = line if low < line < high and not halved else low + (high - low) / 2
    return at
