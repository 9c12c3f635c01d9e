"""A live torch scheduler as a schedule: attributes are read, nothing of the job's is called or written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from rheostat.schedule.diagnostics import ConversionError, ScheduleError
from rheostat.schedule.format import spell_name
from rheostat.schedule.nodes import spell
from rheostat.schedule.program import Schedule, parse

from .classes import READERS, Piece, Scheduler, class_name
from .replay import verify

__all__ = ["from_torch"]


def from_torch(
    scheduler: object, *, names: Sequence[str] | None = None, total: int | None = None
) -> Schedule:
    """Write what a torch scheduler does as a schedule, its base lrs included.

    A step of the plan is a value of ``scheduler.last_epoch``, however far it has been stepped. With several
    param groups there is a group for each, named by ``names``, by its ``name`` entry, or "0", "1", …. With a
    ``total`` what lies beyond may be left out. The curve is compared with a replay of a copy, 2,000 steps
    from where the scheduler stands.

    Raises ConversionError for schedulers that no text of this language says, with the reason.
    """
    found = cast("Scheduler", scheduler)
    curve = _curve(found, total)
    bases = _bases(found)
    labels = _names(found, len(bases), names)
    lines = [f"base {spell(bases[0])}", curve]
    if len(bases) > 1:
        groups = zip(labels, bases, strict=True)
        lines = [curve, *(f"group {spell_name(name)} base {spell(base)}" for name, base in groups)]
    try:
        schedule = parse("\n".join(lines))
    except ScheduleError as error:
        raise ConversionError(f"the language cannot say this scheduler: {error}") from None
    verify(schedule, found, labels if len(bases) > 1 else [None], total)
    return schedule


def _curve(scheduler: Scheduler, total: int | None) -> str:
    if class_name(scheduler) == "SequentialLR":
        return "\n".join(_sequential(scheduler, total))
    return _windowed(_piece(scheduler, total), None, at_one=True)


def _piece(scheduler: Scheduler, window: int | None) -> Piece:
    name = class_name(scheduler)
    reader = READERS.get(name)
    if reader is None:
        raise ConversionError(f"{name} is not read yet; {', '.join(sorted(READERS))} and SequentialLR are")
    return reader(scheduler, window)


def _sequential(scheduler: Scheduler, total: int | None) -> list[str]:
    parts = cast("Sequence[Scheduler]", getattr(scheduler, "_schedulers"))  # noqa: B009 - not in the protocol
    milestones = [int(m) for m in getattr(scheduler, "_milestones")]  # noqa: B009
    if milestones != sorted(milestones) or min(milestones, default=0) < 0:
        raise ConversionError(f"SequentialLR has milestones out of order: {milestones}")
    first = _bases(parts[0])
    if any(_bases(part) != first for part in parts):
        raise ConversionError("the parts of SequentialLR have different base lrs")
    ends = [*milestones, total if total is None else max(total, milestones[-1] if milestones else 0)]
    lines: list[str] = []
    at = 0
    stands: float | None = 1.0
    for part, end in zip(parts, ends, strict=True):
        window = None if end is None else end - at
        if window != 0:
            last = part is parts[-1]
            piece = _piece(part, window)
            lines.append(_windowed(piece, None if last else window, at_one=stands == 1.0))
            stands = _stands(piece, window)
        at = end if end is not None else at
    return lines


def _windowed(piece: Piece, window: int | None, *, at_one: bool) -> str:
    """Give a piece its stretch of the whole; it starts from the base lr, whatever came before."""
    if not (piece.anchored or at_one):
        text = f"1x * {piece.text}"
        return text if window is None else f"{{ {text} }} for {window}"
    if piece.length is None:
        return piece.text if window is None else f"{piece.text} for {window}"
    if window is None or window > piece.length:
        rest = "" if window is None else f" for {window - piece.length}"
        after = f"; {piece.then}{rest}" if window is not None or piece.then != "hold" else ""
        return piece.text + after
    return piece.text if window == piece.length else f"{{ {piece.text} }} for {window}"


def _stands(piece: Piece, window: int | None) -> float | None:
    """Return the factor a piece leaves behind, where that is known without working it out."""
    if window is None or piece.length is None or window < piece.length:
        return None
    return piece.end if window == piece.length or piece.then == "hold" else 1.0


def _bases(scheduler: Scheduler) -> list[float]:
    return [float(base) for base in getattr(scheduler, "base_lrs", ())] or [
        float(group["initial_lr"]) for group in _groups(scheduler)
    ]


def _groups(scheduler: Scheduler) -> Sequence[Mapping[str, float]]:
    return cast("Sequence[Mapping[str, float]]", getattr(scheduler.optimizer, "param_groups"))  # noqa: B009


def _names(scheduler: Scheduler, count: int, names: Sequence[str] | None) -> list[str]:
    """Return a distinct name for each group: as given, else its own, else its number."""
    given = (
        list(names)
        if names is not None
        else [str(g.get("name", i)) for i, g in enumerate(_groups(scheduler))]
    )
    if len(given) != count:
        raise ConversionError(f"expected {count} group names, got {len(given)}")
    return given if len(set(given)) == count else [str(i) for i in range(count)]
