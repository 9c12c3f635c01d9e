"""From characters to tokens, each with its place; never fails, what it cannot read becomes a BAD token."""

from __future__ import annotations

import re
from enum import Enum

import msgspec

from rheostat.schedule.diagnostics import Span

__all__ = ["Kind", "Token", "tokenize"]


class Kind(Enum):
    """What a token is."""

    NUMBER = "a number"
    WORD = "a word"
    STRING = "a quoted name"
    CUE = "a cue"
    ARROW = "'->'"
    RANGE = "'..'"
    SLASH = "'/'"
    CARET = "'^'"
    STAR = "'*'"
    PLUS = "'+'"
    MINUS = "'-'"
    OPEN = "'{'"
    CLOSE = "'}'"
    LEFT = "'('"
    RIGHT = "')'"
    LEFT_SQUARE = "'['"
    RIGHT_SQUARE = "']'"
    COMMA = "','"
    COLON = "':'"
    EQUAL = "'='"
    SEMICOLON = "';'"
    NEWLINE = "a new line"
    COMMENT = "a comment"
    BAD = "an unknown character"
    END = "the end"


class Token(msgspec.Struct, frozen=True, gc=False):
    """A token: its text, and for a number the digits apart from the letters glued to them.

    ``glued`` tells that nothing stands between it and the token before.
    """

    kind: Kind
    text: str
    span: Span
    glued: bool = False
    digits: str = ""
    unit: str = ""


_NUMBER = r"(?P<digits>(?:\d+(?:_\d+)*(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?P<unit>[^\W\d_]\w*|%)?"
_PATTERN = re.compile(
    rf"(?P<SPACE>[^\S\n]+)|(?P<SIGN>[*+{{}}()\[\],:=;^\n]|->|\.\.|-|/)|(?P<NUMBER>{_NUMBER})"
    r"|(?P<WORD>[^\W\d]\w*(?:\.\w+)*)|(?P<COMMENT>\#[^\n]*)|(?P<STRING>\"(?:[^\"\\\n]|\\[^\n])*\")"
    r"|(?P<CUE>@\w+)|(?P<BAD>.)",
    re.DOTALL | re.ASCII,
)
_SIGNS = {
    "->": Kind.ARROW, "..": Kind.RANGE, "/": Kind.SLASH, "^": Kind.CARET, "*": Kind.STAR, "+": Kind.PLUS,
    "-": Kind.MINUS, "{": Kind.OPEN, "}": Kind.CLOSE, "(": Kind.LEFT, ")": Kind.RIGHT, "[": Kind.LEFT_SQUARE,
    "]": Kind.RIGHT_SQUARE, ",": Kind.COMMA, ":": Kind.COLON, "=": Kind.EQUAL, ";": Kind.SEMICOLON,
    "\n": Kind.NEWLINE,
}  # fmt: skip
_OTHERS = {kind.name: kind for kind in (Kind.WORD, Kind.COMMENT, Kind.STRING, Kind.CUE, Kind.BAD)}


def tokenize(text: str) -> list[Token]:
    """Split a text into tokens; the last is always END."""
    found: list[Token] = []
    glued = False
    for match in _PATTERN.finditer(text):
        name = match.lastgroup
        if name == "SPACE":
            glued = False
            continue
        span = Span(*match.span())
        if name == "SIGN":
            found.append(Token(_SIGNS[match[0]], match[0], span, glued))
        elif name in _OTHERS:
            found.append(Token(_OTHERS[name], match[0], span, glued))
        else:
            found.append(Token(Kind.NUMBER, match[0], span, glued, match["digits"], match["unit"] or ""))
        glued = True
    found.append(Token(Kind.END, "", Span(len(text), len(text))))
    return found
