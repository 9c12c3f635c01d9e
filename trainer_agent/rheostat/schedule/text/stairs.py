"""Reading staircases and their smooth counterpart."""

from __future__ import annotations

from rheostat.schedule.diagnostics import Span
from rheostat.schedule.tree.nodes import Decay, Drop, Duration, Value

from . import quantities
from .calls import call
from .cursor import Cursor, Fault
from .tokens import Kind

__all__ = ["LIMIT_TIMES", "decay", "drop", "factor"]

LIMIT_TIMES = 1000

_USUAL = {"drop": "0.1x", "decay": "0.95x"}


def factor(cursor: Cursor, word: str) -> Value:
    """Read a factor behind a word."""
    if word in _USUAL and cursor.at_word("every", "at"):
        here = cursor.here
        raise cursor.instead(f"a factor after '{word}'", here.span, f"{_USUAL[word]} {here.text}")
    if cursor.at_word("by", "to"):
        here = cursor.here
        raise cursor.fault(here.span, "expected", f"'{word}' needs no '{here.text}'", "take it away", "")
    found = quantities.value(cursor, f"a factor after '{word}', as 0.1x")
    span = cursor.spans.of(found)
    if found.u != "x":
        mended = cursor.text[span.start : span.end] + "x" if not found.u else None
        hint = f"did you mean {mended}?" if mended else "write 0.1x"
        raise cursor.fault(span, "factor", f"'{word}' takes a factor, not a learning rate", hint, mended)
    if word == "decay" and found.is_zero:
        raise cursor.fault(span, "zero", "decay by 0x has no curve", "use drop, or hold 0")
    return found


def drop(cursor: Cursor) -> Drop:
    """Read a staircase."""
    start = cursor.take().span
    by = factor(cursor, "drop")
    if cursor.at_word("every"):
        cursor.take()
        return cursor.put(Drop(factor=by, every=_period(cursor)), start)
    if not cursor.at_word("at"):
        raise _lacks(cursor, "drop", "'every' or 'at'", "every 30ep")
    cursor.take()
    listed = call(cursor, opening=frozenset({Kind.LEFT, Kind.LEFT_SQUARE}))
    if listed is not None:
        raise cursor.instead("a time as 30ep", listed.span, ", ".join(listed.given))
    at = [quantities.duration(cursor)]
    while cursor.accept(Kind.COMMA):
        at.append(quantities.duration(cursor))
        if len(at) > LIMIT_TIMES:
            message = f"more than {LIMIT_TIMES} times"
            raise cursor.fault(cursor.last.span, "too-many", message, "use every, or a table of keys")
    for time in at:
        if time.u == "fr":
            raise cursor.fault(cursor.spans.of(time), "unit", "a time cannot be a share", "use %")
    return cursor.put(Drop(factor=by, at=tuple(at)), start)


def decay(cursor: Cursor) -> Decay:
    """Read a smooth exponential."""
    start = cursor.take().span
    by = factor(cursor, "decay")
    if not cursor.at_word("every"):
        raise _lacks(cursor, "decay", "'every'", "every 1ep")
    cursor.take()
    return cursor.put(Decay(factor=by, every=_period(cursor)), start)


def _lacks(cursor: Cursor, word: str, what: str, usual: str) -> Fault:
    """Record that a staircase does not say when."""
    here = cursor.here
    usual_hint = f"write '{word} {'0.1x' if word == 'drop' else '0.95x'} {usual}'"
    if cursor.at_word("each", "per", "all"):
        return cursor.instead(what, here.span, "every")
    if cursor.at_word("after", "on") and word == "drop":
        return cursor.instead(what, here.span, "at")
    if here.kind is Kind.NUMBER:
        return cursor.instead(what, here.span, f"every {here.text}")
    ended = here.kind in {Kind.NEWLINE, Kind.SEMICOLON, Kind.CLOSE, Kind.COMMENT, Kind.END}
    if not ended:
        return cursor.expected(what, usual_hint)
    end = Span(cursor.last.span.end, cursor.last.span.end)
    return cursor.fault(
        end, "expected", f"expected {what}, but got {here.kind.value}", usual_hint, f" {usual}"
    )


def _period(cursor: Cursor) -> Duration:
    found = quantities.duration(cursor)
    span = cursor.spans.of(found)
    if found.u == "fr":
        raise cursor.fault(span, "unit", "a period cannot be a share", "use %")
    if found.v == 0:
        raise cursor.fault(span, "no-length", "a period must be more than 0", "write 1ep or 1k")
    return found
