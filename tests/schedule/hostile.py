"""Texts made to hurt, at random from a seed: valid ones damaged, noise, towers of blocks, extreme numbers."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

import numpy as np

from rheostat.schedule import BindError, Plan, ScheduleError, parse, presets
from rheostat.schedule.binding.context import Supplied
from rheostat.schedule.checking import elsewhere

from .test_programs_of_the_field import PROGRAMS

__all__ = ["RUNS", "outcome", "texts"]

PIXELS = 2000
# What a run may say of itself: a usual one, a short, one of a trillion steps, one that says little.
RUNS = (
    Supplied(1e-3, 1_000_000, 500),
    Supplied(0.1, 10_000, 97, 4096),
    Supplied(1.0, 10**12, 10**6),
    Supplied(1e-3),
)

SEEDS = (*PROGRAMS, *(preset.text for preset in presets()))
NUMBERS = (
    "0", "1", "2", "3", "7", "1e-9", "5e-324", "1e-320", "1e-300", "1e30", "1e31", "1e308", "1e309",
    "1" * 400, "0.1", "0.3333333333333333", "0.9999999999999999", "1e12", "1e18", "9007199254740993",
    "1000000000001",
    "1_000", "100000", "1.1", "1.0000001", "64", "999", "00", ".5", "5.",
)  # fmt: skip
UNITS = ("", "", "", "x", "x", "%", "fr", "ep", "st", "tok", "sp", "k", "M", "B", "Btok", "Mep", "K", "e")
RAMPS = ("linear", "cosine", "poly(2)", "poly(0.3)", "sqrt", "halving", "tanh(-7, 3)")
SHAPES = ("hold", "linear", "cosine", "expo", "poly(2)", "poly(0.3)", "sqrt", "halving", "tanh(-7, 3)")
# What makes every unit known.
SAID = "total 1M\nepoch 777\nstep 3ktok\n"
WORDS = (
    *SHAPES, "rsqrt(100)", "drop", "decay", "every", "at", "for", "until", "@go", "repeat", "forever",
    "stretch", "shrink", "toward", "keys", "curve", "plateau", "loss", "main", "clip", "inclusive",
    "base", "group",
    "total", "epoch", "step", "{", "}", "(", ")", "[", "]", "..", "->", ";", "\n", "#", ":", ",", "=",
    "*", "+",
    "-", "/", "^", '"', "\\", "min", "exp", "log", "t", "u", "T", "N", "i", "n",
)  # fmt: skip
_PIECES = re.compile(r"\s+|(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?(?:[A-Za-z]+|%)?|\w+|[^\w\s]")
_DIGITS = re.compile(r"[\d.]+(?:e-?\d+)?")


def outcome(text: str, run: Supplied) -> str:
    """Take a text all the way to what the design page shows, as the server does: read, analysed, drawn.

    Returns "drawn", "refused" or "not bound"; raises AssertionError for a curve or a refusal that is none.
    """
    refused: ScheduleError
    try:
        schedule = parse(text)
        group = schedule.groups[0] if schedule.groups else None
        plan = schedule.bind(run.base, run.total, run.epoch, run.step_tokens, group)
    except ScheduleError as error:
        refused = error
    else:
        elsewhere(schedule, group, run.base, run.total, run.epoch)
        return _drawn(plan)
    assert refused.diagnostics
    return "not bound" if isinstance(refused, BindError) else "refused"


def _drawn(plan: Plan) -> str:
    figures, handles = plan.analyse(), plan.handles()
    _, values = plan.sample(0, plan.horizon, PIXELS)
    assert len(values) <= 2 * PIXELS + 64
    assert np.isfinite(values).all()
    assert float(values.min()) >= 0.0
    assert np.isfinite([handle.lr for handle in handles]).all()
    assert np.isfinite([figures.minimum, figures.maximum, figures.area]).all()
    return "drawn"


def texts(seed: int, count: int) -> Iterator[tuple[str, str]]:
    """Yield so many texts, each with the name of its kind."""
    rng = random.Random(seed)
    kinds = list(_KINDS.items())
    for number in range(count):
        name, make = kinds[number % len(kinds)]
        yield name, make(rng)


def _number(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return f"{rng.choice(NUMBERS)}"
    return f"{10 ** rng.uniform(-10, 14):.{rng.randint(1, 6)}g}"


def _mutated(rng: random.Random) -> str:
    pieces = _PIECES.findall(rng.choice(SEEDS))
    for _ in range(rng.choice((1, 1, 2, 6))):
        at = rng.randrange(len(pieces) or 1)
        match rng.randrange(10):
            case 0:
                del pieces[at : at + rng.randint(1, 3)]
            case 1:
                pieces[at:at] = pieces[at : at + rng.randint(1, 20)] * rng.choice((1, 1, 2, 30))
            case 2:
                pieces.insert(at, rng.choice(WORDS))
            case 3:
                pieces[at : at + 1] = [_number(rng) + rng.choice(UNITS)]
            case 4:
                other = _PIECES.findall(rng.choice(SEEDS))
                pieces[at:at] = [" ", *other[: rng.randint(1, len(other))]]
            case _:
                numbers = [k for k, piece in enumerate(pieces) if piece[0].isdigit()]
                if numbers:
                    chosen = rng.choice(numbers)
                    unit = _DIGITS.sub("", pieces[chosen], count=1)
                    pieces[chosen] = _number(rng) + rng.choice((unit, unit, unit, rng.choice(UNITS)))
    return "".join(pieces)


def _noise(rng: random.Random) -> str:
    size = rng.choice((1, 10, 100, 2000, 16_000))
    match rng.randrange(3):
        case 0:
            return rng.randbytes(size).decode("latin-1")
        case 1:
            return "".join(chr(rng.randrange(0x110000)) for _ in range(size))
        case _:
            return " ".join(rng.choice(WORDS) for _ in range(size // 4 + 1))


def _value(rng: random.Random, *, factor: bool = False) -> str:
    found = ["0", "1x", "0.1x", f"{rng.uniform(0, 2):.3g}x"]
    return rng.choice(found if factor else [*found, "1e-3", "3e-4", "base", "(base * 2)"])


def _length(rng: random.Random, *, share: bool = True) -> str:
    match rng.randrange(8 if share else 7):
        case 0:
            return f"{rng.uniform(0, 30):.3g}%"
        case 1:
            return f"{rng.uniform(0.01, 20):.3g}ep"
        case 2:
            return _number(rng) if rng.random() < 0.1 else f"{10 ** rng.uniform(-9, 14):.3g}"
        case 3:
            return rng.choice(("1e-9", "4ktok", "1Mtok", f"{10 ** rng.uniform(0, 12):.3g}tok"))
        case 7:
            return f"{rng.randint(1, 9)}fr"
        case _:
            return str(rng.choice((1, 2, 3, 7, 10, 1000, 12345)))


def _leaf(rng: random.Random, *, timed: bool = False, factor: bool = False) -> str:
    match rng.randrange(9):
        case 0:
            found = f"drop {rng.uniform(0, 2):.3g}x every {_length(rng, share=False)}"
        case 1:
            found = f"decay {rng.uniform(0.1, 1.5):.3g}x every {_length(rng, share=False)}"
        case 2:
            times = ", ".join(str(rng.randint(0, 10**6)) for _ in range(rng.randint(1, 9)))
            found = f"drop 0.5x at {times}"
        case 3:
            found = f"curve({_arithmetic(rng, 5)})" + ("x" if factor else rng.choice(("", "x")))
        case 4:
            frames = sorted(rng.randint(0, 10**5) for _ in range(rng.randint(1, 9)))
            found = "keys {" + "; ".join(f"{at}: {_value(rng, factor=factor)}" for at in frames) + "}"
        case 5:
            found = rng.choice((_value(rng, factor=factor), "hold", "expo 1e-3x -> 1x"))
        case _:
            start, end = _value(rng, factor=factor), _value(rng, factor=factor)
            found = f"{rng.choice(RAMPS)} {rng.choice(('', start))} -> {end}"
    return f"{found} for {_length(rng)}" if timed or rng.random() < 0.5 else found


def _arithmetic(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(("t", "u", "N", "base", "pi", _number(rng), "1", "2"))
    one = _arithmetic(rng, depth - 1)
    match rng.randrange(4):
        case 0:
            return f"{rng.choice(('sqrt', 'exp', 'log', 'cos', 'tanh', 'floor', 'abs'))}({one})"
        case 1:
            return f"max({one}, {_arithmetic(rng, depth - 1)})"
        case _:
            return f"({one} {rng.choice('+-*/^')} {_arithmetic(rng, depth - 1)})"


def _head(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return "{"
    return _repeat(rng)


def _repeat(rng: random.Random) -> str:
    count = rng.choice(("forever", "2", "3", "9", "1000", "1000000000000"))
    more = rng.choice(
        ("", "", " stretch 2", " stretch 1.1", " stretch 1000", " shrink 0.5x", " shrink 2x toward 1e-4")
    )
    return f"repeat {count}{more} {{"


def _tower(rng: random.Random) -> str:
    """Blocks in blocks; each level with parts of its own before, and at times behind."""
    depth = rng.choice((1, 2, 3, 5, 10, 20, 30, 32))
    repeats = set(rng.sample(range(depth), min(rng.choice((0, 1, 2, 3, 4, 4, 9)), depth)))
    same = rng.random() < 0.5
    head, before = _repeat(rng), f"{_leaf(rng, timed=True)};"
    text = ""
    for level in range(depth):
        text += f"{head if level in repeats else '{'} {before if rng.random() < 0.9 else ''}"
        if not same:
            head, before = _repeat(rng), f"{_leaf(rng, timed=True)};"
    text += _leaf(rng, timed=rng.random() < 0.8)
    for _ in range(depth):
        text += f"; {_leaf(rng, timed=True)} }}" if rng.random() < 0.2 else " }"
    return text + rng.choice(("", f"; {_leaf(rng)}", f" * {_leaf(rng, factor=True)}"))


def _tree(rng: random.Random, depth: int = 3, *, factor: bool = False) -> str:
    def inner(*, factor: bool = factor) -> str:
        return "{ " + _tree(rng, depth - 1, factor=factor) + " }"

    if depth == 0 or rng.random() < 0.3:
        return _leaf(rng, timed=rng.random() < 0.6, factor=factor)
    match rng.randrange(5):
        case 0:
            of = [_tree(rng, depth - 1, factor=factor) for _ in range(rng.randint(1, 4))]
            return "{ " + "; ".join(of) + " }" + rng.choice(("", f" for {_length(rng)}"))
        case 1:
            return f"{_head(rng)} {_tree(rng, depth - 1, factor=factor)} }}"
        case 2:
            return " * ".join([inner(), *(inner(factor=True) for _ in range(rng.randint(1, 3)))])
        case 3:
            return " + ".join(inner() for _ in range(rng.randint(2, 4)))
        case _:
            return "{ " + inner() + (" clip 1e-3x..1x }" if factor else " clip 1e-6..1e-3 }")


def _program(rng: random.Random) -> str:
    of = [_tree(rng, rng.randint(0, 4)) for _ in range(rng.randint(1, 6))]
    return rng.choice((SAID, "")) + "\n".join(of)


def _many(rng: random.Random) -> str:
    """As much of one thing as fits, or more."""
    room = rng.choice((1_000, 4_000, 5_000, 6_000, 8_000, 16_000, 20_000))

    def filled(head: str, piece: Callable[[int], str], tail: str = "") -> str:
        text, k = head, 0
        while len(text) + len(tail) < room:
            text += piece(k)
            k += 1
        return text + tail

    leaf, factor = _leaf(rng, timed=True), f"{{ {_leaf(rng)} }}"
    return rng.choice(
        (
            lambda: filled("cosine -> 0\n", lambda k: f"group g{k} base 1e-3\n"),
            lambda: filled("", lambda k: f"group g{k} = {leaf}\n"),
            lambda: filled(f"{leaf}\n", lambda k: f"group g{k}=main\n"),
            lambda: filled("1x\n", lambda k: f"group g{k}[0..999] base 1\n"),
            lambda: filled("", lambda k: f"linear -> {k % 7}e-4 for {k % 5 + 1}\n"),
            lambda: filled("", lambda _: "cosin -> 0\n"),
            lambda: filled("", lambda _: f"{leaf}\n"),
            lambda: filled("keys {", lambda k: f"{k}:{k % 9}x;", "}"),
            lambda: filled("drop 0.9x at 0", lambda k: f",{k}"),
            lambda: "curve(t" + "+cos(t)" * rng.choice((80, 84, 90)) + ")",
            lambda: SAID + filled("", lambda _: f"{_leaf(rng, timed=True)}\n"),
            lambda: SAID + filled("repeat 3 {", lambda _: f"{_leaf(rng, timed=True)}; ", "}"),
            lambda: filled("curve(", lambda _: "(", ""),
            lambda: filled("1x", lambda _: "*1x"),
            lambda: filled(factor, lambda _: f"+{factor}"),
            lambda: filled(
                "step 1tok for 1",
                lambda k: f",{k + 2}tok for 1",
                ",9tok\nlinear 0->1x for 5Mtok;1x for 2fr;0x",
            ),
            lambda: filled(f"step 1ktok{_stages(rng)}\n", lambda k: f"{leaf}; 1x for {k + 1}fr\n"),
            lambda: (
                f"step 1ktok{_stages(rng)}\n"
                + filled("", lambda k: f"linear -> {k % 9}e-4 for {k + 1}ktok; 1x\n")
            ),
            lambda: filled("", lambda _: "{" * 40 + "}" * 40),
            lambda: filled("", lambda k: f"plateau(m{k}) * 1x for 10\n"),
            lambda: filled("", lambda k: f"hold 1x until @c{k}\n"),
            lambda: filled("repeat forever {", lambda _: f"{leaf};", "}"),
            lambda: filled("", lambda _: f"repeat forever {{ {leaf} }} for 9\n"),
            lambda: filled("1x for 1", lambda _: "\n#"),
            lambda: filled("1x", lambda _: " clip 0..1x"),
        )
    )()


def _stages(rng: random.Random) -> str:
    """A batch size that grows, or does not, up to as many times as may be."""
    count = rng.choice((1, 2, 20, 199))
    return "".join(f" for {rng.choice((1, 7, 1000))}, {10 ** rng.uniform(0, 8):.5g}tok" for _ in range(count))


def _settings(rng: random.Random) -> str:
    lines = [
        rng.choice(("", f"base {_number(rng)}")),
        rng.choice(("", f"total {_number(rng)}{rng.choice(UNITS)}", "total 9007199254740992", "total 1")),
        rng.choice(("", f"epoch {_number(rng)}", "epoch 1e-9", "epoch 1e18")),
        rng.choice(
            ("", f"step {_number(rng)}tok", "step 1tok for 1e18, 1e-9tok", "step 1e-9tok for 7, 1e18tok")
        ),
        _tree(rng, 2),
    ]
    return "\n".join(lines)


def _giant(rng: random.Random) -> str:
    """A megabyte: noise, one valid text over and over, or one token."""
    piece = rng.choice(
        (rng.choice(SEEDS) + "\n", "{", "(", "1", '"', "x ", "\n", "#", rng.choice(WORDS), "\U0001f600", "->")
    )
    return piece * (1_000_000 // len(piece))


_KINDS: dict[str, Callable[[random.Random], str]] = {
    "mutated": _mutated,
    "tower": lambda rng: rng.choice((SAID, "")) + _tower(rng),
    "program": _program,
    "many": _many,
    "noise": _noise,
    "settings": _settings,
    "mutated twice": lambda rng: f"{_mutated(rng)}\n{_mutated(rng)}",
    "tower of trees": lambda rng: f"{SAID}{_head(rng)} {_tree(rng, 4, factor=True)} }} * {{ {_tower(rng)} }}",
    "many, damaged": lambda rng: _damaged(rng, _many(rng)),
    "giant": _giant,
}


def _damaged(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text))
    return text[:at] + rng.choice(WORDS) + text[at + rng.randint(0, 5) :]
