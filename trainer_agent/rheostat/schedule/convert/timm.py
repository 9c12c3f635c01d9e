"""timm's schedulers as schedules, read from their attributes (timm 1.0.31). Imports no timm.

A step of the plan is a value of the ``t`` they are given: an epoch, or an update where ``t_in_epochs`` is
False. Values are those of timm's formulas; step 0 is the formula's too, although timm's constructor has
written the base lr there before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.program import Schedule
from rheostat.schedule.tree.nodes import spell

from .groups import named, written
from .piece import Piece, between, factor, finite, grouped, hold, joined, ramp, steps, within

__all__ = ["HOME", "WRITERS", "from_timm", "misplaced", "read"]

HOME = "timm.scheduler"
# How far a live scheduler is compared with what was written of it.
STEPS = 1000

Attributes = Mapping[str, object]


def from_timm(scheduler: object, *, names: Sequence[str] | None = None) -> Schedule:
    """Write what a live timm scheduler does as a schedule, its base lrs included.

    Raises ConversionError for noise, functions of your own, and what timm itself cannot calculate.
    """
    kind = type(scheduler)
    if not kind.__module__.startswith(HOME + "."):
        raise ConversionError(f"{kind.__module__}.{kind.__qualname__} is not one of timm.scheduler")
    attributes = dict(vars(scheduler))
    groups = cast("Sequence[Mapping[str, float]]", getattr(attributes["optimizer"], "param_groups"))  # noqa: B009
    bases = [float(base) for base in cast("Sequence[float]", attributes["base_values"])]
    texts = [
        read(kind.__name__, attributes, base, float(group.get("lr_scale", 1.0)))
        for base, group in zip(bases, groups, strict=True)
    ]
    lines = [text.split("\n", 1) for text in texts]
    heads = [float(head.removeprefix("base ")) for head, _ in lines]
    labels = named(groups, len(texts), names)
    schedule = written([curve for _, curve in lines], heads, labels)
    _verify(schedule, scheduler, heads, labels if len(heads) > 1 else [None])
    return schedule


def _verify(schedule: Schedule, scheduler: object, bases: list[float], names: Sequence[str | None]) -> None:
    """Compare a schedule with timm's own formula, which looks at attributes alone."""
    formula = cast("Callable[[int], list[float]]", getattr(scheduler, "_get_lr"))  # noqa: B009
    own = cast("Sequence[float]", getattr(scheduler, "base_values"))  # noqa: B009
    exempt = misplaced(vars(scheduler), STEPS)
    plans = [schedule.bind(group=name) for name in names]
    for t in range(STEPS):
        for plan, value, base, scaled in zip(plans, formula(t), own, bases, strict=True):
            wanted = value * scaled / base if base else value
            if t not in exempt and not abs(plan(t) - wanted) <= 1e-9 * max(scaled, wanted):
                raise ConversionError(
                    f"{type(scheduler).__name__} has lr {wanted:.6g} at {t}, by its attributes it should be "
                    f"{plan(t):.6g}: it does not follow its own formula"
                )


def read(name: str, attributes: Attributes, base: float, scale: float = 1.0) -> str:
    """Return the text of a scheduler, by the name of its class and its attributes, for one param group."""
    writer = WRITERS.get(name)
    if writer is None:
        raise ConversionError(f"timm's {name} is not read; {', '.join(WRITERS)} are")
    if attributes.get("noise_range_t") is not None:
        raise ConversionError(f"{name} adds noise to the lr: no words for that")
    one = _One(attributes, base, scale)
    body = writer(one)
    long = one.number("warmup_t")
    start = one.lr(one.number("warmup_lr_init"))
    prefix = bool(attributes.get("warmup_prefix", True))
    text = within(body, None, at_one=True)
    if long and prefix:
        text = joined([ramp("linear", start, "1x", long), body]).text
    elif long:
        end = one.lr(one.warm_end(name, long))
        # The curve runs from step 0 and is seen from the end of the warm-up on.
        text = (
            f"{{ linear {start} -> {end} for {steps(long)}; hold 0 }}"
            f" + {{ hold 0x for {steps(long)}; hold 1x }} * {{ {text} }}"
        )
    return f"base {spell(base * scale)}\n{text}"


def misplaced(attributes: Attributes, last: int) -> tuple[int, ...]:
    """Return the steps at which rounding makes timm start a geometric cycle one step late."""
    mul = float(cast("float", attributes.get("cycle_mul", 1.0)))
    if mul <= 1:
        return ()
    first = float(cast("float", attributes["t_initial"]))
    start = float(cast("float", attributes["warmup_t"])) if attributes.get("warmup_prefix") else 0.0
    found, at, n = [], first, 1
    while start + at <= last:
        if at == int(at) and math.floor(math.log(1 - at / first * (1 - mul), mul)) < n:
            found.append(int(start + at))
        at += first * mul**n
        n += 1
    return tuple(found)


class _One:
    """The attributes of a scheduler, for one param group."""

    def __init__(self, attributes: Attributes, base: float, scale: float) -> None:
        self.attributes, self.base, self.scale = attributes, base, scale

    def number(self, name: str) -> float:
        """Return an attribute as a number from 0 up."""
        return finite(self.attributes.get(name, 0.0), f"timm's {name}")

    def lr(self, value: float) -> str:
        """Spell a learning rate, in the group's scale."""
        return spell(value * self.scale)

    @property
    def floor(self) -> str:
        """The least lr, spelled."""
        return self.lr(self.number("lr_min"))

    def warm_end(self, name: str, long: float) -> float:
        """Return the lr a warm-up goes to that the curve lies under."""
        if name != "TanhLRScheduler":
            return self.base
        # Towards the curve's own value at its end.
        first, low = self.number("t_initial"), self.number("lr_min")
        if self.number("cycle_mul") != 1:
            raise ConversionError("a warm-up over a tanh in geometric cycles has no words")
        n, t = divmod(long, first)
        if n >= self.number("cycle_limit"):
            return low
        top = self.base * self.number("cycle_decay") ** int(n)
        lb, ub = (float(cast("float", self.attributes[name])) for name in ("lb", "ub"))
        return low + 0.5 * (top - low) * (1 - math.tanh(lb * (1 - t / first) + ub * t / first))


def _cosine(one: _One) -> Piece:
    k = one.number("k_decay")
    if k == 1:
        return _cycled(one, "cosine")
    return _cycled(one, f"(0.5 + 0.5 * cos({spell(math.pi)} * u^{spell(k)}))", curve=True)


def _poly(one: _One) -> Piece:
    k, power = one.number("k_decay"), one.number("power")
    if k == 1:
        return _cycled(one, f"poly({spell(power)})")
    return _cycled(one, f"(1 - u^{spell(k)})^{spell(power)}", curve=True)


def _tanh(one: _One) -> Piece:
    lb, ub = (float(cast("float", one.attributes[name])) for name in ("lb", "ub"))
    return _cycled(one, f"tanh({spell(lb)}, {spell(ub)})")


def _cycled(one: _One, shape: str, *, curve: bool = False) -> Piece:
    length, limit = one.number("t_initial"), int(one.number("cycle_limit"))
    mul, decay = one.number("cycle_mul"), one.number("cycle_decay")
    if mul < 1:
        raise ConversionError(f"timm's cycle_mul is {mul}: below 1 timm fails after a few cycles")
    if limit == 0:
        return hold(one.floor)
    low = one.number("lr_min")

    def body(start: str, end: str) -> str:
        if not curve:
            return f"{shape} {start} -> {end} for {steps(length)}"
        rising = start == "0"
        g = f"1 - {shape}" if rising else shape
        return f"{end if rising else start} * curve({g})x for {steps(length)}"

    if not curve and (limit == 1 or decay == 1 or low == 0):
        return joined([_over(body("1x", one.floor), limit, mul, decay), hold(one.floor)])
    falling = _over(_held(body("1x", "0"), curve, length), limit, mul, decay)
    if low == 0:
        return joined([Piece(grouped(falling.text), falling.length), hold("0")])
    # The peak shrinks from cycle to cycle and the floor does not: two curves, added.
    rising = _over(_held(body("0", one.floor), curve, length), limit, mul, 1.0)
    text = f"{{ {grouped(rising.text)} + {grouped(falling.text)} }}"
    return joined([Piece(f"{text} for {steps(falling.length or 0.0)}", falling.length), hold(one.floor)])


def _held(text: str, curve: bool, length: float) -> str:
    """Give a product its length as a whole."""
    return f"{{ {text} }} for {steps(length)}" if curve else text


def _over(body: str, count: int, mul: float, decay: float) -> Piece:
    length = float(body.rpartition(" ")[2])
    whole = length * count if mul == 1 else length * (mul**count - 1) / (mul - 1)
    if count == 1:
        return Piece(body, whole)
    stretch = "" if mul == 1 else f" stretch {spell(mul)}"
    shrink = "" if decay == 1 else f" shrink {factor(decay)}"
    return Piece(f"repeat {count}{stretch}{shrink} {{ {body} }}", whole)


def _step(one: _One) -> Piece:
    return Piece(f"drop {factor(one.number('decay_rate'))} every {steps(one.number('decay_t'))}")


def _multi_step(one: _One) -> Piece:
    # One step early; timm keeps that on purpose.
    times = [max(float(t) - 1, 0.0) for t in cast("Sequence[float]", one.attributes["decay_t"])]
    if not times:
        return hold("1x")
    return Piece(f"drop {factor(one.number('decay_rate'))} at {', '.join(spell(t) for t in times)}")


def _stable(one: _One) -> Piece:
    whole, fall = one.number("t_initial"), one.number("decay_t")
    kind, held = one.attributes["stable_fn"], whole - fall
    if one.number("lr_min") > one.base:
        raise ConversionError("timm's lr_min is above the base lr: no words for that")
    if kind == "constant":
        return joined([hold("1x", held), _fall(one, fall), hold(one.floor)])
    scale = one.number("stable_timescale")
    power = 0.5 if kind == "rsqrt" else one.number("stable_power")
    if one.base * (1 + whole / scale) ** -power < one.number("lr_min"):
        raise ConversionError("timm's stable phase falls to lr_min before its decay ends: no words for that")
    g = _share(one)
    text = (
        f"rsqrt({steps(scale)}) 1x" if power == 0.5 else f"curve((1 + t / {spell(scale)})^-{spell(power)})x"
    )
    shares = [hold("1x", held), Piece(f"curve({g})x for {steps(fall)}", fall), hold("0x")]
    falling = f"{grouped(text)} * {{ {joined(shares).text} }}"
    if one.number("lr_min") == 0:
        return Piece(falling)
    rising = [hold("0", held), Piece(f"{{ {one.floor} * curve(1 - ({g}))x }} for {steps(fall)}", fall)]
    return Piece(f"{falling} + {{ {joined([*rising, hold(one.floor)]).text} }}")


_PLAIN = {"linear": "linear", "1-sqrt": "sqrt", "cosine": "cosine"}


def _fall(one: _One, length: float) -> Piece:
    """Say the last phase, from the base lr to the least."""
    shape = _PLAIN.get(str(one.attributes["decay_fn"]))
    if shape is not None:
        return ramp(shape, "1x", one.floor, length)
    g = _share(one)
    falling = f"curve({g})x"
    if one.number("lr_min") == 0:
        return between(falling, length)
    return between(f"{falling} + {one.floor} * curve(1 - ({g}))x", length)


def _share(one: _One) -> str:
    """Return the formula of the last phase, from 1 to 0 over u."""
    kind = one.attributes["decay_fn"]
    if callable(kind):
        raise ConversionError("timm's decay_fn is a function of your own: what it does cannot be read")
    ratio, power = spell(one.number("decay_ratio")), spell(one.number("decay_power"))
    return {
        "linear": "1 - u",
        "1-sqrt": "1 - sqrt(u)",
        "cosine": f"0.5 + 0.5 * cos({spell(math.pi)} * u)",
        "power": f"1 - u^{power}",
    }.get(str(kind), f"({ratio}^u - {ratio}) / (1 - {ratio})")


WRITERS: Mapping[str, Callable[[_One], Piece]] = {
    "CosineLRScheduler": _cosine,
    "MultiStepLRScheduler": _multi_step,
    "PolyLRScheduler": _poly,
    "StepLRScheduler": _step,
    "TanhLRScheduler": _tanh,
    "WSDLRScheduler": _stable,
}
