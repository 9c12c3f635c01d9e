"""Calls as Python has them, where the language has none: looked at without being taken."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from rheostat.schedule.diagnostics import Span

from .cursor import Cursor
from .tokens import Kind

__all__ = ["Call", "call", "fill", "named"]

_PARENTHESES = frozenset({Kind.LEFT})
_OPEN = {Kind.LEFT, Kind.LEFT_SQUARE, Kind.OPEN}
_CLOSE = {Kind.RIGHT, Kind.RIGHT_SQUARE, Kind.CLOSE}
_LONGEST = 200
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"<(\w+)(%?)>")


class Call(msgspec.Struct, frozen=True):
    """What stands in parentheses: arguments in order and by name, as text without quotes and brackets."""

    span: Span
    given: tuple[str, ...]
    named: dict[str, str]


def call(cursor: Cursor, by: int = 0, opening: frozenset[Kind] = _PARENTHESES) -> Call | None:
    """Look at the parentheses that open ``by`` tokens from here; None where none open, or none close."""
    first = cursor.peek(by)
    if first.kind not in opening:
        return None
    depth, cut, cuts = 0, first.span.end, []
    for further in range(by, by + _LONGEST):
        token = cursor.peek(further)
        depth += (token.kind in _OPEN) - (token.kind in _CLOSE)
        if token.kind is Kind.END:
            return None
        if depth == 0 or (depth == 1 and token.kind is Kind.COMMA):
            cuts.append(cursor.text[cut : token.span.start].strip())
            cut = token.span.end
        if depth == 0:
            return _read(Span(first.span.start, token.span.end), [piece for piece in cuts if piece])
    return None


def _read(span: Span, pieces: Sequence[str]) -> Call:
    given, by_name = [], {}
    for piece in pieces:
        name, sign, value = piece.partition("=")
        if sign and name.strip().isidentifier():
            by_name[name.strip()] = _bare(value)
        else:
            given.append(_bare(piece))
    return Call(span, tuple(given), by_name)


def _bare(text: str) -> str:
    return text.strip().strip("\"'()[]").strip()


def named(found: Call, names: Sequence[str]) -> dict[str, str] | None:
    """Return the arguments by their names; None where there are too many, or one comes twice."""
    if len(found.given) > len(names) or set(names[: len(found.given)]) & set(found.named):
        return None
    return {**dict(zip(names, found.given, strict=False)), **found.named}


def fill(template: str, values: Mapping[str, str]) -> str | None:
    """Fill ``<name>`` slots, ``<name%>`` as per cent; ``[…]`` is left out where a slot in it has no value.

    None where a value would be lost, or a slot outside brackets has none.
    """
    kept = _OPTIONAL.sub(lambda m: m[1] if _slots(m[1]) <= values.keys() else "", template)
    if not values.keys() <= _slots(template) or not _slots(kept) <= values.keys():
        return None
    try:
        return _SLOT.sub(lambda m: f"{float(values[m[1]]) * 100:g}%" if m[2] else values[m[1]], kept)
    except ValueError:
        return None


def _slots(template: str) -> set[str]:
    return {slot[1] for slot in _SLOT.finditer(template)}
