"""What Python gives as a learning rate, a factor or a length, as the tree has it.

Each raises ScheduleError for a text that the language does not read as one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .diagnostics import ScheduleError
from .text import quantities
from .text.cursor import Cursor, Fault
from .text.tokens import Kind, tokenize
from .tree.nodes import Duration, Number, Quantity, Value

__all__ = ["Rate", "Span", "argument", "duration", "factor", "number", "optional", "value", "x"]

# A number, or text as in the language ("0.1x", "base", "5%").
Rate = str | float | Value
Span = str | float | Duration
Q = TypeVar("Q", bound=Quantity)


def x(factor: float) -> Value:
    """Make a factor: ``x(0.1)`` is ``0.1x``."""
    return Value(v=float(factor), u="x")


def value(given: Rate) -> Value:
    """Take a learning rate, or a factor in words."""
    if isinstance(given, Value):
        return given
    if isinstance(given, str):
        return _read(given, "value", quantities.value)
    return Value(v=float(given))


def factor(given: Rate) -> Value:
    """Take a factor where only that makes sense: ``drop(0.1, …)``."""
    return x(given) if isinstance(given, int | float) else value(given)


def duration(given: Span) -> Duration:
    """Take a length, a number being steps."""
    if isinstance(given, Duration):
        return given
    if isinstance(given, str):
        return _read(given, "length", quantities.duration)
    return Duration(v=float(given))


def optional(given: Span | None) -> Duration | None:
    """Take a length that may be left out."""
    return None if given is None else duration(given)


def number(given: float | None) -> Number | None:
    """Take a plain number that may be left out."""
    return None if given is None else Number(float(given))


def argument(text: str) -> Duration:
    """Read what stands in the parentheses of a shape, as the 2 of ``poly(2)``."""
    return _read(text, "number", lambda cursor: quantities.argument(cursor, "p"))


def _read(text: str, what: str, reader: Callable[[Cursor], Q]) -> Q:
    cursor = Cursor(text, tokenize(text))
    try:
        found = reader(cursor)
    except Fault:
        raise ScheduleError(cursor.found) from None
    if not cursor.at(Kind.END):
        raise ScheduleError.single("expected", f"expected one {what}, but got {text!r}")
    return found
