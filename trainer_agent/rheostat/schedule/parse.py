"""Reading text: recursive descent over tokens, with several errors a pass and comments kept."""

from __future__ import annotations

import json

from msgspec.structs import replace

from . import quantities
from .atoms import LIMIT_DEPTH, LIMIT_PARTS, Atoms
from .cursor import Cursor, Fault, Spans
from .diagnostics import Diagnostic, Span, diagnose
from .nodes import Base, Expression, Group, Product, Seq, Setting, Statement, Sum, Value
from .tokens import Kind, tokenize

__all__ = ["LIMIT_DEPTH", "LIMIT_PARTS", "LIMIT_TEXT", "read"]

LIMIT_TEXT = 16_384


def read(text: str) -> tuple[Seq, Spans, tuple[Diagnostic, ...]]:
    """Read a program: its tree, the places of its nodes, and all syntax errors in order of place."""
    size = len(text.encode(errors="surrogatepass"))
    if size > LIMIT_TEXT:
        fault = diagnose(
            text,
            Span(0, 0),
            "too-long",
            f"the text has {size} bytes: at most {LIMIT_TEXT} are read",
            suggestion="use repeat, or a table of keys",
        )
        return Seq(()), Spans(), (fault,)
    cursor = Cursor(text, tokenize(text))
    program = _Parser(cursor).program()
    return program, cursor.spans, _one_each(cursor.found)


def _one_each(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Put faults in order of place, the first for each place alone: one mistake, one fault."""
    first: dict[tuple[int, int], Diagnostic] = {}
    for fault in found:
        first.setdefault((fault.line, fault.column), fault)
    return tuple(sorted(first.values(), key=lambda d: (d.line, d.column)))


class _Parser(Atoms):
    """The statements; atoms are read by the base class, which comes back here for blocks."""

    def program(self) -> Seq:
        seq = self.statements(outside=True)
        while not self.cursor.at(Kind.END):
            self.cursor.report(self.cursor.take().span, "brace", "this '}' closes nothing", "remove it", "")
            more = self.statements(outside=True)
            seq = Seq(seq.parts + more.parts, seq.tail + more.tail)
        if not seq.parts and not self.cursor.found:
            self.cursor.report(
                Span(0, 0), "empty", "the schedule is empty", "write a value as 3e-4, or a shape"
            )
        return seq

    def statements(self, *, outside: bool = False) -> Seq:
        """Read statements up to a closing brace or the end."""
        cursor = self.cursor
        start = cursor.here.span
        parts: list[Statement] = []
        said: set[str] = set()
        above: list[str] = []
        same_line = False
        while not cursor.at(Kind.CLOSE) and not cursor.at(Kind.END):
            token = cursor.here
            if token.kind is Kind.COMMENT:
                cursor.take()
                if same_line and parts and parts[-1].note is None:
                    parts[-1] = self._commented(parts[-1], parts[-1].above, token.text)
                else:
                    above.append(token.text[1:].strip())
            elif token.kind in {Kind.NEWLINE, Kind.SEMICOLON}:
                cursor.take()
                same_line = same_line and token.kind is Kind.SEMICOLON
            else:
                statement = self._statement(outside=outside)
                if statement is not None:
                    self._check_once(statement, said)
                    parts.append(self._commented(statement, tuple(above)))
                    above, same_line = [], True
        return cursor.put(Seq(tuple(parts), tuple(above)), start)

    def _check_once(self, statement: Statement, said: set[str]) -> None:
        """Report what is said for the second time: a setting, or a group."""
        match statement:
            case Base():
                name = "base"
            case Setting():
                name = (
                    f"{statement.name} {statement.amount.u}" if statement.name == "step" else statement.name
                )
            case Group():
                name = f"group {statement.name}"
            case _:
                return
        if name in said:
            span = self.cursor.spans.of(statement)
            self.cursor.report(span, "twice", f"'{name.strip()}' was said before", "remove one")
        said.add(name)

    def _commented(self, node: Statement, above: tuple[str, ...], note: str | None = None) -> Statement:
        if not above and note is None:
            return node
        text = note if note is None else note[1:].strip()
        return self.cursor.spans.put(replace(node, above=above, note=text), self.cursor.spans.of(node))

    def _statement(self, *, outside: bool) -> Statement | None:
        cursor = self.cursor
        try:
            statement = self._setting(outside=outside) or self.expression()
            if cursor.here.kind not in {Kind.NEWLINE, Kind.SEMICOLON, Kind.CLOSE, Kind.COMMENT, Kind.END}:
                raise self.stray()
        except Fault:
            cursor.recover()
            return None
        return statement

    def _setting(self, *, outside: bool) -> Statement | None:
        cursor = self.cursor
        start = cursor.here.span
        if cursor.at_word("group"):
            found: Statement = self._group()
        elif cursor.at_word("base") and cursor.ahead.kind is Kind.NUMBER:
            cursor.take()
            found = cursor.put(Base(value=self._base_value()), start)
        elif cursor.at_word("total", "epoch", "step"):
            found = self._clock()
        else:
            return None
        if not outside:
            cursor.report(start, "setting", "a setting cannot stand inside braces", "move it out")
        return found

    def _clock(self) -> Setting:
        cursor = self.cursor
        word = cursor.take()
        amount = quantities.duration(cursor, f"a length after '{word.text}', as 100k")
        allowed = {"total": ("", "st", "ep", "tok", "sp"), "epoch": ("", "st", "tok", "sp")}.get(
            word.text, ("tok", "sp")
        )
        if amount.u not in allowed or amount.v == 0:
            spans = cursor.spans.of(amount)
            hint = "write step 4Mtok" if word.text == "step" else f"write {word.text} 1000"
            raise cursor.fault(spans, "unit", f"'{word.text}' cannot be '{amount.spelling}{amount.u}'", hint)
        name = "total" if word.text == "total" else "epoch" if word.text == "epoch" else "step"
        return cursor.put(Setting(name=name, amount=amount), word.span)  # type: ignore[arg-type]

    def _base_value(self) -> Value:
        cursor = self.cursor
        found = quantities.value(cursor)
        if found.u:
            raise cursor.fault(
                cursor.spans.of(found), "base", "a base lr is a learning rate", "write base 3e-4"
            )
        return found

    def _group(self) -> Group:
        cursor = self.cursor
        start = cursor.take().span
        name = self._name()
        if cursor.at(Kind.LEFT_SQUARE):
            raise self.later("a range of groups")
        base = curve = None
        if cursor.at_word("base"):
            cursor.take()
            base = self._base_value()
        if cursor.accept(Kind.EQUAL):
            curve = self.inside_group()
        return cursor.put(Group(name=name, base=base, curve=curve), start)

    def _name(self) -> str:
        cursor = self.cursor
        if cursor.here.kind not in {Kind.WORD, Kind.NUMBER, Kind.STRING}:
            raise cursor.expected("the name of a param group")
        token = cursor.take()
        if token.kind is not Kind.STRING:
            return token.text
        try:
            return str(json.loads(token.text))
        except ValueError:
            raise cursor.fault(
                token.span, "name", "unknown escape in a quoted name", 'write \\" and \\\\'
            ) from None

    def expression(self) -> Expression:
        """Read a sum of products of parts."""
        cursor = self.cursor
        start = cursor.here.span
        of, signs = [self._product()], ""
        while cursor.at(Kind.PLUS) or cursor.at(Kind.MINUS):
            signs += cursor.take().text
            of.append(self._product())
        return cursor.put(Sum(of=tuple(of), signs=signs), start) if signs else of[0]

    def _product(self) -> Expression:
        cursor = self.cursor
        start = cursor.here.span
        of = [self.part()]
        while cursor.accept(Kind.STAR):
            of.append(self.part())
        return cursor.put(Product(of=tuple(of)), start) if len(of) > 1 else of[0]
