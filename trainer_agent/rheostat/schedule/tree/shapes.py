"""The shapes of the language: what each takes, and what it does between its two values."""

from __future__ import annotations

import msgspec

__all__ = ["ENDINGS", "SHAPES", "SYNONYMS", "WORDS", "Shape"]


class Shape(msgspec.Struct, frozen=True):
    """A shape word. ``args`` are the names of its arguments; ``ends`` whether it goes to a written value.

    ``g`` is the formula from 1 to 0 over progress u, value = to + (from - to) * g(u).
    """

    name: str
    doc: str
    g: str
    args: tuple[str, ...] = ()
    ends: bool = True


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("hold", "Keep a value.", "1", ends=False),
        Shape("linear", "A straight line.", "1 - u"),
        Shape("cosine", "Half a cosine: flat at both ends.", "(1 + cos(pi u)) / 2"),
        Shape("poly", "A power of the line: p > 1 falls early, p < 1 late.", "(1 - u)^p", ("p",)),
        Shape("sqrt", "One minus the root: falls at once, then ever slower.", "1 - sqrt(u)"),
        Shape("expo", "Equal ratios in equal times; neither end may be 0.", "from * (to / from)^u"),
        Shape("halving", "Exponential decay that reaches its end (Megatron).", "2 * 0.5^u - 1"),
        Shape("tanh", "An S curve (timm).", "(1 - tanh(lb (1 - u) + ub u)) / 2", ("lb", "ub")),
        Shape("rsqrt", "Inverse root with time scale tau.", "from / sqrt(1 + t / tau)", ("tau",), ends=False),
    )
}

WORDS = (
    *SHAPES,
    "drop",
    "decay",
    "repeat",
    "keys",
    "curve",
    "plateau",
    "main",
    "base",
    "total",
    "epoch",
    "step",
    "group",
)

# What may stand behind a value or a length.
ENDINGS = ("for", "every", "at", "inclusive", "until", "clip", "toward", "stretch", "shrink", "from", *WORDS)

SYNONYMS = {
    "cyclic": "repeat",
    "formula": "curve",
    "keyframes": "keys",
    "lambda": "curve",
    "piecewise": "keys",
    "reduce_on_plateau": "plateau",
    "reducelronplateau": "plateau",
    "anneal": "cosine",
    "const": "hold",
    "constant": "hold",
    "cooldown": "linear",
    "cos": "cosine",
    "exp": "expo",
    "exponential": "expo",
    "flat": "hold",
    "inverse_sqrt": "rsqrt",
    "loop": "repeat",
    "lr": "base",
    "multistep": "drop",
    "polynomial": "poly",
    "staircase": "drop",
    "warmup": "linear",
}
