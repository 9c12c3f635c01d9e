"""Reading single parts: shapes, staircases, blocks and repeats, each with its ``for``."""

from __future__ import annotations

from msgspec.structs import replace

from rheostat.schedule.diagnostics import Span, closest
from rheostat.schedule.tree.nodes import Atom, Block, Expression, Main, Plateau, Ramp, Repeat, Seq
from rheostat.schedule.tree.shapes import SHAPES, SYNONYMS, WORDS

from . import quantities, repeats
from .arithmetic import curve
from .cursor import Cursor, Fault
from .foreign import foreign
from .keyframes import keys
from .listing import unclosed
from .plateaus import plateau
from .ramps import ramp, starts_value
from .stairs import decay, drop
from .tokens import Kind

__all__ = ["LIMIT_DEPTH", "LIMIT_PARTS", "LIMIT_REPEATS", "Atoms"]

LIMIT_DEPTH = 32
# A text of more is a table, for which there are keys and `drop … at`.
LIMIT_PARTS = 200
# Each level may double what there is to evaluate: a first cycle, and the rest.
LIMIT_REPEATS = 4


class Atoms:
    """Reads one part; the subclass reads statements and expressions for blocks."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self._depth = 0
        self._parts = 0
        self._repeats = 0
        self._in_group = False

    def statements(self, *, outside: bool = False) -> Seq:
        """Read the statements of a block."""
        raise NotImplementedError

    def expression(self) -> Expression:
        """Read an expression."""
        raise NotImplementedError

    def inside_group(self) -> Expression:
        """Read an expression in which ``main`` has a meaning."""
        self._in_group = True
        try:
            return self.expression()
        finally:
            self._in_group = False

    def part(self) -> Atom:
        """Read an atom with its ``for`` and ``until``."""
        cursor = self.cursor
        start = cursor.here.span
        self._parts += 1
        if self._parts > LIMIT_PARTS:
            cursor.stop()
            hint = "use repeat, or a table of keys"
            raise cursor.fault(start, "too-many", f"more than {LIMIT_PARTS} parts", hint)
        found = self._atom()
        while cursor.at_word("for", "until"):
            found = cursor.put(
                self._lasting(found) if cursor.here.text == "for" else self._until(found), start
            )
        if isinstance(found, Ramp) and found.until and found.to is not None and found.length is None:
            span = cursor.spans.of(found)
            message = "a ramp that a cue can end needs a length, to know how steep it is"
            raise cursor.fault(span, "no-length", message, f"write for 10k until @{found.until}")
        return found

    def _lasting(self, found: Atom) -> Atom:
        cursor = self.cursor
        word = cursor.take()
        length = quantities.duration(cursor)
        if found.length is not None:
            span = word.span.to(cursor.last.span)
            raise cursor.fault(span, "twice", "this part has a length already", "remove one")
        if length.v == 0:
            span = cursor.spans.of(length)
            raise cursor.fault(span, "no-length", "a part of length 0 is never seen", "remove the part")
        return replace(found, length=length)

    def _until(self, found: Atom) -> Atom:
        cursor = self.cursor
        word = cursor.take()
        if not cursor.at(Kind.CUE):
            if cursor.at(Kind.NUMBER):
                raise self._until_time(word.span)
            near = f"@{cursor.here.text}" if cursor.at(Kind.WORD) else None
            raise cursor.expected(
                "a cue as @decay", f"did you mean {near}?" if near else "write @decay", near
            )
        cue = cursor.take()
        span = word.span.to(cue.span)
        if found.until:
            raise cursor.fault(span, "twice", "this part waits for a cue already", "remove one")
        if self._repeats:
            raise cursor.fault(span, "event", "a cue has no meaning inside a repeat", "move it out")
        return replace(found, until=cue.text[1:])

    def _until_time(self, word: Span) -> Fault:
        """Record ``until 80%``: a cue ends a part, a time does not; the first part lasts as long as that."""
        message = "'until' waits for a cue as @decay, not for a time"
        hint, mended = "write how long the part lasts, as 'for 10%'", None
        if self._parts == 1:
            hint, mended = "did you mean 'for'?", "for"
        return self.cursor.fault(word, "expected", message, hint, mended)

    def _length_first(self) -> Fault:
        """Record a length that stands before its part: ``for 500 linear 0 -> 1x``."""
        cursor = self.cursor
        start = cursor.take().span
        quantities.duration(cursor)
        length = start.to(cursor.last.span)
        cursor.accept(Kind.COLON)
        cursor.accept(Kind.COMMA)
        span = cursor.spans.of(self.part())
        words = [cursor.text[one.start : one.end] for one in (span, length)]
        return cursor.instead("a shape or a value", start.to(span), " ".join(words))

    def _atom(self) -> Atom:
        cursor = self.cursor
        token = cursor.here
        if token.kind is Kind.OPEN:
            return self._block()
        if token.kind is Kind.ARROW:
            raise cursor.expected("a shape or a value", "write 'linear ->'", "linear ->")
        if token.kind is Kind.MINUS or starts_value(cursor):
            return ramp(cursor, None)
        if token.kind is not Kind.WORD:
            raise cursor.expected("a shape or a value", "write a value as 3e-4, or a shape as hold")
        return self._word()

    def _word(self) -> Atom:  # noqa: PLR0911 - one return for each word
        cursor = self.cursor
        word = cursor.here.text
        if word in SHAPES:
            return ramp(cursor, SHAPES[word])
        match word:
            case "drop":
                return drop(cursor)
            case "decay":
                return decay(cursor)
            case "repeat":
                return self._repeat()
            case "keys":
                return keys(cursor)
            case "curve":
                return curve(cursor)
            case "plateau":
                return self._plateau()
            case "main":
                return self._main()
            case "for":
                raise self._length_first()
            case _:
                raise self._unknown(word)

    def _main(self) -> Main:
        token = self.cursor.take()
        if not self._in_group:
            message, hint = "'main' has a meaning only inside a group", "write group name = … * main"
            raise self.cursor.fault(token.span, "main", message, hint)
        return self.cursor.put(Main(), token.span)

    def _plateau(self) -> Plateau:
        found = plateau(self.cursor)
        if self._repeats:
            span = self.cursor.spans.of(found)
            message = "plateau has no meaning inside a repeat"
            raise self.cursor.fault(span, "event", message, "multiply: repeat … * plateau(…)")
        return found

    def _unknown(self, word: str) -> Fault:
        slip = foreign(self.cursor)
        if slip is not None:
            span, mended = slip
            message = f"'{word[:40]}' is no word of the language"
            return self.cursor.fault(span, "unknown-shape", message, f"did you mean '{mended}'?", mended)
        near = SYNONYMS.get(word.lower()) or closest(word.lower(), WORDS)
        hint = f"did you mean '{near}'?" if near else "shapes are " + ", ".join(SHAPES)
        return self.cursor.fault(
            self.cursor.here.span, "unknown-shape", f"unknown shape '{word[:40]}'", hint, near
        )

    def _block(self) -> Block:
        start = self.cursor.here.span
        return self.cursor.put(Block(body=self._braces()), start)

    def _braces(self) -> Seq:
        cursor = self.cursor
        opening = cursor.expect(Kind.OPEN, "'{'").span
        if self._depth >= LIMIT_DEPTH:
            self._skip()
            raise cursor.fault(
                opening, "too-deep", f"more than {LIMIT_DEPTH} blocks inside each other", "take braces away"
            )
        self._depth += 1
        count = len(cursor.found)
        body = self.statements()
        self._depth -= 1
        if not cursor.at(Kind.CLOSE):
            raise unclosed(cursor, opening)
        cursor.take()
        if not body.parts and len(cursor.found) == count:
            raise cursor.fault(opening.to(cursor.last.span), "empty", "the block is empty", "put a part in")
        return body

    def _skip(self) -> None:
        depth = 1
        while depth and not self.cursor.at(Kind.END):
            depth += self.cursor.at(Kind.OPEN) - self.cursor.at(Kind.CLOSE)
            self.cursor.take()

    def _repeat(self) -> Repeat:
        cursor = self.cursor
        start = cursor.take().span
        found = repeats.head(cursor)
        if not cursor.at(Kind.OPEN):
            raise self._without_braces()
        if self._repeats >= LIMIT_REPEATS:
            message = f"more than {LIMIT_REPEATS} repeats inside each other"
            raise cursor.fault(start, "too-deep", message, "multiply: { repeat … } * { repeat … }")
        self._repeats += 1
        body = self._braces()
        self._repeats -= 1
        return cursor.put(replace(found, body=body), start)

    def _without_braces(self) -> Fault:
        """Record a repeat of a part that has no braces."""
        cursor = self.cursor
        what = "'{' and the parts to repeat"
        here = cursor.here
        if cursor.at_word("times", "cycles", "x") or here.kind in {Kind.COMMA, Kind.COLON}:
            return cursor.fault(here.span, "expected", f"expected {what}", "take it away", "")
        if not cursor.at_word(*WORDS):
            return cursor.expected(what)
        span = cursor.spans.of(self.expression())
        return cursor.instead(what, span, f"{{ {cursor.text[span.start : span.end]} }}")
