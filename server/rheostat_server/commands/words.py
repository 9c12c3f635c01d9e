"""Commands in words, as the screen and the log show them. Pure."""

from __future__ import annotations

from rheostat_server.models import CommandRequest

__all__ = ["describe", "number"]


def number(value: float) -> str:
    """A number as people write it: ``0.5``, ``3e-4``, ``12000``."""
    mantissa, mark, exponent = f"{value:.6g}".partition("e")
    return mantissa + mark + (str(int(exponent)) if mark else "")


def describe(request: CommandRequest) -> str:
    """The command as a phrase, such as ``scale 0.5 on head for 200 steps``.

    Missing fields are left out: the phrase is for a request that `check` let pass.
    """
    words = [request.kind, *_action(request)]
    if request.groups is not None:
        words += ["on", " and ".join(request.groups)]
    if request.at_step is not None:
        words += ["from step", f"{request.at_step:,}"]
    if request.for_steps is not None:
        words += ["for", _steps(request.for_steps)]
    if request.until_step is not None:
        words += ["until step", f"{request.until_step:,}"]
    return " ".join(words)


def _action(request: CommandRequest) -> list[str]:
    words: list[str] = []
    if request.kind == "scale" and request.factor is not None:
        words.append(number(request.factor))
    if request.kind in ("hold", "ramp") and request.value is not None:
        start = [] if request.start is None else ["from", number(request.start)]
        words += [*start, *(["to"] if request.kind == "ramp" else []), number(request.value)]
    if request.kind == "swap" and request.schedule is not None:
        words += ["to", request.schedule]
        words += ["from here"] if request.from_here else []
        words += ["continuously"] if request.continuous else []
    if request.over:
        words += ["over", _steps(request.over)]
    if request.shape == "log":
        words += ["by equal ratios"]
    return words


def _steps(count: int) -> str:
    return f"{count:,} step" + ("" if count == 1 else "s")
