"""Reading shapes with their arguments and values."""

from __future__ import annotations

from rheostat.schedule.diagnostics import Span
from rheostat.schedule.tree.nodes import Duration, Ramp
from rheostat.schedule.tree.shapes import Shape

from . import quantities, slips
from .calls import call, fill, named
from .cursor import Cursor, Fault
from .tokens import Kind

__all__ = ["arguments", "ramp", "starts_value"]

# What to write where nothing is said.
_USUAL = {"poly": "poly(2)", "tanh": "tanh(-7, 3)", "rsqrt": "rsqrt(1k)"}


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
        _refuse_habits(cursor)
    first = to = None
    # `hold -1x` means a negative value, `hold - 1x` takes away.
    signed = cursor.at(Kind.MINUS) and cursor.ahead.glued
    if shape is None or signed or starts_value(cursor):
        first = quantities.value(cursor)
    if slips.arrow(cursor):
        raise cursor.expected("'->'")
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


def _refuse_habits(cursor: Cursor) -> None:
    """Refuse what people put behind a shape that is no value: ``from``, or a length without its ``for``."""
    token = cursor.here
    if cursor.at_word("from", "by"):
        raise cursor.fault(
            token.span, "expected", f"a shape needs no '{token.text}'", "take the word away", ""
        )
    if cursor.at(Kind.NUMBER) and quantities.is_length(token) and cursor.ahead.kind is not Kind.ARROW:
        mended = f"for {token.text}"
        message = f"'{token.text}' is a length, not a value"
        raise cursor.fault(token.span, "unit", message, f"did you mean '{mended}'?", mended)


def _called(cursor: Cursor, shape: Shape, start: Span) -> Fault:
    """Record that a shape without arguments is written as a call: ``linear(0, 1x, 500)``."""
    message, opening = f"{shape.name} takes no arguments", cursor.here.span
    found = call(cursor)
    if found is None:
        return cursor.fault(opening, "arguments", message, "remove the parentheses")
    behind = cursor.text[found.span.end :].lstrip()
    if behind.startswith("->"):
        return cursor.fault(found.span, "arguments", message, "remove the parentheses", "")
    names: tuple[str, ...] = ("to",) if len(found.given) == 1 and shape.ends else ("start", "to", "d")
    template = f"{shape.name}[ <start>] -> <to>[ for <d>]"
    if not shape.ends:
        names, template = ("start", "d"), f"{shape.name}[ <start>][ for <d>]"
    given = named(found, names)
    mended = None if given is None else fill(template, given)
    if mended is None:
        return cursor.fault(opening, "arguments", message, "remove the parentheses")
    return cursor.fault(start.to(found.span), "arguments", message, f"did you mean '{mended}'?", mended)


def _argument_apart(cursor: Cursor, shape: Shape, start: Span) -> Fault:
    """Record that the arguments are missing, or stand apart: ``poly 2``, ``rsqrt 2k``."""
    token, behind = cursor.here, cursor.ahead.kind
    span, mended = start, _USUAL[shape.name]
    apart = call(cursor)
    if apart is not None and len(apart.given) == len(shape.args):
        span, mended = start.to(apart.span), f"{shape.name}({', '.join(apart.given)})"
    elif (
        token.kind is Kind.NUMBER
        and len(shape.args) == 1
        and (token.unit != "x" and token.text != "0")
        and (not shape.ends or behind in {Kind.ARROW, Kind.NUMBER})
    ):
        span, mended = start.to(token.span), f"{shape.name}({token.text})"
    message = f"{shape.name} needs arguments"
    return cursor.fault(span, "arguments", message, f"did you mean {mended}?", mended)


def arguments(cursor: Cursor, shape: Shape, start: Span) -> tuple[Duration, ...]:
    """Read what stands in parentheses right behind a shape."""
    wanted = f"{shape.name}({', '.join(shape.args)})"
    if not (cursor.at(Kind.LEFT) and cursor.here.glued):
        if shape.args:
            raise _argument_apart(cursor, shape, start)
        return ()
    if not shape.args:
        raise _called(cursor, shape, start)
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
        message = f"{shape.name} needs the value to go to"
        if ramp.start is not None and ramp.start.is_zero:
            # Nothing starts at 0 to go nowhere: it was meant as the end.
            place = cursor.spans.of(ramp.start)
            mended = f"-> {cursor.text[place.start : place.end]}"
            raise cursor.fault(place, "no-end", message, f"did you mean '{mended}'?", mended)
        end = Span(cursor.last.span.end, cursor.last.span.end)
        raise cursor.fault(end, "no-end", message, "write '-> 0'", " -> 0")
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
