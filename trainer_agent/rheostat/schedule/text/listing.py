"""Reading what stands between braces: one thing a line or between semicolons, each with its comments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from rheostat.schedule.diagnostics import Span
from rheostat.schedule.tree.nodes import Key, Statement

from .cursor import Cursor, Fault
from .tokens import Kind

__all__ = ["listing", "unclosed"]

T = TypeVar("T", bound="Statement | Key")


def listing(cursor: Cursor, read: Callable[[], T | None]) -> tuple[tuple[T, ...], tuple[str, ...]]:
    """Read up to a closing brace or the end; return what was read and the comments behind the last.

    ``read`` takes one thing and steps over it; None where it was faulty and has been reported.
    """
    found: list[T] = []
    above: list[str] = []
    same_line = False
    while not cursor.at(Kind.CLOSE) and not cursor.at(Kind.END):
        token = cursor.here
        if token.kind is Kind.COMMENT:
            cursor.take()
            if same_line and found and found[-1].note is None:
                found[-1] = _commented(cursor, found[-1], found[-1].above, token.text[1:].strip())
            else:
                above.append(token.text[1:].strip())
        elif token.kind in {Kind.NEWLINE, Kind.SEMICOLON}:
            cursor.take()
            same_line = same_line and token.kind is Kind.SEMICOLON
        else:
            one = read()
            if one is not None:
                found.append(_commented(cursor, one, tuple(above), None))
                above, same_line = [], True
    return tuple(found), tuple(above)


def unclosed(cursor: Cursor, opening: Span) -> Fault:
    """Record braces that open and go on to the end of the text; the one that lacks is put there."""
    if cursor.stopped:
        return Fault()
    span = Span(opening.start, len(cursor.text.rstrip()))
    block = cursor.text[span.start : span.end]
    # Behind a comment a brace would be a part of it.
    mended = block + ("\n}" if "\n" in block or "#" in block else " }")
    return cursor.fault(span, "brace", "this '{' is never closed", "add '}'", mended)


def _commented(cursor: Cursor, node: T, above: tuple[str, ...], note: str | None) -> T:
    if not above and note is None:
        return node
    return cursor.spans.put(replace(node, above=above, note=note), cursor.spans.of(node))
