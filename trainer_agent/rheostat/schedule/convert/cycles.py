"""What torch's cosines, restarts, cycles and anneals do, in words of the language (torch 2.13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.tree.nodes import spell

from .classes import Ask, Reader, Scheduler, attribute, groups, number, whole
from .piece import Piece, factor, finite, joined, ramp, steps

__all__ = ["CYCLES", "wave"]


def wave(shape: str, top: str, floor: str, half: float, window: float | None) -> Piece:
    """Say a curve that goes down and up for ever, or down alone where no more of it is seen."""
    if window is not None and window <= half:
        return ramp(shape, top, floor, half)
    return Piece(
        f"repeat forever {{ {shape} {top} -> {floor} for {steps(half)}; {shape} -> {top} for {steps(half)} }}"
    )


def _cosine(scheduler: Scheduler, ask: Ask) -> Piece:
    floor, length = spell(number(scheduler, "eta_min")), whole(scheduler, "T_max")
    if length == 0:
        raise ConversionError("CosineAnnealingLR.T_max is 0: it divides by zero")
    # After T_max torch's cosine climbs back, with period 2 T_max.
    return wave("cosine", "1x", floor, length, ask.window)


def _restarts(scheduler: Scheduler, ask: Ask) -> Piece:  # noqa: ARG001
    floor, first = spell(number(scheduler, "eta_min")), whole(scheduler, "T_0")
    mult = whole(scheduler, "T_mult")
    stretch = f" stretch {mult}" if mult != 1 else ""
    return Piece(f"repeat forever{stretch} {{ cosine 1x -> {floor} for {first} }}")


def _cyclic(scheduler: Scheduler, ask: Ask) -> Piece:
    if attribute(scheduler, "_scale_fn_custom") is not None:
        raise ConversionError("CyclicLR has a scale_fn of its own: what it does cannot be read")
    low = _each(scheduler, "base_lrs", ask.group)
    high = _each(scheduler, "max_lrs", ask.group)
    total, ratio = number(scheduler, "total_size"), number(scheduler, "step_ratio")
    up, down = steps(total * ratio), steps(total - total * ratio)
    if ratio in {0.0, 1.0}:
        raise ConversionError("CyclicLR with a side of 0 steps divides by zero")
    mode = attribute(scheduler, "mode")
    body = f"linear {spell(low)} -> {spell(high)} for {up}; linear -> {spell(low)} for {down}"
    if low == high:
        return Piece(f"hold {spell(low)}", absolute=True)
    if mode == "triangular2":
        return Piece(f"repeat forever shrink 0.5x toward {spell(low)} {{ {body} }}", absolute=True)
    gamma = number(scheduler, "gamma")
    if mode == "triangular" or gamma == 1:
        return Piece(f"repeat forever {{ {body} }}", absolute=True)
    if gamma == 0:
        raise ConversionError("CyclicLR with gamma 0 has no cycles")
    sign = "+" if high > low else "-"
    height = spell(abs(high - low))
    teeth = f"repeat forever {{ linear 0 -> {height} for {up}; linear -> 0 for {down} }}"
    text = f"{teeth} * decay {factor(gamma)} every 1"
    return Piece(text if low == 0 else f"{spell(low)} {sign} {text}", absolute=True)


def _one_cycle(scheduler: Scheduler, ask: Ask) -> Piece:
    group = groups(scheduler)[ask.group]
    name = type(scheduler).__name__
    phases = cast("Sequence[Mapping[str, object]]", attribute(scheduler, "_schedule_phases"))
    shape = "cosine" if attribute(scheduler, "_anneal_func_type") == "cos" else "linear"
    peak = finite(group["max_lr"], f"{name} max_lr")
    found: list[Piece] = []
    at = 0.0
    for phase in phases:
        end = float(cast("float", phase["end_step"]))
        if end <= at:
            raise ConversionError(
                f"{name} has a phase that ends at step {end:g}, no later than it starts: "
                "it divides by zero or runs backwards"
            )
        ends = [finite(group[str(phase[side])], f"{name} {side}") for side in ("start_lr", "end_lr")]
        start, to = [factor(v / peak) for v in ends] if not ask.inside else [spell(v) for v in ends]
        found.append(ramp(shape, start, to, end - at))
        at = end
    piece = joined(found)
    return Piece(piece.text, piece.length, absolute=True)


def _swa(scheduler: Scheduler, ask: Ask) -> Piece:
    group = groups(scheduler)[ask.group]
    target = spell(finite(group["swa_lr"], "SWALR.swa_lr"))
    length = whole(scheduler, "anneal_epochs")
    shape = "cosine" if attribute(scheduler, "_anneal_strategy") == "cos" else "linear"
    if ask.inside and ask.stands is None:
        raise ConversionError(
            "SWALR goes on from where the part before stood one step earlier: "
            "after a part that moves, that has no words"
        )
    if length == 0:
        return Piece(f"hold {target}")
    start = factor(1.0 if ask.stands is None else ask.stands)
    return ramp(shape, start, target, length)


def _each(scheduler: Scheduler, name: str, group: int) -> float:
    values = cast("Sequence[object]", attribute(scheduler, name))
    return finite(values[group], f"{type(scheduler).__name__}.{name}")


CYCLES: Mapping[str, Reader] = {
    "CosineAnnealingLR": _cosine,
    "CosineAnnealingWarmRestarts": _restarts,
    "CyclicLR": _cyclic,
    "OneCycleLR": _one_cycle,
    "SWALR": _swa,
}
