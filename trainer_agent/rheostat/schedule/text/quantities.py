"""Reading values and lengths: numbers with their units."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import get_args

from rheostat.schedule.diagnostics import Span, closest
from rheostat.schedule.tree.nodes import Duration, Number, Unit, Value, spell

from . import slips
from .cursor import Cursor, Fault
from .tokens import Kind, Token

__all__ = ["LARGEST_LENGTH", "LARGEST_VALUE", "SMALLEST_LENGTH", "duration", "figure", "number", "value"]

LARGEST_VALUE = 1e30
LARGEST_LENGTH = 1e18
SMALLEST_LENGTH = 1e-9

_SUFFIX = {"": 1, "k": 10**3, "M": 10**6, "B": 10**9}
_LENGTH = re.compile(r"(k|M|B|)(st|ep|sp|tok|fr|%|)")
_KNOWN_UNITS: dict[str, Unit] = {unit: unit for unit in get_args(Unit)}
_UNITS = ("st", "ep", "fr", "tok", "sp", "k", "M", "B", "x")
UNITS = "units are st, ep, %, fr, tok and sp, with k, M or B before them"
_LONG_UNITS = {
    "step": "st", "steps": "st", "epoch": "ep", "epochs": "ep", "e": "ep", "token": "tok", "tokens": "tok",
    "sample": "sp", "samples": "sp", "K": "k", "m": "M", "b": "B", "X": "x", "pct": "%",
    "percent": "%", "ks": "k", "thousand": "k", "million": "M", "billion": "B", "iterations": "st",
    "iters": "st", "updates": "st", "batches": "st",
}  # fmt: skip
_SCALED = ("st", "tok", "sp")
# Words for a length, and the length they are.
_UNITED = {
    "epoch": "1ep", "step": "1", "rest": "1fr", "remaining": "1fr", "remainder": "1fr", "the": "1fr",
    "half": "50%",
}  # fmt: skip


def value(cursor: Cursor, what: str = "a value as 3e-4, 0.1x or base") -> Value:
    """Read a learning rate, a factor or ``base``."""
    token = cursor.here
    if cursor.at_word("base"):
        cursor.take()
        return cursor.put(Value(v=1.0, u="base"), token.span)
    if cursor.at(Kind.LEFT):
        return _calculated(cursor)
    if cursor.at(Kind.MINUS):
        raise cursor.fault(
            token.span.to(cursor.ahead.span), "negative", "a learning rate is never negative", "drop the '-'"
        )
    if not cursor.at(Kind.NUMBER):
        raise cursor.expected(what)
    cursor.take()
    printed = slips.decimal(cursor) or slips.exponent(cursor)
    if printed is not None:
        span, mended = printed
        shown = cursor.text[span.start : span.end]
        raise cursor.fault(span, "unit", f"'{shown}' is no number", f"did you mean {mended}?", mended)
    v = float(token.digits)
    if token.unit not in {"", "x"}:
        raise _not_a_value(cursor, token, v)
    if not v <= LARGEST_VALUE:
        raise cursor.fault(token.span, "too-large", f"{token.text} is too large: at most 1e30", "write 1e-3")
    return cursor.put(Value(v=v, s=_spelling(token.digits, v), u="x" if token.unit else ""), token.span)


def _calculated(cursor: Cursor) -> Value:
    """Read a value in parentheses; ``x`` right behind them makes it a factor."""
    from .arithmetic import arithmetic  # noqa: PLC0415 - arithmetic is made of numbers

    start = cursor.take().span
    found = arithmetic(cursor, frozenset({"i", "base", "N", "pi"}))
    cursor.expect(Kind.RIGHT, "')' or an operation")
    factor = cursor.at_word("x") and cursor.here.glued
    if factor:
        cursor.take()
    return cursor.put(Value(v=1.0, u="x" if factor else "", of=found), start)


def duration(cursor: Cursor, what: str = "a length as 500, 2k, 5ep or 10%") -> Duration:
    """Read a length of time; it must be more than nothing."""
    if cursor.here.text in _UNITED and not cursor.at(Kind.NUMBER):
        mended = _UNITED[cursor.here.text]
        raise cursor.instead(what, _article(cursor), mended)
    token = cursor.expect(Kind.NUMBER, what)
    matched = _LENGTH.fullmatch(token.unit)
    if matched is None or (matched[1] and matched[2] in {"%", "fr"}):
        raise _not_a_length(cursor, token)
    v = _scaled(token.digits, matched[1])
    if not v <= LARGEST_LENGTH:
        raise cursor.fault(
            token.span, "too-large", f"{token.text} is too long: at most 1e18", "write 1e18", "1e18"
        )
    if 0 < v < SMALLEST_LENGTH:
        raise cursor.fault(token.span, "too-small", f"{token.text} is too short: at least 1e-9", "write 1")
    return cursor.put(
        Duration(v=v, s=_spelling(token.digits + matched[1], v), u=_KNOWN_UNITS[matched[2]]), token.span
    )


def is_length(token: Token) -> bool:
    """Tell whether a number can only be a length: it has a unit of time, or k, M, B."""
    matched = _LENGTH.fullmatch(token.unit)
    return bool(token.unit) and token.unit != "%" and matched is not None


def _article(cursor: Cursor) -> Span:
    """Return the stretch of ``the rest``, or of one word."""
    here = cursor.here
    return here.span.to(cursor.ahead.span) if here.text == "the" else here.span


def _scaled(digits: str, suffix: str) -> float:
    """Return the float next to a number times its suffix, rounded once."""
    v = float(digits)
    # Decimal has limits of its own, and beyond those of floats there is nothing to round.
    if v in (0.0, math.inf):
        return v
    return float(Decimal(digits.replace("_", "")) * _SUFFIX[suffix])


def figure(token: Token) -> tuple[float, str | None]:
    """Return a number in arithmetic, k, M and B worked in, and its spelling; None for another unit."""
    if token.unit not in _SUFFIX:
        return 0.0, None
    v = _scaled(token.digits, token.unit)
    return v, _spelling(token.digits + token.unit, v)


def number(cursor: Cursor, what: str) -> Number:
    """Read a plain number."""
    token = cursor.expect(Kind.NUMBER, what)
    v = float(token.digits)
    if token.unit or not v <= LARGEST_VALUE:
        raise cursor.fault(token.span, "expected", f"expected {what}, but got '{token.text}'")
    return cursor.put(Number(v=v, s=_spelling(token.digits, v)), token.span)


def argument(cursor: Cursor, name: str) -> Duration:
    """Read one argument of a shape: a number with or without a sign, or for ``tau`` a length."""
    if name == "tau":
        return duration(cursor, "a length as 500 or 2k")
    start = cursor.here.span
    sign = "-" if cursor.accept(Kind.MINUS) else ""
    plain = number(cursor, f"a number for {name}")
    v = math.copysign(plain.v, -1.0 if sign and plain.v else 1.0)
    text = sign + plain.spelling
    return cursor.put(Duration(v=v, s="" if text == spell(v) else text), start)


def apart(cursor: Cursor) -> Fault:
    """Record a word behind a number: a unit that belongs to it, or no unit at all."""
    number, word = cursor.last, cursor.here
    known = word.text if _LENGTH.fullmatch(word.text) or word.text == "x" else None
    near = known or _LONG_UNITS.get(word.text.lower()) or closest(word.text, _UNITS)
    if near is None or number.unit not in _SUFFIX or (number.unit and near not in _SCALED):
        return cursor.fault(word.span, "unit", f"unknown unit '{word.text[:40]}'", UNITS)
    mended = number.text + near
    message = f"unknown unit '{word.text}'" if not known else "a unit stands right behind its number"
    return cursor.fault(number.span.to(word.span), "unit", message, f"did you mean {mended}?", mended)


def _spelling(digits: str, v: float) -> str:
    return "" if digits == spell(v) else digits


def _not_a_value(cursor: Cursor, token: Token, v: float) -> Exception:
    if token.unit == "%":
        factor = spell(v / 100) + "x"
        return cursor.fault(
            token.span, "unit", f"'{token.text}' is a length, not a value", f"did you mean {factor}?", factor
        )
    mended = token.digits + "x" if token.unit in {"X"} else None
    hint = f"did you mean {mended}?" if mended else "write 3e-4 for a learning rate, 0.1x for a factor"
    return cursor.fault(token.span, "unit", f"'{token.unit}' is no unit of a value", hint, mended)


def _not_a_length(cursor: Cursor, token: Token) -> Exception:
    if token.unit == "x":
        return cursor.fault(
            token.span, "unit", f"'{token.text}' is a factor, not a length", "write 500, 2k, 5ep or 10%"
        )
    near = _LONG_UNITS.get(token.unit.lower()) or closest(token.unit, _UNITS)
    mended = token.digits + near if near else None
    hint = f"did you mean {mended}?" if mended else UNITS
    return cursor.fault(token.span, "unit", f"unknown unit '{token.unit}'", hint, mended)
