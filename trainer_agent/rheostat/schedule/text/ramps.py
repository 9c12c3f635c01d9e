"""Reading shapes with their arguments and values."""

from __future__ import annotations

from rheostat.schedule.diagnostics import Span
from rheostat.schedule.tree.nodes import Duration, Ramp
from rheostat.schedule.tree.shapes import Shape

from . import quantities
from .cursor import Cursor
from .tokens import Kind

__all__ = ["arguments", "ramp", "starts_value"]


def starts_value(cursor: Cursor) -> bool:
    """Tell whether a value comes next."""
    return cursor.here.kind in {Kind.NUMBER, Kind.LEFT} or cursor.at_word("base")


def ramp(cursor: Cursor, shape: Shape | None) -> Ramp:
    """Read a shape with its values, or a bare value."""
    start = cursor.here.span
    args: tuple[Duration, ...] = ()
    if shape is not None:
        cursor.take()
        args = arguments(cursor, shape, start)
    first = to = None
    # `hold -1x` means a negative value, `hold - 1x` takes away.
    signed = cursor.at(Kind.MINUS) and cursor.ahead.glued
    if shape is None or signed or starts_value(cursor):
        first = quantities.value(cursor)
    arrow = cursor.here.span
    if cursor.accept(Kind.ARROW):
        to = quantities.value(cursor)
    inclusive = to is not None and cursor.at_word("inclusive")
    if inclusive:
        cursor.take()
    found = Ramp(shape=shape.name if shape else "", args=args, start=first, to=to, inclusive=inclusive)
    if shape is not None:
        _check(cursor, shape, found, arrow)
    return cursor.put(found, start)


def arguments(cursor: Cursor, shape: Shape, start: Span) -> tuple[Duration, ...]:
    """Read what stands in parentheses right behind a shape."""
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


def _check(cursor: Cursor, shape: Shape, ramp: Ramp, arrow: Span) -> None:
    if shape.ends and ramp.to is None:
        if cursor.at(Kind.BAD):
            raise cursor.expected("'->'")
        end = Span(cursor.last.span.end, cursor.last.span.end)
        raise cursor.fault(end, "no-end", f"{shape.name} needs the value to go to", "write '-> 0'", " -> 0")
    if not shape.ends and ramp.to is not None:
        span = arrow.to(cursor.last.span)
        near = "linear" if shape.name == "hold" else "sqrt"
        raise cursor.fault(
            span, "no-ramp", f"{shape.name} does not go to a value", f"use {near}, or drop the '->'"
        )
    if shape.name == "expo":
        for zero in (ramp.start, ramp.to):
            if zero is not None and zero.is_zero:
                span = cursor.spans.of(zero)
                raise cursor.fault(span, "zero", "expo cannot start or end at 0", "write 1e-8, or use linear")
