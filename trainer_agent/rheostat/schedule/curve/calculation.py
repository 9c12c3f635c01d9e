"""Arithmetic as a curve: a formula made into a list of operations, run on floats and arrays alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar, assert_never

import numpy as np

from rheostat.schedule.tree.formula import Call, Factors, Figure, Formula, Name, Negative, Power, Terms

from .amounts import Amounts
from .arith import Array, floor
from .curves import CEILING
from .operations import (
    absolute,
    add,
    cosine,
    exponential,
    greater,
    hyperbolic,
    lesser,
    logarithm,
    negative,
    product,
    quotient,
    raised,
    rooted,
    subtract,
    whole,
)

__all__ = ["Calculated", "calculate"]

# A number to put on the stack, a variable by its place, or an operation on one or two numbers.
Step = float | int | Callable[..., Any]
F = TypeVar("F", float, Array)

_GRID = 256
_MOST_TURNS = 16
_VARIABLES = {"t": 0, "u": 1, "n": 2}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sqrt": rooted, "exp": exponential, "log": logarithm, "cos": cosine, "tanh": hyperbolic,
    "floor": floor, "abs": absolute, "min": lesser, "max": greater, "+": add, "-": subtract,
    "*": product, "/": quotient,
}  # fmt: skip
_TWO = frozenset({add, subtract, product, quotient, raised, lesser, greater})
_PRODUCTS = 32
_MARGIN = 1e-9
_SIXTEENTHS = np.arange(17) / 16


def calculate(formula: Formula, known: dict[str, float]) -> float:
    """Return the value of an expression of known names alone. Raises KeyError for another."""
    return _run(_compiled(formula, known), (0.0, 0.0, 0.0))


@dataclass(frozen=True, slots=True)
class Calculated:
    """An expression over local time, times ``scale``, kept between 0 and the ceiling."""

    formula: Formula
    known: tuple[tuple[str, float], ...]
    span: float | None
    amounts: Amounts | None
    origin: float
    scale: float
    _steps: tuple[Step, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = {**_VARIABLES, **dict(self.known)}
        object.__setattr__(self, "_steps", _compiled(self.formula, known))

    def __reduce__(self) -> tuple[type[Calculated], tuple[object, ...]]:
        return Calculated, (self.formula, self.known, self.span, self.amounts, self.origin, self.scale)

    def at(self, t: float) -> float:
        """Return the value at one time."""
        u = t / self.span if self.span else 0.0
        n = self.amounts.since(self.origin, t) if self.amounts else 0.0
        return min(max(_run(self._steps, (t, u, n)) * self.scale, 0.0), CEILING)

    def fill(self, t: Array, out: Array) -> None:
        """Write the values at ascending times."""
        self.fill_raw(t, out)
        np.minimum(np.maximum(out, 0.0, out=out), CEILING, out=out)

    def fill_raw(self, t: Array, out: Array) -> None:
        """Write what the arithmetic says, before it is kept in bounds."""
        u = t / self.span if self.span else t
        n = self.amounts.since_all(self.origin, t) if self.amounts else t
        with np.errstate(over="ignore", invalid="ignore"):
            np.multiply(_run(self._steps, (t, u, n)), self.scale, out=out)

    def marks(self, low: float, high: float, step: float) -> Array:
        """Return where a look at 257 times shows that the curve turns, each found to a 64th of a column."""
        t = np.linspace(low, high, _GRID + 1)
        values = np.empty(len(t))
        self.fill(t, values)
        rises = np.sign(np.diff(values))
        turns = np.flatnonzero(rises[1:] != rises[:-1])[:_MOST_TURNS] + 1
        if not len(turns):
            return turns.astype(np.float64)
        return self._narrowed(t[turns - 1], t[turns + 1], step / 64)

    def _narrowed(self, low: Array, high: Array, step: float) -> Array:
        """Narrow down turning points, or where flat stretches begin or end, all at once."""
        rows = np.arange(len(low))
        while True:
            t = low[:, None] + (high - low)[:, None] * _SIXTEENTHS
            values = np.empty(t.size)
            self.fill(t.ravel(), values)
            rises = np.sign(np.diff(values.reshape(t.shape), axis=1))
            i = np.argmax(rises[:, 1:] != rises[:, :-1], axis=1) + 1
            low, high = t[rows, i - 1], t[rows, i + 1]
            if (high - low <= np.maximum(step, _MARGIN * high)).all():
                found: Array = t[rows, i]
                return found


def _run(steps: tuple[Step, ...], variables: tuple[F, F, F]) -> F:
    """Work through a list of operations."""
    stack: list[Any] = []
    for step in steps:
        if isinstance(step, float):
            stack.append(step)
        elif isinstance(step, int):
            stack.append(variables[step])
        elif step in _TWO:
            y = stack.pop()
            stack.append(step(stack.pop(), y))
        else:
            stack.append(step(stack.pop()))
    found: F = stack.pop()
    return found


def _compiled(node: Formula, known: Mapping[str, float]) -> tuple[Step, ...]:
    """List the operations of an expression; what needs no variable is calculated at once."""
    steps = tuple(_listed(node, known))
    if len(steps) > 1 and not any(isinstance(step, int) for step in steps):
        return (float(_run(steps, (0.0, 0.0, 0.0))),)
    return steps


def _listed(node: Formula, known: Mapping[str, float]) -> list[Step]:
    match node:
        case Figure():
            return [node.v]
        case Name():
            return [known[node.name]]
        case Negative():
            return [*_compiled(node.of, known), negative]
        case Power():
            return _power(_compiled(node.of, known), _compiled(node.to, known))
        case Terms() | Factors():
            return _chain(node.of, list(node.signs), known)
        case Call():
            names = [node.name] * max(len(node.of) - 1, 1)
            return (
                _chain(node.of, names, known)
                if len(node.of) > 1
                else [*_compiled(node.of[0], known), _FUNCTIONS[node.name]]
            )
        case _:
            assert_never(node)


def _chain(of: tuple[Formula, ...], between: Sequence[str], known: Mapping[str, float]) -> list[Step]:
    found: list[Step] = [*_compiled(of[0], known)]
    for sign, part in zip(between, of[1:], strict=True):
        found += [*_compiled(part, known), _FUNCTIONS[sign]]
    return found


def _power(of: tuple[Step, ...], to: tuple[Step, ...]) -> list[Step]:
    """Take products for small whole powers and roots for halves: they are exact where exp2 is not."""
    p = to[0]
    if len(to) > 1 or not isinstance(p, float):
        return [*of, *to, raised]
    if p in (0.5, -0.5):
        return [*of, rooted] if p > 0 else [1.0, *of, rooted, quotient]
    if p == floor(p) and abs(p) <= _PRODUCTS:
        return [*of, partial(whole, n=int(p))]
    return [*of, p, raised]
