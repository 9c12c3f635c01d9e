"""Reading text: recursive descent over tokens, with several errors a pass and comments kept."""

from __future__ import annotations

from rheostat.schedule.diagnostics import Diagnostic, Span, diagnose
from rheostat.schedule.tree.groups import group_names
from rheostat.schedule.tree.nodes import Base, Clip, Expression, Group, Product, Seq, Setting, Statement, Sum
from rheostat.schedule.tree.walk import width

from . import quantities
from .atoms import LIMIT_DEPTH, LIMIT_PARTS, Atoms
from .calls import call
from .cursor import Cursor, Fault, Spans
from .format import spell_value
from .listing import listing
from .settings import base_value, clock, group, misnamed
from .strays import stray
from .tokens import Kind, tokenize

__all__ = ["LIMIT_DEPTH", "LIMIT_GROUPS", "LIMIT_PARTS", "LIMIT_TEXT", "LIMIT_TOGETHER", "read"]

LIMIT_TEXT = 16_384
LIMIT_TOGETHER = 32
LIMIT_GROUPS = 2000
LIMIT_CLIPS = 4


def read(text: str) -> tuple[Seq, Spans, tuple[Diagnostic, ...]]:
    """Read a program: its tree, the places of its nodes, and all syntax errors in order of place."""
    size = len(text.encode(errors="surrogatepass"))
    if size > LIMIT_TEXT:
        fault = diagnose(
            "",
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
        start = self.cursor.here.span
        said: set[str] = set()

        def one() -> Statement | None:
            return self._statement(said, outside=outside)

        parts: tuple[Statement, ...]
        parts, tail = listing(self.cursor, one)
        return self.cursor.put(Seq(parts, tail), start)

    def _check_once(self, statement: Statement, said: set[str]) -> None:
        """Report what is said for the second time: a setting, or a group."""
        match statement:
            case Base():
                names = ["base"]
            case Setting():
                unit = statement.amount.u if statement.name == "step" else ""
                names = [f"{statement.name} {unit}".strip()]
            case Group():
                names = [f"group {name}" for name in group_names(statement)]
            case _:
                return
        twice = next((name for name in names if name in said), None)
        if twice is not None:
            span = self.cursor.spans.of(statement)
            self.cursor.report(span, "twice", f"'{twice}' was said before", "remove one")
        said.update(names)
        if len(said) > LIMIT_GROUPS:
            span = self.cursor.spans.of(statement)
            raise self.cursor.fault(span, "too-many", f"more than {LIMIT_GROUPS} groups", "name fewer")

    def _check_width(self, of: list[Expression]) -> None:
        """Refuse more at the same time than can be drawn at once."""
        if sum(map(width, of)) > LIMIT_TOGETHER:
            message = f"more than {LIMIT_TOGETHER} parts at the same time"
            raise self.cursor.fault(
                self.cursor.last.span, "too-many", message, "put parts one after the other"
            )

    def _statement(self, said: set[str], *, outside: bool) -> Statement | None:
        cursor = self.cursor
        try:
            statement = self._setting(outside=outside) or self.expression()
            if cursor.here.kind not in {Kind.NEWLINE, Kind.SEMICOLON, Kind.CLOSE, Kind.COMMENT, Kind.END}:
                raise stray(self.cursor, statement)
            self._check_once(statement, said)
        except Fault:
            cursor.recover()
            return None
        return statement

    def _setting(self, *, outside: bool) -> Statement | None:
        cursor = self.cursor
        start = cursor.here.span
        if cursor.at_word("group"):
            found: Statement = group(cursor, self.inside_group)
        elif (called := misnamed(cursor)) is not None:
            raise cursor.fault(
                called[0], "setting", "a setting is its name and a value", f"did you mean '{called[1]}'?",
                called[1],
            )  # fmt: skip
        elif cursor.at_word("base") and cursor.ahead.kind in {Kind.NUMBER, Kind.LEFT}:
            cursor.take()
            found = cursor.put(Base(value=base_value(cursor)), start)
        elif cursor.at_word("total", "epoch", "step"):
            found = clock(cursor)
        else:
            return None
        if not outside:
            cursor.report(start, "setting", "a setting cannot stand inside braces", "move it out")
        return found

    def expression(self) -> Expression:
        """Read a sum of products of parts, and what it is kept between."""
        cursor = self.cursor
        start = cursor.here.span
        found = self._sum()
        bounds = 0
        while cursor.at_word("clip"):
            bounds += 1
            if bounds > LIMIT_CLIPS:
                message = f"more than {LIMIT_CLIPS} bounds on the same part"
                raise cursor.fault(cursor.here.span, "too-deep", message, "one is enough")
            cursor.take()
            pair = call(cursor)
            if pair is not None and len(pair.given) == 2:
                raise cursor.instead("two values", pair.span, f" {pair.given[0]}..{pair.given[1]}")
            low = quantities.value(cursor)
            if not cursor.accept(Kind.RANGE):
                what, here = "'..' and the greatest value", cursor.here
                if here.kind in {Kind.COMMA, Kind.ARROW, Kind.MINUS} or cursor.at_word("to", "and"):
                    raise cursor.instead(what, here.span, "..")
                raise cursor.expected(what, "write clip 1e-6..1e-3")
            high = quantities.value(cursor)
            if low.u == high.u and low.of is None and high.of is None and low.v > high.v:
                span = cursor.spans.of(low).to(cursor.spans.of(high))
                mended = f"{spell_value(high)}..{spell_value(low)}"
                hint = f"did you mean {mended}?"
                raise cursor.fault(span, "order", "the least value comes first", hint, mended)
            found = cursor.put(Clip(of=found, low=low, high=high), start)
        return found

    def _sum(self) -> Expression:
        cursor = self.cursor
        start = cursor.here.span
        of: list[Expression] = [self._product()]
        signs = ""
        while cursor.at(Kind.PLUS) or cursor.at(Kind.MINUS):
            signs += cursor.take().text
            of.append(self._product())
            self._check_width(of)
        return cursor.put(Sum(of=tuple(of), signs=signs), start) if signs else of[0]

    def _product(self) -> Expression:
        cursor = self.cursor
        start = cursor.here.span
        of: list[Expression] = [self.part()]
        while cursor.accept(Kind.STAR):
            of.append(self.part())
            self._check_width(of)
        return cursor.put(Product(of=tuple(of)), start) if len(of) > 1 else of[0]
