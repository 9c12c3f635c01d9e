"""What torch's SequentialLR and ChainedScheduler do with their parts (torch 2.13)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from rheostat.schedule.diagnostics import ConversionError

from .classes import READERS, Ask, Reader, Scheduler, attribute, class_name, groups
from .cycles import CYCLES
from .functions import FUNCTIONS
from .piece import Piece, grouped, within

__all__ = ["ALL", "base", "piece", "reach"]

# They multiply the lr that stands in the group, so that several of them make a product.
_MULTIPLY = frozenset(READERS) | {"MultiplicativeLR", "CosineAnnealingLR"}


def piece(scheduler: Scheduler, ask: Ask) -> Piece:
    """Say what a scheduler does. Raises ConversionError, with the reason, where that has no words."""
    name = class_name(scheduler)
    reader = ALL.get(name)
    if reader is None:
        raise ConversionError(f"{name} is not read; {', '.join(sorted(ALL))} and ReduceLROnPlateau are")
    return reader(scheduler, ask)


def parts(scheduler: object) -> Sequence[Scheduler]:
    """Return the parts of a composite."""
    return cast("Sequence[Scheduler]", attribute(scheduler, "_schedulers"))


def base(scheduler: Scheduler, group: int) -> float:
    """Return the lr that the text's factors multiply."""
    name = type(scheduler).__name__
    if name == "OneCycleLR" and groups(scheduler)[group]["max_lr"]:
        return float(groups(scheduler)[group]["max_lr"])
    if name in {"SequentialLR", "ChainedScheduler"}:
        return _first_base(scheduler, group)
    known = cast("Sequence[float]", getattr(scheduler, "base_lrs", ()))
    return float(known[group] if known else groups(scheduler)[group]["initial_lr"])


def _first_base(scheduler: Scheduler, group: int) -> float:
    """Return the base lr of the first part that has one; parts built later may have written it anew."""
    first = parts(scheduler)[0]
    if type(first).__name__ in _MULTIPLY:
        return float(groups(scheduler)[group]["initial_lr"])
    return base(first, group)


def reach(scheduler: Scheduler) -> int | None:
    """Return the last step at which a scheduler has a value of its own; None where there is none."""
    name = type(scheduler).__name__
    if name == "OneCycleLR":
        return int(cast("int", attribute(scheduler, "total_steps"))) - 1
    if name == "SequentialLR":
        last = reach(parts(scheduler)[-1])
        starts = _milestones(scheduler)
        return None if last is None else last + (starts[-1] if starts else 0)
    if name == "ChainedScheduler":
        return min((r for r in map(reach, parts(scheduler)) if r is not None), default=None)
    return None


def _milestones(scheduler: Scheduler) -> list[int]:
    return [int(m) for m in cast("Sequence[int]", attribute(scheduler, "_milestones"))]


def _sequential(scheduler: Scheduler, ask: Ask) -> Piece:
    of, milestones = parts(scheduler), _milestones(scheduler)
    if milestones != sorted(milestones) or min(milestones, default=0) < 0:
        raise ConversionError(f"SequentialLR has milestones out of order: {milestones}")
    # torch's own quirk: as the first part of another, its clock runs one step ahead of its parts, and of
    # a third one two.
    milestones = [max(m - ask.inside, 0) for m in milestones]
    reached = milestones[-1] if milestones else 0
    ends = [*milestones, None if ask.window is None else max(ask.window, reached)]
    lines: list[str] = []
    at: float = 0
    stands: float | None = 1.0
    for i, (part, end) in enumerate(zip(of, ends, strict=True)):
        window = None if end is None else end - at
        if window != 0:
            one = piece(part, Ask(window, ask.group, ask.inside + 1, stands))
            _check(scheduler, part, one, i, ask.group)
            lines.append(within(one, None if part is of[-1] else window, at_one=stands == 1.0))
            stands = _stands(one, window)
        at = end if end is not None else at
    return Piece("\n".join(lines))


def _check(whole: Scheduler, part: Scheduler, one: Piece, position: int, group: int) -> None:
    name = type(part).__name__
    if position and name in {"SequentialLR", "ChainedScheduler"}:
        raise ConversionError(f"{name} as a later part of SequentialLR: torch fails at its milestone")
    if one.absolute or name in {"SequentialLR", "SWALR"}:
        return
    found = (
        float(groups(part)[group]["initial_lr"]) if not position and name in _MULTIPLY else base(part, group)
    )
    if found != base(whole, group):
        raise ConversionError(
            f"the parts of SequentialLR have different base lrs: "
            f"{base(whole, group):.6g} and {found:.6g} ({name})"
        )


def _stands(one: Piece, window: float | None) -> float | None:
    """Return the factor a piece leaves behind, where that is known without working it out."""
    if window is None or one.length is None or window < one.length:
        return None
    return one.end if window == one.length or one.then == "hold" else 1.0


def _chained(scheduler: Scheduler, ask: Ask) -> Piece:
    of = list(_links(scheduler))
    names = [class_name(part) for part in of]
    if "SequentialLR" in names and len(of) > 1:
        raise ConversionError(
            "SequentialLR in a ChainedScheduler multiplies with the others up to its next milestone "
            "and sets the lr anew there: no words for that"
        )
    setters = [i for i, name in enumerate(names) if name not in _MULTIPLY]
    if setters:
        last = setters[-1]
        if last != len(of) - 1:
            raise ConversionError(
                f"in this ChainedScheduler {names[last]} sets the lr anew at each step, and what "
                f"{names[-1]} multiplies behind it lasts for one step: no words for that"
            )
        # Whatever the others do, the last has the last word.
        return piece(of[-1], ask)
    found = []
    for part, name in zip(of, names, strict=True):
        if name == "CosineAnnealingLR":
            _check_cosine(part, ask)
        found.append(grouped(_whole(piece(part, ask))))
    return Piece(" * ".join(found), anchored=False)


def _links(chain: Scheduler) -> Iterator[Scheduler]:
    """Go through the parts of a ChainedScheduler, and of those in it, in the order they are stepped in."""
    for part in parts(chain):
        if class_name(part) == "ChainedScheduler":
            yield from _links(part)
        else:
            yield part


def _check_cosine(part: Scheduler, ask: Ask) -> None:
    if attribute(part, "eta_min"):
        raise ConversionError(
            "CosineAnnealingLR with eta_min in a ChainedScheduler is no factor of the others"
        )
    top = float(cast("float", attribute(part, "T_max")))
    if ask.window is None or ask.window > top + 1:
        raise ConversionError(
            f"CosineAnnealingLR in a ChainedScheduler climbs back after T_max without regard to the others: "
            f"give total={top + 1:g} or less"
        )


def _whole(one: Piece) -> str:
    return within(one, None, at_one=True)


ALL: Mapping[str, Reader] = {
    **READERS,
    **CYCLES,
    **FUNCTIONS,
    "ChainedScheduler": _chained,
    "SequentialLR": _sequential,
}
