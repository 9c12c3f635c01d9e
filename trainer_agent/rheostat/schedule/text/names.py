"""Reading names of param groups and metrics: words, numbers, or anything in quotes."""

from __future__ import annotations

import json

from .cursor import Cursor
from .tokens import Kind

__all__ = ["name"]


def name(cursor: Cursor, what: str) -> str:
    """Read a name; ``what`` says whose for the message."""
    if cursor.here.kind not in {Kind.WORD, Kind.NUMBER, Kind.STRING}:
        raise cursor.expected(f"the name of {what}", "put names in quotes that are no plain words")
    token = cursor.take()
    if token.kind is not Kind.STRING:
        return token.text
    try:
        return str(json.loads(token.text))
    except ValueError:
        raise cursor.fault(
            token.span, "name", "unknown escape in a quoted name", 'write \\" and \\\\'
        ) from None
