"""Round numbers along an axis, and how they are written."""

from __future__ import annotations

import math

from rheostat.schedule.tree.nodes import spell

__all__ = ["log_ticks", "spell_count", "spell_lr", "ticks"]

_UNITS = (("T", 1e12), ("B", 1e9), ("M", 1e6), ("k", 1e3))


def ticks(low: float, high: float, wanted: int) -> tuple[float, ...]:
    """Return multiples of 1, 2 or 5 times a power of ten within [low, high], at most about ``wanted``."""
    if not low < high:
        return (low,)
    rough = (high - low) / max(wanted, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    pace = next(power * m for m in (1.0, 2.0, 5.0, 10.0) if power * m >= rough * (1 - 1e-9))
    first, last = math.ceil(low / pace - 1e-9), math.floor(high / pace + 1e-9)
    # Dividing by the inverse keeps 3 * 0.1 from becoming 0.30000000000000004.
    return tuple(float(f"{n * pace:.12g}") for n in range(first, last + 1))


def log_ticks(low: float, high: float, wanted: int) -> tuple[float, ...]:
    """Return powers of ten within [low, high], thinned to about ``wanted``; both ends above 0."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    pace = max(1, -(-(last - first + 1) // max(wanted, 1)))
    found = tuple(10.0**n for n in range(first, last + 1, pace))
    return found or (low,)


def spell_count(value: float) -> str:
    """Write a number of steps short: ``500``, ``2k``, ``1.5M``."""
    for unit, size in _UNITS:
        if value >= size:
            return f"{value / size:.4g}{unit}"
    return f"{value:.4g}"


def spell_lr(value: float) -> str:
    """Write a learning rate with at most four digits, as one would type it: ``3e-4``, ``0.1``."""
    if value and not 0.01 <= abs(value) < 1e4:
        mantissa, exponent = f"{value:.3e}".split("e")
        return f"{spell(float(mantissa))}e{int(exponent)}"
    return spell(float(f"{value:.4g}"))
