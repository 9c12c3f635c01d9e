"""Reading single parts: shapes, staircases, blocks and repeats, each with its ``for``."""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from . import quantities
from .cursor import Cursor, Fault
from .diagnostics import Span, closest
from .nodes import Block, Decay, Drop, Duration, Expression, Main, Ramp, Repeat, Seq, Value
from .shapes import ENDINGS, LATER, SHAPES, SYNONYMS, WORDS, Shape
from .tokens import Kind

__all__ = ["LIMIT_COUNT", "LIMIT_DEPTH", "LIMIT_PARTS", "Atoms"]

LIMIT_DEPTH = 32
LIMIT_PARTS = 1000
LIMIT_COUNT = 10**12

Part = Ramp | Drop | Decay | Block | Repeat | Main
P = TypeVar("P", Ramp, Drop, Decay, Block, Repeat, Main)


class Atoms:
    """Reads one part; the subclass reads statements and expressions for blocks."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self._depth = 0
        self._parts = 0
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

    def part(self) -> Expression:
        """Read an atom and its ``for``."""
        cursor = self.cursor
        start = cursor.here.span
        self._parts += 1
        if self._parts > LIMIT_PARTS:
            raise cursor.fault(start, "too-many", f"more than {LIMIT_PARTS} parts", "use repeat")
        found = self._atom()
        while cursor.at_word("for", *LATER):
            if cursor.here.text != "for":
                raise self.later(f"'{cursor.here.text}'")
            word = cursor.take()
            length = quantities.duration(cursor)
            if found.length is not None:
                raise cursor.fault(
                    word.span.to(cursor.last.span), "twice", "this part has a length already", "remove one"
                )
            if length.v == 0:
                span = cursor.spans.of(length)
                raise cursor.fault(span, "no-length", "a part of length 0 is never seen", "remove the part")
            found = cursor.put(replace(found, length=length), start)
        return found

    def later(self, what: str) -> Fault:
        """Record that this version does not read a construct yet."""
        return self.cursor.fault(
            self.cursor.here.span, "not-yet", f"{what} is not in this version of the language", "leave it out"
        )

    def stray(self) -> Fault:
        """Record what stands where a statement should have ended."""
        cursor = self.cursor
        token = cursor.here
        what = "';' or a new line"
        if token.kind is Kind.WORD and cursor.last.kind is Kind.NUMBER and token.text not in ENDINGS:
            return quantities.apart(cursor)
        if token.kind is Kind.NUMBER:
            return cursor.expected(what, f"did you mean 'for {token.text}'?", f"for {token.text}")
        if token.kind is Kind.WORD and token.text in WORDS:
            return cursor.expected(what, f"did you mean '; {token.text}'?", f"; {token.text}")
        return cursor.expected(what)

    def _atom(self) -> Part:
        cursor = self.cursor
        token = cursor.here
        if token.kind is Kind.OPEN:
            return self._block()
        if token.kind is Kind.ARROW:
            raise cursor.expected("a shape or a value", "write 'linear ->'", "linear ->")
        if token.kind in {Kind.NUMBER, Kind.MINUS} or cursor.at_word("base"):
            return self._ramp(None)
        if token.kind is not Kind.WORD:
            raise cursor.expected("a shape or a value", "write a value as 3e-4, or a shape as hold")
        return self._word()

    def _word(self) -> Part:
        cursor = self.cursor
        word = cursor.here.text
        if word in SHAPES:
            return self._ramp(SHAPES[word])
        if word == "drop":
            return self._drop()
        if word == "decay":
            return self._decay()
        if word == "repeat":
            return self._repeat()
        if word == "main":
            token = cursor.take()
            if not self._in_group:
                raise cursor.fault(
                    token.span,
                    "main",
                    "'main' has a meaning only inside a group",
                    "write group name = … * main",
                )
            return cursor.put(Main(), token.span)
        if word in LATER:
            raise self.later(f"'{word}'")
        raise self._unknown(word)

    def _unknown(self, word: str) -> Fault:
        near = SYNONYMS.get(word) or closest(word, (*WORDS, *LATER))
        hint = f"did you mean '{near}'?" if near else "shapes are " + ", ".join(SHAPES)
        return self.cursor.fault(
            self.cursor.here.span, "unknown-shape", f"unknown shape '{word[:40]}'", hint, near
        )

    def _ramp(self, shape: Shape | None) -> Ramp:
        cursor = self.cursor
        start = cursor.here.span
        args: tuple[Duration, ...] = ()
        if shape is not None:
            cursor.take()
            args = self._arguments(shape, start)
        first = to = None
        # `hold -1x` means a negative value, `hold - 1x` takes away.
        signed = cursor.at(Kind.MINUS) and cursor.ahead.glued
        if shape is None or signed or cursor.at(Kind.NUMBER) or cursor.at_word("base"):
            first = quantities.value(cursor)
        arrow = cursor.here.span
        if cursor.accept(Kind.ARROW):
            to = quantities.value(cursor)
        inclusive = to is not None and cursor.at_word("inclusive")
        if inclusive:
            cursor.take()
        found = Ramp(shape=shape.name if shape else "", args=args, start=first, to=to, inclusive=inclusive)
        if shape is not None:
            self._check(shape, found, arrow)
        return cursor.put(found, start)

    def _arguments(self, shape: Shape, start: Span) -> tuple[Duration, ...]:
        cursor = self.cursor
        wanted = f"{shape.name}({', '.join(shape.args)})"
        if not (cursor.at(Kind.LEFT) and cursor.here.glued):
            if shape.args:
                raise cursor.fault(start, "arguments", f"{shape.name} needs arguments", f"write {wanted}")
            return ()
        if not shape.args:
            raise cursor.fault(
                cursor.here.span, "arguments", f"{shape.name} takes no arguments", "remove the parentheses"
            )
        cursor.take()
        found: list[Duration] = []
        for name in shape.args:
            if found:
                cursor.expect(Kind.COMMA, f"',' and {name}, as {wanted}")
            found.append(quantities.argument(cursor, name))
            if name in {"p", "tau"} and found[-1].v <= 0:
                raise cursor.fault(
                    cursor.spans.of(found[-1]), "arguments", f"{name} must be more than 0", "write 2"
                )
        cursor.expect(Kind.RIGHT, f"')' after {wanted}")
        return tuple(found)

    def _check(self, shape: Shape, ramp: Ramp, arrow: Span) -> None:
        cursor = self.cursor
        if shape.ends and ramp.to is None:
            if cursor.at(Kind.BAD):
                raise cursor.expected("'->'")
            end = Span(cursor.last.span.end, cursor.last.span.end)
            raise cursor.fault(
                end, "no-end", f"{shape.name} needs the value to go to", "write '-> 0'", " -> 0"
            )
        if not shape.ends and ramp.to is not None:
            span = arrow.to(cursor.last.span)
            near = "linear" if shape.name == "hold" else "sqrt"
            raise cursor.fault(
                span, "no-ramp", f"{shape.name} does not go to a value", f"use {near}, or drop the '->'"
            )
        if shape.name == "expo":
            for zero in (ramp.start, ramp.to):
                if zero is not None and zero.v == 0:
                    span = cursor.spans.of(zero)
                    raise cursor.fault(
                        span, "zero", "expo cannot start or end at 0", "write 1e-8, or use linear"
                    )

    def _factor(self, word: str) -> Value:
        cursor = self.cursor
        found = quantities.value(cursor, f"a factor after '{word}', as 0.1x")
        span = cursor.spans.of(found)
        if found.u != "x":
            mended = found.spelling + "x" if not found.u else None
            hint = f"did you mean {mended}?" if mended else "write 0.1x"
            raise cursor.fault(span, "factor", f"'{word}' takes a factor, not a learning rate", hint, mended)
        if word == "decay" and found.v == 0:
            raise cursor.fault(span, "zero", "decay by 0x has no curve", "use drop, or hold 0")
        return found

    def _drop(self) -> Drop:
        cursor = self.cursor
        start = cursor.take().span
        factor = self._factor("drop")
        if cursor.at_word("every"):
            cursor.take()
            return cursor.put(Drop(factor=factor, every=self._period()), start)
        if not cursor.at_word("at"):
            raise cursor.expected("'every' or 'at'", "write 'drop 0.1x every 30ep'")
        cursor.take()
        at = [quantities.duration(cursor)]
        while cursor.accept(Kind.COMMA):
            at.append(quantities.duration(cursor))
        for time in at:
            if time.u == "fr":
                raise cursor.fault(cursor.spans.of(time), "unit", "a time cannot be a share", "use %")
        return cursor.put(Drop(factor=factor, at=tuple(at)), start)

    def _decay(self) -> Decay:
        cursor = self.cursor
        start = cursor.take().span
        factor = self._factor("decay")
        if not cursor.at_word("every"):
            raise cursor.expected("'every'", "write 'decay 0.95x every 1ep'")
        cursor.take()
        return cursor.put(Decay(factor=factor, every=self._period()), start)

    def _period(self) -> Duration:
        found = quantities.duration(self.cursor)
        span = self.cursor.spans.of(found)
        if found.u == "fr":
            raise self.cursor.fault(span, "unit", "a period cannot be a share", "use %")
        if found.v == 0:
            raise self.cursor.fault(span, "no-length", "a period must be more than 0", "write 1ep or 1k")
        return found

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
            raise cursor.fault(opening, "brace", "this '{' is never closed", "add '}'")
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
        count = self._count()
        stretch = shrink = toward = None
        if cursor.at_word("stretch"):
            cursor.take()
            stretch = quantities.number(cursor, "a number after 'stretch', as 2")
            if not 1 <= stretch.v <= 1000 or 1 < stretch.v < 1.1:
                span = cursor.spans.of(stretch)
                raise cursor.fault(
                    span, "stretch", "stretch is 1, or from 1.1 to 1000", "write stretch 2", "2"
                )
        if cursor.at_word("shrink"):
            cursor.take()
            shrink = self._factor("shrink")
            if cursor.at_word("toward"):
                cursor.take()
                toward = quantities.value(cursor)
        if not cursor.at(Kind.OPEN):
            raise cursor.expected("'{' and the parts to repeat")
        body = self._braces()
        found = Repeat(body=body, count=count, stretch=stretch, shrink=shrink, toward=toward)
        return cursor.put(found, start)

    def _count(self) -> int | None:
        cursor = self.cursor
        token = cursor.here
        if cursor.at_word("forever"):
            cursor.take()
            return None
        if token.kind is not Kind.NUMBER or token.unit or not token.digits.replace("_", "").isdigit():
            raise cursor.expected("how often: a whole number or 'forever'", "write 'repeat 3 { … }'")
        cursor.take()
        count = int(token.digits) if len(token.digits) < 40 else LIMIT_COUNT + 1
        if not 1 <= count <= LIMIT_COUNT:
            raise cursor.fault(
                token.span,
                "count",
                f"repeat from 1 to 1e12 times, not {token.text[:40]}",
                "write forever",
                "forever",
            )
        return count
