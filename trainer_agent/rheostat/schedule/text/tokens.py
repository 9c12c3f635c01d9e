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


class Token(msgspec.Struct, frozen=True):
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
    rf"(?P<SPACE>[^\S\n]+)|(?P<NEWLINE>\n)|(?P<COMMENT>\#[^\n]*)|(?P<NUMBER>{_NUMBER})"
    r"|(?P<WORD>[^\W\d]\w*(?:\.\w+)*)|(?P<STRING>\"(?:[^\"\\\n]|\\[^\n])*\")|(?P<CUE>@\w+)"
    r"|(?P<ARROW>->)|(?P<RANGE>\.\.)|(?P<SLASH>/)|(?P<CARET>\^)|(?P<STAR>\*)|(?P<PLUS>\+)|(?P<MINUS>-)|(?P<OPEN>\{)|(?P<CLOSE>\})"
    r"|(?P<LEFT>\()|(?P<RIGHT>\))|(?P<LEFT_SQUARE>\[)|(?P<RIGHT_SQUARE>\])|(?P<COMMA>,)|(?P<COLON>:)"
    r"|(?P<EQUAL>=)|(?P<SEMICOLON>;)|(?P<BAD>.)",
    re.DOTALL | re.ASCII,
)


def tokenize(text: str) -> list[Token]:
    """Split a text into tokens; the last is always END."""
    found: list[Token] = []
    glued = False
    for match in _PATTERN.finditer(text):
        name = match.lastgroup if match.lastgroup not in {"digits", "unit"} else "NUMBER"
        if name == "SPACE":
            glued = False
            continue
        kind = Kind[str(name)]
        span = Span(match.start(), match.end())
        digits, unit = (match["digits"], match["unit"] or "") if kind is Kind.NUMBER else ("", "")
        found.append(Token(kind, match.group(), span, glued, digits, unit))
        glued = True
    found.append(Token(Kind.END, "", Span(len(text), len(text))))
    return found
