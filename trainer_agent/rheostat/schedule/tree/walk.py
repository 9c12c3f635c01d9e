"""All parts of a program in the order of its text, those inside others too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .nodes import Block, Clip, Group, Product, Repeat, Statement, Sum

__all__ = ["walk", "width"]


def walk(parts: Iterable[Statement]) -> Iterator[Statement]:
    """Yield each statement, then what is inside it."""
    for part in parts:
        yield part
        match part:
            case Block() | Repeat():
                yield from walk(part.body.parts)
            case Product() | Sum():
                yield from walk(part.of)
            case Clip():
                yield from walk((part.of,))
            case Group(curve=curve) if curve is not None:
                yield from walk((curve,))
            case _:
                pass


def width(part: Statement) -> int:
    """Return how many parts run at the same time at most."""
    match part:
        case Block() | Repeat():
            return max(map(width, part.body.parts), default=1)
        case Product() | Sum():
            return sum(map(width, part.of))
        case Clip():
            return width(part.of)
        case _:
            return 1
