"""A walk over tokens that remembers where each node came from and every fault on the way."""

from __future__ import annotations

from typing import TypeVar

from rheostat.schedule.diagnostics import Diagnostic, Span, diagnose
from rheostat.schedule.tree.nodes import Key, Quantity, Seq, Statement

from .slips import meant
from .tokens import Kind, Token

# Faults beyond these are not looked for.
LIMIT_FAULTS = 64

__all__ = ["Cursor", "Fault", "Located", "Spans"]

Located = Statement | Quantity | Seq | Key
L = TypeVar("L", bound=Located)

# What text editors make of the language's own signs.
_LOOKALIKES = {
    "→": "->", "⟶": "->", ">": "->", "⇒": "->", "×": "*", "·": "*", "−": "-", "–": "-", "—": "-", "“": '"',
    "”": '"', "'": '"', "‘": '"', "’": '"', "；": ";", "，": ",", "％": "%", "|": ";", "&": "*", "…": "..",
    "–>": "->", "—>": "->", "−>": "->", "&&": ";",
}  # fmt: skip
_STOPS = frozenset({Kind.NEWLINE, Kind.SEMICOLON, Kind.END})


class Fault(Exception):
    """Ends the reading of one statement; the finding is recorded already."""


class Spans:
    """Where each node of one tree stands in its text. Nodes are known by identity, not by value."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[int, tuple[Located, Span]] = {}

    def put(self, node: L, span: Span) -> L:
        """Remember a node's place."""
        self._known[id(node)] = (node, span)
        return node

    def of(self, node: Located) -> Span:
        """Return a node's place; the very beginning for a node of another tree."""
        known = self._known.get(id(node))
        return known[1] if known else Span(0, 0)


class Cursor:
    """Tokens with a position, plus findings and spans."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.spans = Spans()
        self.found: list[Diagnostic] = []
        # How much arithmetic and how many keys were read; their readers set the limits.
        self.operations = 0
        self.keys = 0
        self.stopped = False
        self._tokens = tokens
        self._at = 0

    @property
    def here(self) -> Token:
        """The token at the position."""
        return self._tokens[self._at]

    @property
    def ahead(self) -> Token:
        """The token after it."""
        return self.peek(1)

    def peek(self, by: int) -> Token:
        """Return the token so many after the position; END for all beyond it."""
        return self._tokens[min(self._at + by, len(self._tokens) - 1)]

    @property
    def last(self) -> Token:
        """The token before it."""
        return self._tokens[max(self._at - 1, 0)]

    def take(self) -> Token:
        """Step over a token and return it; END is never stepped over."""
        token = self.here
        if token.kind is not Kind.END:
            self._at += 1
        return token

    def at(self, kind: Kind) -> bool:
        """Tell whether a token of this kind comes next."""
        return self.here.kind is kind

    def at_word(self, *words: str) -> bool:
        """Tell whether one of these words comes next."""
        return self.here.kind is Kind.WORD and self.here.text in words

    def accept(self, kind: Kind) -> bool:
        """Step over a token of this kind, if there is one."""
        found = self.at(kind)
        if found:
            self.take()
        return found

    def expect(self, kind: Kind, what: str) -> Token:
        """Step over a token of this kind or fail: ``expected <what>, but got …``."""
        if not self.at(kind):
            raise self.expected(what)
        return self.take()

    def put(self, node: L, start: Span) -> L:
        """Remember that a node reaches from here back to a start."""
        return self.spans.put(node, start.to(self.last.span))

    def report(
        self, span: Span, code: str, message: str, suggestion: str = "", replacement: str | None = None
    ) -> None:
        """Record an error and go on."""
        self.found.append(
            diagnose(self.text, span, code, message, suggestion=suggestion, replacement=replacement)
        )

    def fault(
        self, span: Span, code: str, message: str, suggestion: str = "", replacement: str | None = None
    ) -> Fault:
        """Record an error and return what to raise to give up the statement."""
        self.report(span, code, message, suggestion, replacement)
        if len(self.found) >= LIMIT_FAULTS:
            self.stop()
        return Fault()

    def stop(self) -> None:
        """Read no further: what is left open is not for lack of a brace."""
        self.stopped = True
        self._at = len(self._tokens) - 1

    def expected(self, what: str, suggestion: str = "", replacement: str | None = None) -> Fault:
        """Record that something else stands here."""
        token = self.here
        if token.kind is Kind.BAD:
            return self._unknown_character(token)
        slip = None if suggestion else meant(self)
        if slip is not None:
            return self.instead(what, *slip)
        if token.kind in {Kind.NEWLINE, Kind.END}:
            got, span = token.kind.value, Span(self.last.span.end, self.last.span.end)
        else:
            got, span = f"'{token.text[:40]}'", token.span
        hint = suggestion or f"write {what}"
        return self.fault(span, "expected", f"expected {what}, but got {got}", hint, replacement)

    def instead(self, what: str, span: Span, mended: str) -> Fault:
        """Record that a stretch stands where something else was expected, and what was meant by it."""
        got = self.text[span.start : span.end][:40]
        return self.fault(
            span, "expected", f"expected {what}, but got '{got}'", f"did you mean '{mended}'?", mended
        )

    def _unknown_character(self, token: Token) -> Fault:
        pair = token.text + self.ahead.text if self.ahead.glued else ""
        if pair in _LOOKALIKES:
            span = token.span.to(self.ahead.span)
            sign = _LOOKALIKES[pair]
            return self.fault(span, "character", f"unknown sign '{pair}'", f"did you mean '{sign}'?", sign)
        if token.text == "%" and self.last.kind is Kind.NUMBER and not self.last.unit:
            share = f"{self.last.text}%"
            message = "a unit stands right behind its number"
            span = self.last.span.to(token.span)
            return self.fault(span, "unit", message, f"did you mean {share}?", share)
        mended = _LOOKALIKES.get(token.text)
        hint = f"did you mean '{mended}'?" if mended else "remove it"
        shown = token.text if token.text.isprintable() else f"U+{ord(token.text):04X}"
        return self.fault(token.span, "character", f"unknown character '{shown}'", hint, mended)

    def recover(self) -> None:
        """Go to the end of the statement, over whole blocks, so that the next one can be read."""
        depth = 0
        while True:
            kind = self.here.kind
            if kind is Kind.END or (depth == 0 and (kind in _STOPS or kind is Kind.CLOSE)):
                return
            depth += (kind is Kind.OPEN) - (kind is Kind.CLOSE)
            self.take()
