"""What people write for the language's own signs and words. Looks ahead, takes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rheostat.schedule.diagnostics import Span

from .tokens import Kind

if TYPE_CHECKING:
    from .cursor import Cursor

__all__ = ["arrow", "decimal", "exponent", "meant"]

_ARROWS = (("down", "to"), ("up", "to"), ("to",), ("=", ">"), ("-", ">"), ("-", "->"), ("..",))
_LENGTHS = ("over", "in", "during", "within", "lasting", "across", "long")
_NEXT = ("then", "and")
_DASHES = "−–—"
_STARTS = frozenset({Kind.WORD, Kind.OPEN})
_THOUSAND = 3


def meant(cursor: Cursor) -> tuple[Span, str] | None:
    """Return the stretch at the position that stands for a sign or word, and that sign or word."""
    here, ahead = cursor.here, cursor.peek(1)
    if here.kind is Kind.SLASH and ahead.kind is Kind.SLASH and ahead.glued:
        return here.span.to(ahead.span), "#"
    if here.kind is Kind.COMMA:
        return _thousands(cursor) or ((here.span, ";") if ahead.kind in _STARTS else None)
    if cursor.at_word(*_NEXT):
        return here.span, ";"
    if cursor.at_word(*_LENGTHS) and ahead.kind is Kind.NUMBER:
        return here.span, "for"
    span = arrow(cursor)
    return None if span is None else (span, "->")


def arrow(cursor: Cursor) -> Span | None:
    """Return the stretch at the position that was meant as an arrow."""
    here = cursor.here
    for first, *rest in _ARROWS:
        if here.text == first and all(cursor.peek(k).text == sign for k, sign in enumerate(rest, 1)):
            return here.span.to(cursor.peek(len(rest)).span)
    return None


def decimal(cursor: Cursor) -> tuple[Span, str] | None:
    """See a decimal comma behind the number just taken: ``0,1x``."""
    last, ahead = cursor.last, cursor.peek(1)
    if not (cursor.at(Kind.COMMA) and cursor.here.glued and ahead.kind is Kind.NUMBER and ahead.glued):
        return None
    return last.span.to(ahead.span), f"{last.text}.{ahead.text}"


def exponent(cursor: Cursor) -> tuple[Span, str] | None:
    """See an exponent with a printed minus behind the number just taken: ``3e–4``."""
    last, ahead = cursor.last, cursor.peek(1)
    dash = cursor.at(Kind.BAD) and cursor.here.glued and cursor.here.text in _DASHES
    if not (last.unit in {"e", "E"} and dash and ahead.kind is Kind.NUMBER and ahead.glued):
        return None
    return last.span.to(ahead.span), f"{last.digits}e-{ahead.text}"


def _thousands(cursor: Cursor) -> tuple[Span, str] | None:
    last, ahead = cursor.last, cursor.peek(1)
    glued = cursor.here.glued and ahead.glued and last.kind is ahead.kind is Kind.NUMBER
    if not glued or last.unit or len(ahead.digits) != _THOUSAND or not last.digits.isdigit():
        return None
    return last.span.to(ahead.span), last.text + ahead.text
