"""What the functions behind transformers.get_scheduler do, by name and keywords (transformers 5.23)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rheostat.schedule.diagnostics import ConversionError
from rheostat.schedule.tree.nodes import spell

from .cycles import wave
from .piece import Piece, between, factor, finite, hold, joined, ramp, steps

__all__ = ["HOME", "misplaced", "read"]

HOME = "transformers.optimization"
_WARMUPS = {"linear": "linear 0x -> 1x", "cosine": "cosine 0x -> 1x"}


class _Given:
    """The keywords a function was bound to, as numbers."""

    def __init__(self, name: str, given: Mapping[str, object]) -> None:
        self.name, self.given = name, given

    def number(self, key: str, default: float | None = None) -> float:
        """Return a keyword as a number from 0 up."""
        if self.given.get(key) is None and default is not None:
            return default
        return finite(self.given.get(key), f"{self.name}({key}=)")

    @property
    def warmup(self) -> float:
        """Steps of the warm-up."""
        return self.number("num_warmup_steps")

    @property
    def decay(self) -> float:
        """Steps from the end of the warm-up to the nominal end, at least 1 as in transformers."""
        return max(1.0, finite(self.given.get("num_training_steps"), "num_training_steps") - self.warmup)

    @property
    def rise(self) -> Piece:
        """The warm-up that all but two share."""
        return ramp("linear", "0", "1x", self.warmup)


def _constant(given: _Given, window: float | None) -> Piece:  # noqa: ARG001
    return Piece("hold 1x")


def _warmup(given: _Given, window: float | None) -> Piece:  # noqa: ARG001
    return joined([given.rise, hold("1x")])


def _linear(given: _Given, window: float | None) -> Piece:  # noqa: ARG001
    past = given.warmup >= given.number("num_training_steps")
    # With no steps left to fall, the lr falls at once.
    return joined([given.rise, hold("0") if past else ramp("linear", "1x", "0", given.decay)])


def _cosine(given: _Given, window: float | None) -> Piece:
    cycles, floor = given.number("num_cycles"), given.number("min_lr_rate", 0.0)
    if cycles == 0:
        return joined([given.rise, hold("1x")])
    left = None if window is None else window - given.warmup
    return joined([given.rise, wave("cosine", "1x", factor(floor), given.decay / (2 * cycles), left)])


def _restarts(given: _Given, window: float | None) -> Piece:  # noqa: ARG001
    cycles, decay = given.number("num_cycles"), given.decay
    if cycles == 0:
        return joined([given.rise, hold("1x", decay), hold("0")])
    if cycles == 1:
        return joined([given.rise, ramp("cosine", "1x", "0", decay)])
    if cycles == int(cycles):
        # Sharing one length, the cycles end where transformers' do, to the bit.
        return joined([given.rise, between(f"repeat {int(cycles)} {{ cosine 1x -> 0 }}", decay)])
    body = f"repeat forever {{ cosine 1x -> 0 for {steps(decay / cycles)} }}"
    return joined([given.rise, between(body, decay), hold("0")])


def _polynomial(given: _Given, window: float | None) -> Piece:  # noqa: ARG001
    end, initial = given.number("lr_end"), given.number("lr_init")
    if given.warmup == given.number("num_training_steps"):
        raise ConversionError("the polynomial schedule divides by zero where the warm-up is the whole run")
    floor = factor(end / initial)
    if given.warmup > given.number("num_training_steps"):
        return joined([given.rise, hold(floor)])
    power = given.number("power")
    if power == 0:
        return joined([given.rise, hold("1x", given.decay + 1), hold(floor)])
    return joined([given.rise, ramp(f"poly({spell(power)})", "1x", floor, given.decay)])


def _inverse_sqrt(given: _Given, window: float | None) -> Piece:  # noqa: ARG001
    scale = given.number("timescale")
    if scale == 0:
        raise ConversionError("inverse_sqrt with timescale 0 divides by zero")
    return joined([given.rise, Piece(f"rsqrt({steps(scale)}) 1x")])


def _warmup_min_lr(given: _Given, window: float | None) -> Piece:
    # The warm-up ends, and the cosine starts, one step earlier than elsewhere.
    long = given.warmup
    floor, cycles, decay = given.number("min_lr_rate", 0.0), given.number("num_cycles"), given.decay
    first = given.given.get("warmup_lr_rate")
    start = 1 / max(1.0, long) if first is None else finite(first, "warmup_lr_rate")
    half = decay / (2 * cycles) if cycles else 0.0
    if not cycles:
        return joined([ramp("linear", factor(start), "1x", long - 1), hold("1x")])
    if long == 1 and start != 1:
        return joined([hold(factor(start), 1), _late(floor, cycles, decay)])
    if long == 0:
        return _late(floor, cycles, decay)
    left = None if window is None else window - long + 1
    return joined(
        [ramp("linear", factor(start), "1x", long - 1), wave("cosine", "1x", factor(floor), half, left)]
    )


def _late(floor: float, cycles: float, decay: float) -> Piece:
    """Say a cosine that is entered one step after its start, as it is without a warm-up."""
    wave = f"(0.5 + 0.5 * cos(pi * {spell(2 * cycles)} * (t + 1) / {steps(decay)}))"
    return Piece(f"curve({spell(floor)} + {spell(1 - floor)} * {wave})x" if floor else f"curve({wave})x")


def _stable(given: _Given, window: float | None) -> Piece:  # noqa: ARG001
    low = given.number("min_lr_ratio")
    long, held, fall = (given.number(f"num_{name}_steps") for name in ("warmup", "stable", "decay"))
    floor, cycles = factor(low), given.number("num_cycles")
    pieces = []
    if given.given["warmup_type"] == "1-sqrt":
        # 1 - sqrt(1 - u) is the mirror of a root: what is left of 1 when a root's power is taken away.
        pieces.append(_mirrored(low, long))
    else:
        pieces.append(ramp(str(given.given["warmup_type"]), floor, "1x", long))
    if held:
        pieces.append(hold("1x", held))
    kind = given.given["decay_type"]
    if fall and kind == "cosine" and cycles != 0.5:
        turns = "hold 1x" if cycles == 0 else wave("cosine", "1x", floor, fall / (2 * cycles), None).text
        pieces.append(between(turns, fall))
    elif fall:
        pieces.append(ramp({"1-sqrt": "sqrt"}.get(str(kind), str(kind)), "1x", floor, fall))
    return joined([*pieces, hold(floor)])


def _mirrored(low: float, length: float) -> Piece:
    """Say low + (1 - low)(1 - sqrt(1 - u)) = 1 - (1 - low) sqrt(1 - u): poly(0.5) from low to 1."""
    return ramp("poly(0.5)", factor(low), "1x", length)


_READERS: Mapping[str, Callable[[_Given, float | None], Piece]] = {
    "_get_constant_lambda": _constant,
    "_get_constant_schedule_with_warmup_lr_lambda": _warmup,
    "_get_linear_schedule_with_warmup_lr_lambda": _linear,
    "_get_cosine_schedule_with_warmup_lr_lambda": _cosine,
    "_get_cosine_with_hard_restarts_schedule_with_warmup_lr_lambda": _restarts,
    "_get_polynomial_decay_schedule_with_warmup_lr_lambda": _polynomial,
    "_get_inverse_sqrt_schedule_lr_lambda": _inverse_sqrt,
    "_get_cosine_with_min_lr_schedule_with_warmup_lr_rate_lambda": _warmup_min_lr,
    "_get_wsd_scheduler_lambda": _stable,
}


def read(name: str, keywords: Mapping[str, object], window: float | None) -> Piece:
    """Say what a function of transformers does. Raises ConversionError for one that is not known."""
    reader = _READERS.get(name)
    if reader is None:
        raise ConversionError(f"{HOME}.{name} is not a schedule that is known here")
    return reader(_Given(name, keywords), window)


def misplaced(name: str, keywords: Mapping[str, object]) -> tuple[int, ...]:
    """Return the steps at which rounding makes transformers restart one step late (cosine_with_restarts)."""
    if name != "_get_cosine_with_hard_restarts_schedule_with_warmup_lr_lambda":
        return ()
    given = _Given(name, keywords)
    cycles, decay, start = given.number("num_cycles"), given.decay, given.warmup
    found = []
    for k in range(1, min(int(cycles) + 1, 10_000)):
        t = round(start + k * decay / cycles)
        share = (t - start) / decay
        if share < 1 and abs(k - cycles * share) < 1e-9 and (cycles * share) % 1.0 > 0.5:
            found.append(t)
    return tuple(found)
