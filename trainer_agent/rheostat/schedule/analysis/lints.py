"""Doubts about a text that reads well: what is probably not what was meant."""

from __future__ import annotations

from collections.abc import Iterator

from rheostat.schedule.diagnostics import Diagnostic, diagnose
from rheostat.schedule.text.cursor import Spans
from rheostat.schedule.tree.nodes import (
    Base,
    Block,
    Clip,
    Group,
    Keys,
    Product,
    Ramp,
    Repeat,
    Seq,
    Statement,
    Sum,
    Value,
    spell,
)

__all__ = ["of_text"]


def of_text(text: str, program: Seq, spans: Spans) -> tuple[Diagnostic, ...]:
    """Find learning rates that look like factors."""
    found = []
    for value in _rates(program):
        if value.u == "" and value.of is None and value.v >= 1:
            factor = f"{value.spelling}x"
            found.append(
                diagnose(
                    text,
                    spans.of(value),
                    "large-lr",
                    f"lr {spell(value.v)} is large",
                    suggestion=f"did you mean {factor}?",
                    replacement=factor,
                    severity="warning",
                )
            )
    return tuple(found)


def _rates(program: Seq) -> Iterator[Value]:
    for part in program.parts:
        yield from _rates_of(part)


def _rates_of(node: Statement) -> Iterator[Value]:
    match node:
        # A range test by expo goes up until the loss blows up: large is what it is for.
        case Ramp(shape=shape) if shape != "expo":
            yield from (value for value in (node.start, node.to) if value is not None)
        case Keys():
            yield from (key.value for key in node.keys)
        case Clip():
            yield from _rates_of(node.of)
        case Block() | Repeat():
            yield from _rates(node.body)
        case Product() | Sum():
            for part in node.of:
                yield from _rates_of(part)
        case Group(curve=curve) if curve is not None:
            yield from _rates_of(curve)
        case Base():
            pass
        case _:
            pass
