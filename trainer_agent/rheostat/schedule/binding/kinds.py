"""Which of the two kinds of value an expression ends as: a learning rate or a factor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from rheostat.schedule.diagnostics import Diagnostic, diagnose
from rheostat.schedule.text.cursor import Spans
from rheostat.schedule.tree.nodes import (
    Base,
    Block,
    Clip,
    Curve,
    Decay,
    Drop,
    Expression,
    Group,
    Keys,
    Main,
    Plateau,
    Product,
    Ramp,
    Repeat,
    Seq,
    Setting,
    Statement,
    Sum,
    Value,
)

__all__ = ["check_products", "is_lr", "is_lr_seq", "main_parts"]


def main_parts(program: Seq) -> tuple[Expression, ...]:
    """Return the parts outside any group."""
    return tuple(p for p in program.parts if not isinstance(p, Base | Setting | Group))


def is_lr_seq(parts: Iterable[Statement], main_lr: bool) -> bool:
    """Tell whether parts one after the other make a learning rate: one that does is enough."""
    return any(is_lr(part, main_lr) for part in parts)


def is_lr(node: Statement, main_lr: bool) -> bool:  # noqa: PLR0911 - one return for each node
    """Tell whether an expression is a learning rate by itself, and not a factor of the base."""
    match node:
        case Ramp():
            return _lr_value(node.start) or _lr_value(node.to)
        case Drop() | Decay() | Base() | Setting():
            return False
        case Block():
            return is_lr_seq(node.body.parts, main_lr)
        case Repeat():
            return _lr_value(node.toward) or is_lr_seq(node.body.parts, main_lr)
        case Main():
            return main_lr
        case Product() | Sum():
            return is_lr_seq(node.of, main_lr)
        case Clip():
            return _lr_value(node.low) or _lr_value(node.high) or is_lr(node.of, main_lr)
        case Curve():
            return node.u == ""
        case Keys():
            return any(_lr_value(key.value) for key in node.keys)
        case Plateau():
            return _lr_value(node.floor)
        case Group():
            return node.curve is not None and is_lr(node.curve, main_lr)
        case _:
            assert_never(node)


def _lr_value(value: Value | None) -> bool:
    return value is not None and (value.u == "base" or (value.u == "" and not value.is_zero))


def check_products(text: str, program: Seq, spans: Spans) -> list[Diagnostic]:
    """Find products of two learning rates, which have no meaning."""
    found: list[Diagnostic] = []
    main_lr = is_lr_seq(main_parts(program), main_lr=False)
    for part in program.parts:
        _walk(text, part, spans, main_lr, found)
    return found


def _as_factor(text: str, node: Expression, spans: Spans) -> str | None:
    """Return a bare learning rate written as a factor."""
    bare = isinstance(node, Ramp) and not node.shape and node.to is None and node.length is None
    if not bare or not isinstance(node, Ramp) or node.start is None or node.start.u or node.start.of:
        return None
    span = spans.of(node.start)
    return text[span.start : span.end] + "x"


def _walk(text: str, node: Statement, spans: Spans, main_lr: bool, found: list[Diagnostic]) -> None:
    match node:
        case Block() | Repeat():
            for part in node.body.parts:
                _walk(text, part, spans, main_lr, found)
        case Clip():
            _walk(text, node.of, spans, main_lr, found)
        case Group(curve=curve) if curve is not None:
            _walk(text, curve, spans, main_lr, found)
        case Product() | Sum():
            rates = [factor for factor in node.of if is_lr(factor, main_lr)]
            if isinstance(node, Product) and len(rates) > 1:
                message = "both sides of * are learning rates"
                span = spans.of(rates[1])
                mended = _as_factor(text, rates[1], spans)
                hint = f"did you mean {mended}?" if mended else "write 0.1x for a factor"
                found.append(
                    diagnose(text, span, "lr-times-lr", message, suggestion=hint, replacement=mended)
                )
            for part in node.of:
                _walk(text, part, spans, main_lr, found)
        case _:
            pass
