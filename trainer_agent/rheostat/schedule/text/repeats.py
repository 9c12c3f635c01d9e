"""Reading ``repeat 3 stretch 2 shrink 0.5x toward 1e-4`` up to its braces."""

from __future__ import annotations

from rheostat.schedule.tree.nodes import Repeat, Seq

from . import quantities
from .cursor import Cursor
from .stairs import factor
from .tokens import Kind

__all__ = ["LIMIT_COUNT", "head"]

LIMIT_COUNT = 10**12


def head(cursor: Cursor) -> Repeat:
    """Read how often parts are repeated and how each cycle changes; the parts are still missing."""
    count = _count(cursor)
    stretch = shrink = toward = None
    if cursor.at_word("stretch"):
        cursor.take()
        stretch = quantities.number(cursor, "a number after 'stretch', as 2")
        if not 1 <= stretch.v <= 1000 or 1 < stretch.v < 1.1:
            span = cursor.spans.of(stretch)
            raise cursor.fault(span, "stretch", "stretch is 1, or from 1.1 to 1000", "write stretch 2", "2")
    if cursor.at_word("shrink"):
        cursor.take()
        shrink = factor(cursor, "shrink")
        if cursor.at_word("toward"):
            cursor.take()
            toward = quantities.value(cursor)
    return Repeat(body=Seq(()), count=count, stretch=stretch, shrink=shrink, toward=toward)


def _count(cursor: Cursor) -> int | None:
    token = cursor.here
    if cursor.at_word("forever"):
        cursor.take()
        return None
    if token.kind is not Kind.NUMBER or token.unit or not token.digits.replace("_", "").isdigit():
        what = "how often: a whole number or 'forever'"
        if token.kind is Kind.OPEN:
            raise cursor.expected(what, "did you mean 'repeat forever {'?", "forever {")
        if token.kind is Kind.NUMBER and token.unit in {"x", "X"} and token.digits.isdigit():
            raise cursor.instead(what, token.span, token.digits)
        raise cursor.expected(what, "write 'repeat 3 { … }'")
    cursor.take()
    count = int(token.digits) if len(token.digits) < 40 else LIMIT_COUNT + 1
    if not 1 <= count <= LIMIT_COUNT:
        raise cursor.fault(
            token.span,
            "count",
            f"repeat from 1 to 1e12 times, not {token.text[:40]}",
            "write forever",
            "forever",
        )
    return count
