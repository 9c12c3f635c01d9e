"""Reading keyframes: ``keys { 0: 0; 5%: 1x; 100%: 0.1x cosine }``."""

from __future__ import annotations

from rheostat.schedule.diagnostics import closest
from rheostat.schedule.tree.nodes import Duration, Key, Keys
from rheostat.schedule.tree.shapes import SHAPES, SYNONYMS

from . import quantities
from .cursor import Cursor, Fault
from .listing import listing, unclosed
from .ramps import arguments
from .tokens import Kind

__all__ = ["LIMIT_KEYS", "keys"]

# In a text together.
LIMIT_KEYS = 500

_LEADING = tuple(name for name, shape in SHAPES.items() if shape.ends or name == "hold")
_ENDS = frozenset({Kind.NEWLINE, Kind.SEMICOLON, Kind.CLOSE, Kind.COMMENT, Kind.END})


def keys(cursor: Cursor) -> Keys:
    """Read all keys between braces; a fault in one does not hide those in others."""
    start = cursor.take().span
    opening = cursor.expect(Kind.OPEN, "'{' after keys").span
    count = len(cursor.found)
    found, tail = listing(cursor, lambda: _one(cursor))
    if not cursor.accept(Kind.CLOSE):
        raise unclosed(cursor, opening)
    span = opening.to(cursor.last.span)
    if not found and len(cursor.found) == count:
        raise cursor.fault(span, "empty", "there are no keys", "write keys { 0: 0; 100%: 1x }")
    cursor.keys += len(found)
    if cursor.keys > LIMIT_KEYS:
        cursor.stop()
        raise cursor.fault(span, "too-many", f"more than {LIMIT_KEYS} keys", "use curve, or fewer")
    return cursor.put(Keys(keys=found, tail=tail), start)


def _one(cursor: Cursor) -> Key | None:
    try:
        found = _key(cursor)
        if cursor.here.kind not in _ENDS:
            raise cursor.expected("';' or a new line")
    except Fault:
        cursor.recover()
        return None
    return found


def _key(cursor: Cursor) -> Key:
    start = cursor.here.span
    at = quantities.duration(cursor, "a time as 0, 5% or 2k")
    if at.u == "fr":
        raise cursor.fault(cursor.spans.of(at), "unit", "a time cannot be a share", "use %")
    if not cursor.accept(Kind.COLON):
        raise cursor.expected("':' and the value", "write 5%: 1x")
    value = quantities.value(cursor)
    shape = ""
    args: tuple[Duration, ...] = ()
    if cursor.at(Kind.WORD):
        shape, args = _shape(cursor)
    if shape == "expo" and value.is_zero:
        raise cursor.fault(
            cursor.spans.of(value), "zero", "expo cannot start or end at 0", "write 1e-8, or use linear"
        )
    return cursor.put(Key(at=at, value=value, shape=shape, args=args), start)


def _shape(cursor: Cursor) -> tuple[str, tuple[Duration, ...]]:
    token = cursor.here
    if token.text not in _LEADING:
        near = SYNONYMS.get(token.text) or closest(token.text, _LEADING)
        near = near if near in _LEADING else None
        hint = f"did you mean '{near}'?" if near else "shapes are " + ", ".join(_LEADING)
        raise cursor.fault(
            token.span, "unknown-shape", f"no shape '{token.text[:40]}' leads to a key", hint, near
        )
    cursor.take()
    return token.text, arguments(cursor, SHAPES[token.text], token.span)
