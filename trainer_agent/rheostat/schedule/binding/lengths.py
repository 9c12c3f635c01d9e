"""How long each part lasts: fixed lengths add up, shares split what is left of their block."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from rheostat.schedule.tree.nodes import Expression

from .context import Context
from .estimate import estimate
from .fitting import fitting
from .measure import Length, measure, varies

__all__ = ["lay_out"]


def lay_out(
    parts: Sequence[Expression], available: Fraction | None, context: Context, at: Fraction
) -> list[Fraction | None]:
    """Return the steps each part lasts, from step ``at`` of the run; None for a last one without end.

    Parts behind one that waits for a cue are not laid out: there is no telling when they start.
    Raises BindError where shares have to be split and the whole is not known.
    """
    wanted = _wanted(parts, context, at, Fraction(0))
    _check_shares(parts, wanted, available, context)
    fixed = sum((length.amount for length in wanted if not length.share), Fraction(0))
    if available is None:
        return [None if length.share or length.open else length.amount for length in wanted]
    shares = sum((length.amount for length in wanted if length.share), Fraction(0))
    share = max(available - fixed, Fraction(0)) / shares if shares else Fraction(0)
    if share and any(varies(part, context) for part in parts):
        share = fitting(
            estimate(parts, context, float(at)),
            lambda size: _together(parts, context, at, size),
            available,
            shares,
        )
        wanted = _wanted(parts, context, at, share)
    found = [length.amount * share if length.share else length.amount for length in wanted]
    if wanted and wanted[-1].open:
        found[-1] = max(available - fixed, Fraction(0))
    return list(found)


def _check_shares(
    parts: Sequence[Expression], wanted: list[Length], available: Fraction | None, context: Context
) -> None:
    early = [part for part, length in zip(parts[: len(wanted) - 1], wanted, strict=False) if length.share]
    if early and wanted[-1].open:
        message = "a part before one that waits for a cue needs a length"
        raise context.fault(early[0], "no-length", message, "write for 10k behind it")
    if early and available is None:
        raise context.missing("total", early[0], "a part without length before the last")


def _wanted(parts: Sequence[Expression], context: Context, at: Fraction, share: Fraction) -> list[Length]:
    found: list[Length] = []
    for part in parts:
        length = measure(part, context, at)
        found.append(length)
        if length.open:
            break
        at += length.amount * share if length.share else length.amount
    return found


def _together(parts: Sequence[Expression], context: Context, at: Fraction, share: Fraction) -> Fraction:
    """Return how long parts are together, with shares of a size."""
    lengths = _wanted(parts, context, at, share)
    return sum((x.amount * share if x.share else x.amount for x in lengths), Fraction(0))
