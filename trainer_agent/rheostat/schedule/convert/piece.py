"""A stretch of text that says one curve, and how such stretches are cut and joined."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.program import parse
from rheostat.schedule.tree.nodes import Product, Sum, spell

__all__ = ["Piece", "between", "factor", "finite", "hold", "joined", "ramp", "steps", "within"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Statements that say a curve. ``length`` is None where it goes on for ever.

    ``anchored``: it says its own start; otherwise it has to begin at 1x. ``end``: the factor it comes to,
    ``then``: what follows when its length is over. ``absolute``: it does not depend on the base lr.
    """

    text: str
    length: float | None = None
    anchored: bool = True
    end: float | None = None
    then: str = "hold"
    absolute: bool = False


def factor(value: float) -> str:
    """Spell a factor of the base lr."""
    return spell(value) + "x"


def steps(value: float) -> str:
    """Spell a length, without the rounding that a product of lengths gathers."""
    whole = round(value)
    return str(whole) if whole and abs(value - whole) <= 1e-12 * abs(whole) else spell(value)


def finite(value: object, what: str) -> float:
    """Return a number from 0 up. Raises ConversionError for any other value, which no lr can have."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ConversionError(f"{what} is {value!r}: expected a number") from None
    if not 0 <= number < float("inf"):
        raise ConversionError(f"{what} is {value}: expected 0 or more")
    return number


def hold(value: str, length: float | None = None) -> Piece:
    """Say a constant."""
    text = f"hold {value}"
    return Piece(text if length is None else f"{text} for {steps(length)}", length)


def ramp(shape: str, start: str, end: str, length: float) -> Piece:
    """Say a shape from a value to a value; nothing where its length is 0."""
    if length <= 0:
        return Piece("", 0)
    text = f"hold {start}" if start == end else f"{shape} {start} -> {end}"
    return Piece(f"{text} for {steps(length)}", length)


def between(text: str, length: float) -> Piece:
    """Say statements as a part of a length."""
    return Piece(f"{grouped(text)} for {steps(length)}", length)


def grouped(text: str) -> str:
    """Put braces around what is more than one part."""
    parts = parse(text).program.parts
    if len(parts) == 1 and not isinstance(parts[0], Product | Sum) and getattr(parts[0], "length", 0) is None:
        return text
    return f"{{ {text} }}"


def joined(pieces: Iterable[Piece], separator: str = "; ") -> Piece:
    """Put pieces one after the other; all but the last have a length."""
    found = [piece for piece in pieces if piece.text]
    lengths = [piece.length for piece in found]
    length = None if None in lengths else sum(one for one in lengths if one is not None)
    last = found[-1]
    return Piece(
        separator.join(piece.text for piece in found), length, found[0].anchored, last.end, last.then
    )


def within(piece: Piece, window: float | None, *, at_one: bool) -> str:
    """Give a piece its stretch of the whole; it starts from the base lr, whatever came before."""
    if not (piece.anchored or at_one):
        text = f"1x * {piece.text}"
        return text if window is None else f"{{ {text} }} for {steps(window)}"
    if piece.length is None:
        return piece.text if window is None else f"{grouped(piece.text)} for {steps(window)}"
    if window is None or window > piece.length:
        rest = "" if window is None else f" for {steps(window - piece.length)}"
        after = f"; {piece.then}{rest}" if window is not None or piece.then != "hold" else ""
        return piece.text + after
    return piece.text if window == piece.length else f"{{ {piece.text} }} for {steps(window)}"
