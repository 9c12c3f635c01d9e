"""What stands where a statement should have ended, and what was meant by it."""

from __future__ import annotations

from rheostat.schedule.diagnostics import Span
from rheostat.schedule.tree.nodes import Ramp, Statement
from rheostat.schedule.tree.shapes import ENDINGS, SHAPES, WORDS

from . import quantities, slips
from .cursor import Cursor, Fault
from .tokens import Kind

__all__ = ["stray"]


def stray(cursor: Cursor, statement: Statement) -> Fault:
    """Record what stands behind a statement instead of its end."""
    token = cursor.here
    what = "';' or a new line"
    slip = slips.meant(cursor) or _shape_behind(cursor, statement)
    if slip is not None:
        return cursor.instead(what, *slip)
    if token.kind is Kind.WORD and cursor.last.kind is Kind.NUMBER and token.text not in ENDINGS:
        return quantities.apart(cursor)
    if token.kind is Kind.NUMBER:
        return cursor.expected(what, f"did you mean 'for {token.text}'?", f"for {token.text}")
    if token.kind is Kind.WORD and token.text in WORDS:
        return cursor.expected(what, f"did you mean '; {token.text}'?", f"; {token.text}")
    return cursor.expected(what)


def _shape_behind(cursor: Cursor, statement: Statement) -> tuple[Span, str] | None:
    """See a shape behind its values: ``3e-4 -> 0 cosine``, ``3e-4 cosine -> 0``."""
    shape = SHAPES.get(cursor.here.text)
    bare = isinstance(statement, Ramp) and not statement.shape and statement.length is None
    if shape is None or not bare or not shape.ends or shape.args:
        return None
    assert isinstance(statement, Ramp)
    if statement.to is None and cursor.ahead.kind is not Kind.ARROW:
        return None
    span = cursor.spans.of(statement)
    return span.to(cursor.here.span), f"{shape.name} {cursor.text[span.start : span.end]}"
