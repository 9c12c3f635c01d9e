"""How numbers are spelled where nothing says otherwise."""

from __future__ import annotations

__all__ = ["spell"]


def spell(v: float) -> str:
    """Spell a number in the shortest way that reads back as the same float."""
    text = repr(float(v))
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa}e{int(exponent)}"
    return text.removesuffix(".0")
