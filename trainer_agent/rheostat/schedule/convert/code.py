"""A schedule as Python code for torch that needs no Rheostat: closed forms, no state."""

from __future__ import annotations

from collections.abc import Sequence

from rheostat.schedule.curve.arith import log2
from rheostat.schedule.curve.beats import Even, Stretched
from rheostat.schedule.curve.calculation import Calculated
from rheostat.schedule.curve.combine import Products, Sums
from rheostat.schedule.curve.combine import Sequence as InTurn
from rheostat.schedule.curve.curves import Curve, Decay, Expo, Flat, Ramp, RootDecay
from rheostat.schedule.curve.cycles import Cycles
from rheostat.schedule.curve.levels import Clipped, Levels
from rheostat.schedule.curve.stairs import Stairs, StairsAt
from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.events import Tape
from rheostat.schedule.plan import Plan
from rheostat.schedule.program import Schedule, parse

from .formula_code import HELPERS, calculated

__all__ = ["to_torch"]

_HEAD = '''"""A learning-rate schedule for torch, written by Rheostat. It needs torch and nothing else.

{text}
"""

import math
from bisect import bisect_right

from torch.optim.lr_scheduler import LambdaLR

'''

_TAIL = '''

def make_scheduler(optimizer):
    """Return a LambdaLR that sets the lr of each param group; step it once after each optimizer step."""
    curves = {curves}
    groups = optimizer.param_groups
    if len(curves) == 1:
        curves = curves * len(groups)
    if len(curves) != len(groups):
        raise ValueError(f"expected {{len(curves)}} param groups, got {{len(groups)}}")
    bases = [float(group.get("initial_lr", group["lr"])) for group in groups]
    if not all(bases):
        raise ValueError("a param group has lr 0: LambdaLR multiplies it, so it must be above 0")
    return LambdaLR(optimizer, [lambda t, f=f, b=b: f(t) / b for f, b in zip(curves, bases)])
'''


def to_torch(
    schedule: Schedule | str,
    *,
    base: float | None = None,
    total: int | None = None,
    epoch: float | None = None,
    step_tokens: float | None = None,
    groups: Sequence[str] | None = None,
    tape: Tape | None = None,
) -> str:
    """Write a schedule as a Python module with ``make_scheduler(optimizer)`` returning a LambdaLR.

    ``groups`` names the optimizer's param groups in their order; left out, those of the text in theirs. The
    curve agrees with the plan to about 1e-13; the lrs the optimizer was made with do not matter. What waits
    for events (a plateau, a cue) has code only as it went: with a ``tape`` of them, as `Plan.record` gives.

    Raises BindError where the run has to supply more, ConversionError where the text has no code.
    """
    found = parse(schedule) if isinstance(schedule, str) else schedule
    named: Sequence[str | None] = groups or found.groups or [None]
    writer = _Writer()
    tops = []
    for name in named:
        plan = found.bind(base, total, epoch, step_tokens, name, tape=tape or Tape())
        if tape is None:
            _check(plan)
        tops.append(writer.function(plan.curve))
    text = str(found).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    text = "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
    indented = "\n".join(f"    {line}" for line in text.split("\n"))
    return (
        _HEAD.format(text=indented)
        + (HELPERS if writer.calculates else "")
        + "\n\n".join(writer.functions)
        + _TAIL.format(curves=f"[{', '.join(tops)}]")
    )


def _check(plan: Plan) -> None:
    """Refuse what answers to events still to come: code without state cannot."""
    what = "a plateau, which follows a metric" if plan.watches else "a part that waits for a cue"
    if plan.watches or plan.cues:
        raise ConversionError(
            f"this schedule has {what}: no closed form has that. Run it with ScheduleLR, "
            "or give the tape of a run to write what it did"
        )


class _Writer:
    """Writes one function for each curve; equal ones share it."""

    def __init__(self) -> None:
        self.calculates = False
        self.functions: list[str] = []
        self._known: dict[str, str] = {}

    def function(self, curve: Curve) -> str:
        """Write a curve as a function of local time and return the function's name."""
        body = self._body(curve)
        name = self._known.get(body)
        if name is None:
            name = f"_lr_{len(self.functions)}"
            self._known[body] = name
            self.functions.append(f"\ndef {name}(t):\n    {body}")
        return name

    def _body(self, curve: Curve) -> str:  # noqa: PLR0911, PLR0912 - one for each curve
        match curve:
            case Flat():
                return f"return {curve.value!r}"
            case Ramp():
                return _ramp(curve)
            case Expo():
                rate = log2(curve.end) - log2(curve.start)
                return (
                    f"return {curve.end!r} if t >= {curve.span!r} else "
                    f"{curve.start!r} * 2.0 ** (t / {curve.span!r} * {rate!r})"
                )
            case RootDecay():
                return f"return {curve.start!r} / math.sqrt(1.0 + t / {curve.tau!r})"
            case Decay():
                rate = log2(curve.factor) * curve.every.q / curve.every.p
                return f"return {curve.start!r} * 2.0 ** min(t * {rate!r}, 400.0)"
            case Stairs():
                n = f"t * {curve.every.q!r} // {curve.every.p!r}"
                return f"return {curve.start!r} * {curve.factor!r} ** {_bounded(curve.factor, n)}"
            case StairsAt():
                return f"return {curve.start!r} * {curve.factor!r} ** bisect_right({curve.times!r}, t)"
            case Levels():
                return f"return {curve.values!r}[bisect_right({curve.times!r}, t)]"
            case Calculated():
                self.calculates = True
                return calculated(curve)
            case Clipped():
                return f"return min(max({self.function(curve.of)}(t), {curve.low!r}), {curve.high!r})"
            case InTurn():
                return self._in_turn(curve)
            case Cycles():
                return self._cycles(curve)
            case Products():
                return "return " + " * ".join(f"{self.function(part)}(t)" for part in curve.of)
            case Sums():
                terms = [f"{self.function(part)}(t)" for part in curve.of]
                signs = ["+" if sign > 0 else "-" for sign in curve.signs]
                rest = "".join(f" {sign} {term}" for sign, term in zip(signs, terms[1:], strict=True))
                return f"return max({terms[0]}{rest}, 0.0)"
            case _:
                raise ConversionError(f"no code for {type(curve).__name__}")

    def _in_turn(self, curve: InTurn) -> str:
        names = [self.function(part) for part in curve.curves]
        return (
            f"starts = {curve.starts!r}\n"
            f"    i = bisect_right(starts, t) - 1\n"
            f"    return ({', '.join(names)},)[i](t - starts[i])"
        )

    def _cycles(self, curve: Cycles) -> str:
        first, rest = self.function(curve.first), self.function(curve.rest)
        lines = [*_beat(curve), f"value = {first}(local) if n == 0 else {rest}(local)"]
        if curve.gain != 1.0:
            lines.append(f"value *= {curve.gain!r} ** {_bounded(curve.gain, 'n')}")
        if curve.shrink != 1.0:
            power = f"{curve.shrink!r} ** {_bounded(curve.shrink, 'n')}"
            lines.append(f"value = max({curve.toward!r} + (value - {curve.toward!r}) * {power}, 0.0)")
        return "\n    ".join([*lines, "return value"])


def _beat(curve: Cycles) -> list[str]:
    match curve.beat:
        case Even(clock):
            return [
                f"n = t * {clock.q!r} // {clock.p!r}",
                f"local = max(t - n * {clock.p!r} / {clock.q!r}, 0.0)",
            ]
        case Stretched(table, sizes):
            return [
                f"starts = {table!r}",
                "n = bisect_right(starts, t) - 1",
                f"local = (t - starts[n]) / {sizes!r}[n]",
            ]
        case _:
            raise ConversionError(f"no code for {type(curve.beat).__name__}")


def _bounded(factor: float, exponent: str) -> str:
    # A growing power overflows in Python; the plan stops growing long before.
    return f"({exponent})" if factor <= 1 else f"min({exponent}, {int(300 / max(log2(factor), 0.3))})"


def _ramp(curve: Ramp) -> str:
    u = f"t / {curve.span!r}"
    match curve.shape:
        case "linear":
            g = "1.0 - u"
        case "cosine":
            g = "(1.0 + math.cos(math.pi * u)) / 2.0"
        case "poly":
            g = f"(1.0 - u) ** {curve.args[0]!r}"
        case "sqrt":
            g = "1.0 - math.sqrt(u)"
        case "halving":
            g = "2.0 * 0.5**u - 1.0"
        case "tanh":
            low, high = curve.args
            g = f"(1.0 - math.tanh({low!r} * (1.0 - u) + {high!r} * u)) / 2.0"
        case _:
            raise ConversionError(f"no code for {curve.shape}")
    return (
        f"if t >= {curve.span!r}:\n        return {curve.end!r}\n"
        f"    u = {u}\n    g = {g}\n    return {curve.start!r} * g + {curve.end!r} * (1.0 - g)"
    )
