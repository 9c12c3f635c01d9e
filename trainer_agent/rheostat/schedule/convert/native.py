"""A schedule as code with torch's own scheduler classes, where each part has a twin and no quirk is hit."""

from __future__ import annotations

from math import inf
from typing import Unpack

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.program import Schedule, parse
from rheostat.schedule.tree.nodes import Plateau

from .outline import Run, Segment, outline
from .plateau import NAME, arguments

__all__ = ["to_torch_classes"]

_HEAD = '''"""A learning-rate schedule of torch's own classes, written by Rheostat."""

from torch.optim import lr_scheduler


def make_scheduler(optimizer):
    """Return a scheduler; step it {when}."""
    for group in optimizer.param_groups:
        if group["lr"] != {base!r}:
            raise ValueError(f"expected an optimizer with lr {base!r}, got {{group['lr']}}")
'''
# Longer than any run; torch needs a number.
_FOR_EVER = 10**9


def to_torch_classes(schedule: Schedule | str, **run: Unpack[Run]) -> str:
    """Write a schedule as a Python module whose ``make_scheduler(optimizer)`` uses torch's own classes.

    torch's recursive classes gather rounding, about 1e-13 of the peak in 10,000 steps.

    Raises BindError where the run has to supply more, ConversionError where a part has no twin: `to_torch`
    writes any schedule, as one LambdaLR.
    """
    found = parse(schedule) if isinstance(schedule, str) else schedule
    alone = found.program.parts[0] if len(found.program.parts) == 1 else None
    if isinstance(alone, Plateau) and alone.length is None:
        base = found.bind(**run).base
        made = f"lr_scheduler.{NAME}(optimizer{arguments(alone)})"
        return f"{_HEAD.format(base=base, when=f'with each new {alone.metric}')}    return {made}\n"
    plan, segments = outline(found, **run)
    base = plan.base if plan.base is not None else max(max(one.first, one.last) for one in segments)
    ended = _ended(segments)
    parts = [_class(one, base) for one in ended]
    head = _HEAD.format(base=base, when="once after each optimizer step")
    if len(parts) == 1:
        return f"{head}    return {parts[0]}\n"
    ends, at = [], 0.0
    for one in ended[:-1]:
        at += one.length
        ends.append(_whole(at))
    listed = "".join(f"        {part},\n" for part in parts)
    joined = f"lr_scheduler.SequentialLR(optimizer, parts, {ends!r})"
    return f"{head}    parts = [\n{listed}    ]\n    return {joined}\n"


def _ended(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Say the end of a cosine: torch's climbs back after it."""
    last = segments[-1]
    if last.shape == "cosine":
        return (*segments, Segment("hold", last.last, last.last, inf))
    return segments


def _class(one: Segment, base: float) -> str:
    from_base = one.first == base
    steps = _FOR_EVER if one.length == inf else _whole(one.length)
    match one.shape:
        case "hold" if one.first > 0 or one.length == inf:
            name, given = "ConstantLR", f"factor={one.first / base!r}, total_iters={steps}"
        case "linear" if 0 < one.first <= base and one.last <= base:
            name = "LinearLR"
            given = f"start_factor={one.first / base!r}, end_factor={one.last / base!r}, total_iters={steps}"
        case "cosine" if from_base:
            name, given = "CosineAnnealingLR", f"T_max={steps}, eta_min={one.last!r}"
        case "poly" if from_base and one.last == 0:
            name, given = "PolynomialLR", f"total_iters={steps}, power={one.args[0]!r}"
        case "drop every" if from_base:
            name, given = "StepLR", f"step_size={_whole(one.args[1])}, gamma={one.args[0]!r}"
        case "drop at" if from_base:
            times = [_whole(time) for time in one.args[1:]]
            name, given = "MultiStepLR", f"milestones={times!r}, gamma={one.args[0]!r}"
        case "decay" if from_base:
            name, given = "ExponentialLR", f"gamma={one.args[0] ** (1 / one.args[1])!r}"
        case _:
            raise ConversionError(
                f"torch has no class for {one.shape} from {one.first:g} to {one.last:g} "
                f"(base lr {base:g}): export it with to_torch"
            )
    return f"lr_scheduler.{name}(optimizer, {given})"


def _whole(value: float) -> int:
    if value != int(value):
        raise ConversionError(f"torch's classes count whole steps, not {value:g}: export it with to_torch")
    return int(value)
