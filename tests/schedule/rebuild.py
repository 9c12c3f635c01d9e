"""Any tree built again with the functions and methods that Python has for it."""

from __future__ import annotations

from functools import reduce, singledispatch
from operator import add, mul, rshift, sub
from typing import cast

from msgspec.structs import replace

from rheostat.schedule import Schedule, build
from rheostat.schedule.text.format import write
from rheostat.schedule.tree.nodes import (
    Block,
    Clip,
    Curve,
    Decay,
    Drop,
    Duration,
    Expression,
    Key,
    Keys,
    Number,
    Plateau,
    Product,
    Ramp,
    Repeat,
    Seq,
    Statement,
    Sum,
    Value,
)


def named(program: Seq) -> Seq:
    """Return a program with the words that a text may leave out, without braces that mean nothing."""
    return Seq(tuple(_named(part) for part in program.parts))


def _named(node: Statement) -> Expression:
    match node:
        case Ramp(shape=""):
            node = replace(node, shape="hold" if node.to is None else "linear")
        case Block(body=Seq(parts=(Block(length=None) as inner,))):
            node = replace(node, body=named(inner.body))
        case Block() | Repeat():
            node = replace(node, body=named(node.body))
        case Product() | Sum():
            node = replace(node, of=tuple(_named(one) for one in node.of))
        case Clip():
            node = replace(node, of=_named(node.of))
        case Plateau(threshold=Number() as threshold):
            # A float has no spelling of its own.
            node = replace(node, threshold=Number(threshold.v))
    return cast("Expression", node)


def rebuilt(program: Seq) -> Schedule:
    """Build a program without settings, groups and comments."""
    return reduce(rshift, (_part(part) for part in program.parts))


def _part(node: Statement) -> Schedule:
    found = _built(node)
    until = getattr(node, "until", "")
    return found.until(until) if until else found


@singledispatch
def _built(node: object) -> Schedule:
    raise AssertionError(f"nothing builds {node}")


@_built.register
def _(node: Product) -> Schedule:
    return reduce(mul, (_part(one) for one in node.of))


@_built.register
def _(node: Sum) -> Schedule:
    found = _part(node.of[0])
    for sign, one in zip(node.signs, node.of[1:], strict=True):
        found = (add if sign == "+" else sub)(found, _part(one))
    return found


@_built.register
def _(node: Clip) -> Schedule:
    return _part(node.of).clip(_value(node.low), _value(node.high))


@_built.register
def _(node: Drop) -> Schedule:
    at = [_words(time) for time in node.at]
    return build.drop(_value(node.factor), _length(node.every), at, _length(node.length))


@_built.register
def _(node: Decay) -> Schedule:
    return build.decay(_value(node.factor), _words(node.every), _length(node.length))


@_built.register
def _(node: Block) -> Schedule:
    return rebuilt(node.body).lasting(_length(node.length))


@_built.register
def _(node: Repeat) -> Schedule:
    shrink, toward = _optional(node.shrink), _optional(node.toward)
    return rebuilt(node.body).repeat(node.count, _number(node.stretch), shrink, toward, _length(node.length))


@_built.register
def _(node: Curve) -> Schedule:
    text = write(Seq((replace(node, length=None, until="", u=""),)))
    formula = text.removeprefix("curve(").removesuffix(")")
    return build.curve(formula, _length(node.length), factor=node.u == "x")


@_built.register
def _(node: Keys) -> Schedule:
    frames = [(_words(key.at), _value(key.value), _shape(key)) for key in node.keys]
    return build.keys(*frames, d=_length(node.length))


@_built.register
def _(node: Plateau) -> Schedule:
    return build.plateau(
        node.metric,
        _optional(node.factor),
        None if node.patience is None else int(node.patience.v),
        threshold=_number(node.threshold),
        threshold_mode=node.threshold_mode,
        mode=node.mode,
        cooldown=None if node.cooldown is None else int(node.cooldown.v),
        min=_optional(node.floor),
        eps=_number(node.eps),
        rule=node.rule,
        d=_length(node.length),
    )


@_built.register
def _(node: Ramp) -> Schedule:
    start, d = _optional(node.start), _length(node.length)
    if node.shape == "rsqrt":
        return build.rsqrt(_words(node.args[0]), start, d)
    if node.to is None:
        return build.hold(start, d)
    make = getattr(build, node.shape or "linear")
    arguments = [argument.v for argument in node.args]
    made: Schedule = make(*arguments, start, _value(node.to), d, inclusive=node.inclusive)
    return made


def _shape(key: Key) -> str:
    arguments = ", ".join(_words(argument) for argument in key.args)
    return f"{key.shape}({arguments})" if arguments else key.shape


def _value(given: Value) -> str:
    """Write a value as the language does; Python takes it in words."""
    return write(Seq((Ramp(start=given),)))


def _optional(given: Value | None) -> str | None:
    return None if given is None else _value(given)


def _words(given: Duration) -> str:
    return write(Seq((Ramp(shape="hold", length=given),))).removeprefix("hold for ")


def _length(given: Duration | None) -> str | None:
    return None if given is None else _words(given)


def _number(given: Number | None) -> float | None:
    return None if given is None else given.v
