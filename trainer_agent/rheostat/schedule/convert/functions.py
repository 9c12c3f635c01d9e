"""What the functions given to LambdaLR and MultiplicativeLR do, where that can be read from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

from rheostat.schedule.diagnostics import ConversionError

from . import huggingface
from .classes import Ask, Reader, Scheduler, attribute
from .piece import Piece, factor
from .source import constant, expression

__all__ = ["FUNCTIONS", "exempt"]


def _lambda(scheduler: Scheduler, ask: Ask) -> Piece:
    function = _functions(scheduler)[ask.group]
    known = _transformers(function)
    if known is not None:
        return huggingface.read(*known, ask.window)
    return Piece(f"curve({expression(function)})x")


def _multiplicative(scheduler: Scheduler, ask: Ask) -> Piece:
    if ask.inside:
        raise ConversionError(
            "MultiplicativeLR as a part keeps whatever lr the part before left: no words for that"
        )
    value = constant(_functions(scheduler)[ask.group])
    if value is None:
        raise ConversionError(
            "MultiplicativeLR multiplies by a function of the step again and again: "
            "only a constant factor has words"
        )
    return Piece(f"{'decay' if value else 'drop'} {factor(value)} every 1", anchored=False)


def exempt(scheduler: object) -> frozenset[int]:
    """Return the steps at which the library is known to miss its own formula by rounding."""
    found: set[int] = set()
    for function in getattr(scheduler, "lr_lambdas", ()):
        known = _transformers(function)
        if known is not None:
            found.update(huggingface.misplaced(*known))
    return frozenset(found)


def _functions(scheduler: Scheduler) -> Sequence[object]:
    return cast("Sequence[object]", attribute(scheduler, "lr_lambdas"))


def _transformers(function: object) -> tuple[str, Mapping[str, object]] | None:
    """Return name and keywords of a function of transformers."""
    keywords: Mapping[str, object] = {}
    if isinstance(function, partial):
        if function.args:
            return None
        keywords, function = function.keywords, function.func
    if getattr(function, "__module__", None) != huggingface.HOME:
        return None
    return str(attribute(function, "__name__")), keywords


FUNCTIONS: Mapping[str, Reader] = {"LambdaLR": _lambda, "MultiplicativeLR": _multiplicative}
