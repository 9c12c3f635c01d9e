"""Reading arithmetic: + - * / ^ and a few functions of a few names, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from rheostat.schedule.diagnostics import closest
from rheostat.schedule.tree.formula import (
    FUNCTIONS,
    NAMES,
    Call,
    Factors,
    Figure,
    Formula,
    FunctionOf,
    Name,
    NameOf,
    Negative,
    Power,
    Terms,
)
from rheostat.schedule.tree.nodes import Curve

from .cursor import Cursor
from .quantities import LARGEST_VALUE, figure
from .tokens import Kind

__all__ = ["LIMIT_NESTING", "LIMIT_OPERATIONS", "arithmetic", "curve"]

LIMIT_NESTING = 32
LIMIT_OPERATIONS = 128

_WHAT = "a number, a name as t or u, or a function as min(…)"
_LOOSE = {Kind.PLUS: "+", Kind.MINUS: "-"}
_TIGHT = {Kind.STAR: "*", Kind.SLASH: "/"}


def arithmetic(cursor: Cursor, allowed: frozenset[str]) -> Formula:
    """Read an expression up to the parenthesis that ends it, with names from ``allowed``."""
    return _Reader(cursor, allowed).terms(0)


def curve(cursor: Cursor) -> Curve:
    """Read ``curve(…)``, with ``x`` right behind it a factor."""
    start = cursor.take().span
    cursor.expect(Kind.LEFT, "'(' after curve, as curve(1e-3 * (1 - u))")
    of = arithmetic(cursor, frozenset(NAMES))
    cursor.expect(Kind.RIGHT, "')' or an operation")
    factor = cursor.at_word("x") and cursor.here.glued
    if factor:
        cursor.take()
    return cursor.put(Curve(of=of, u="x" if factor else ""), start)


class _Reader:
    def __init__(self, cursor: Cursor, allowed: frozenset[str]) -> None:
        self._cursor = cursor
        self._allowed = allowed

    def terms(self, depth: int) -> Formula:
        of, signs = self._chain(_LOOSE, self._factors, depth)
        return Terms(of, signs) if signs else of[0]

    def _factors(self, depth: int) -> Formula:
        of, signs = self._chain(_TIGHT, self._signed, depth)
        return Factors(of, signs) if signs else of[0]

    def _chain(
        self, between: dict[Kind, str], operand: Callable[[int], Formula], depth: int
    ) -> tuple[tuple[Formula, ...], str]:
        cursor = self._cursor
        of, signs = [operand(depth)], ""
        while cursor.here.kind in between:
            signs += between[cursor.take().kind]
            if signs[-1] == "*" and cursor.at(Kind.STAR) and cursor.here.glued:
                span = cursor.last.span.to(cursor.here.span)
                raise cursor.fault(span, "power", "'**' is no sign of the language", "did you mean '^'?", "^")
            of.append(operand(depth))
        return tuple(of), signs

    def _signed(self, depth: int) -> Formula:
        self._spend(depth)
        if self._cursor.accept(Kind.MINUS):
            return Negative(self._signed(depth + 1))
        found = self._primary(depth)
        if self._cursor.accept(Kind.CARET):
            return Power(found, self._signed(depth + 1))
        return found

    def _spend(self, depth: int) -> None:
        cursor = self._cursor
        cursor.operations += 1
        if depth > LIMIT_NESTING or cursor.operations > LIMIT_OPERATIONS:
            message = f"more than {LIMIT_NESTING} levels" if depth > LIMIT_NESTING else "too much arithmetic"
            raise cursor.fault(cursor.here.span, "too-deep", message, "write it shorter")

    def _primary(self, depth: int) -> Formula:
        cursor = self._cursor
        if cursor.accept(Kind.LEFT):
            found = self.terms(depth + 1)
            cursor.expect(Kind.RIGHT, "')' or an operation")
            return found
        if cursor.at(Kind.NUMBER):
            return self._figure()
        if not cursor.at(Kind.WORD):
            raise cursor.expected(_WHAT)
        word = cursor.here.text
        if word in FUNCTIONS:
            return self._call(word, depth)
        if word not in NAMES:
            raise self._unknown(word)
        if word not in self._allowed:
            hint = "write it in curve(…)" if word != "i" else "give the group a range, as layer[0..11]"
            raise cursor.fault(cursor.here.span, "name", f"'{word}' has no meaning here", hint)
        cursor.take()
        return Name(next(name for name in get_args(NameOf) if name == word))

    def _figure(self) -> Formula:
        cursor = self._cursor
        token = cursor.take()
        v, spelling = figure(token)
        if spelling is None:
            if token.unit in NAMES:
                mended = f"{token.digits} * {token.unit}"
                raise cursor.fault(
                    token.span, "unit", "a product needs its *", f"did you mean {mended}?", mended
                )
            raise cursor.fault(
                token.span, "unit", f"'{token.unit[:40]}' is no unit in arithmetic", "write the number alone"
            )
        if not v <= LARGEST_VALUE:
            raise cursor.fault(
                token.span, "too-large", f"{token.text[:40]} is too large", "write 1e30", "1e30"
            )
        return Figure(v, spelling)

    def _unknown(self, word: str) -> Exception:
        cursor = self._cursor
        near = {"ln": "log", "step": "t", "total": "N", "lr": "base", "x": "u", "e": "exp"}.get(word)
        near = near or closest(word, (*FUNCTIONS, *NAMES))
        hint = f"did you mean '{near}'?" if near else f"names are {', '.join(NAMES)}"
        return cursor.fault(cursor.here.span, "unknown-name", f"unknown name '{word[:40]}'", hint, near)

    def _call(self, word: str, depth: int) -> Formula:
        cursor = self._cursor
        span = cursor.take().span
        least, most = FUNCTIONS[word]
        cursor.expect(Kind.LEFT, f"'(' after {word}")
        of = [self.terms(depth + 1)]
        while cursor.accept(Kind.COMMA):
            of.append(self.terms(depth + 1))
        cursor.expect(Kind.RIGHT, "')', ',' or an operation")
        if not least <= len(of) <= most:
            wanted = "1 argument" if most == 1 else f"{least} to {most} arguments"
            raise cursor.fault(
                span.to(cursor.last.span), "arguments", f"{word} takes {wanted}", f"write {word}(…)"
            )
        return Call(next(name for name in get_args(FunctionOf) if name == word), tuple(of))
