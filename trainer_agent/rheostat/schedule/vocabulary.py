"""The words of the language with signatures and one-line explanations, and example programs."""

from __future__ import annotations

from typing import Literal

import msgspec

from .tree.shapes import SHAPES, Shape

__all__ = ["Example", "Word", "examples", "vocabulary"]


class Word(msgspec.Struct, frozen=True):
    """One word, for completion; ``${name}`` in ``insert`` marks a place to fill in."""

    word: str
    kind: Literal["shape", "part", "setting", "operator", "value", "unit"]
    signature: str
    doc: str
    insert: str


class Example(msgspec.Struct, frozen=True):
    """A program worth starting from."""

    name: str
    text: str
    doc: str


def vocabulary() -> tuple[Word, ...]:
    """Return every word of the language."""
    return (*(_shape(shape) for shape in SHAPES.values()), *_WORDS)


def examples() -> tuple[Example, ...]:
    """Return programs worth starting from; all bind with base 1e-3, total 10,000 and epoch 500."""
    return _EXAMPLES


def _shape(shape: Shape) -> Word:
    args = f"({', '.join(shape.args)})" if shape.args else ""
    slots = f"({', '.join('${' + arg + '}' for arg in shape.args)})" if shape.args else ""
    tail = " -> to for length" if shape.ends else " for length"
    insert = f"{shape.name}{slots}" + (" -> ${to} for ${length}" if shape.ends else " for ${length}")
    return Word(shape.name, "shape", f"{shape.name}{args} [from]{tail}", f"{shape.doc} g = {shape.g}", insert)


_WORDS = (
    Word(
        "drop",
        "part",
        "drop factor every length | drop factor at time, time",
        "A staircase of factors.",
        "drop ${0.1x} every ${length}",
    ),
    Word(
        "decay",
        "part",
        "decay factor every length",
        "A smooth exponential.",
        "decay ${0.95x} every ${length}",
    ),
    Word(
        "repeat",
        "part",
        "repeat count|forever [stretch m] [shrink k [toward v]] { parts }",
        "Parts over and over.",
        "repeat ${3} { ${parts} }",
    ),
    Word(
        "keys",
        "part",
        "keys { time: value [shape]; … }",
        "Values to be met at times.",
        "keys { 0: ${0}; ${100%}: ${1x} }",
    ),
    Word(
        "curve",
        "part",
        "curve(arithmetic)",
        "A curve by + - * / ^ and functions of t, u, T, N, n, i, base.",
        "curve(${1e-3 * (1 - u)})",
    ),
    Word(
        "plateau",
        "part",
        "plateau(metric, factor=0.1x, patience=10, threshold=1e-4, threshold_mode=rel, mode=min, "
        "cooldown=0, min=0, eps=1e-8, rule=torch)",
        "A factor that falls whenever a metric stops getting better.",
        "plateau(${val_loss}, factor=${0.1x}, patience=${10})",
    ),
    Word("main", "part", "main", "Inside a group: the parts outside any group.", "main"),
    Word(
        "group",
        "setting",
        "group name [base lr] [= parts] | group name[first..last] base (lr with i)",
        "A param group with its own base lr or curve, or a range of them.",
        "group ${name} base ${3e-4}",
    ),
    Word("base", "setting", "base lr", "The base lr: 1x.", "base ${3e-4}"),
    Word("total", "setting", "total length", "Steps in the run.", "total ${100k}"),
    Word("epoch", "setting", "epoch length", "Steps in an epoch.", "epoch ${1250}"),
    Word("step", "setting", "step amount", "Tokens or samples in a step.", "step ${4Mtok}"),
    Word("for", "operator", "part for length", "How long a part lasts.", "for ${length}"),
    Word("until", "operator", "part until @cue", "End the part when the cue is given.", "until @${decay}"),
    Word("clip", "operator", "parts clip low..high", "Kept between two values.", "clip ${1e-6}..${1e-3}"),
    Word("->", "operator", "shape from -> to", "The value to go to.", "-> ${to}"),
    Word(";", "operator", "part; part", "One after the other; a new line does the same.", "; "),
    Word("*", "operator", "part * part", "Together on one clock, multiplied.", "* "),
    Word("+", "operator", "part + part", "Together on one clock, added.", "+ "),
    Word("-", "operator", "part - part", "Together on one clock, taken away; never below 0.", "- "),
    Word("{ }", "operator", "{ parts }", "Several parts as one.", "{ ${parts} }"),
    Word(
        "inclusive",
        "operator",
        "shape -> to inclusive",
        "Meet the value at the part's last step, not after it.",
        "inclusive",
    ),
    Word(
        "every",
        "operator",
        "drop factor every length",
        "The time from one step of a staircase to the next.",
        "every ${length}",
    ),
    Word("at", "operator", "drop factor at time, time", "The times of a staircase.", "at ${time}"),
    Word("forever", "operator", "repeat forever { parts }", "Without end.", "forever"),
    Word(
        "stretch",
        "operator",
        "repeat n stretch m { parts }",
        "Each cycle m times as long as the one before.",
        "stretch ${2}",
    ),
    Word(
        "shrink",
        "operator",
        "repeat n shrink k { parts }",
        "Each cycle k times as high as the one before.",
        "shrink ${0.5x}",
    ),
    Word(
        "toward",
        "operator",
        "shrink k toward value",
        "The value cycles shrink to; 0 if left out.",
        "toward ${1e-4}",
    ),
    Word("x", "value", "0.1x", "A factor of the base lr.", "x"),
    Word("st", "unit", "500st", "Steps; the same as no unit.", "st"),
    Word("k", "unit", "2k", "Thousand; M is million, B billion.", "k"),
    Word("M", "unit", "2M", "Million.", "M"),
    Word("B", "unit", "20Btok", "Billion.", "B"),
    Word("ep", "unit", "5ep", "Epochs.", "ep"),
    Word("%", "unit", "5%", "Per cent of the whole run, everywhere.", "%"),
    Word("fr", "unit", "2fr", "Shares of what is left of the block.", "fr"),
    Word("tok", "unit", "20Btok", "Tokens.", "tok"),
    Word("sp", "unit", "3Msp", "Samples.", "sp"),
)

_EXAMPLES = (
    Example(
        "Warm-up, hold, decay",
        "linear 0 -> 1x for 5%; hold; sqrt -> 0.1x for 20%",
        "WSD, as large language models are trained.",
    ),
    Example("Warm-up and cosine", "linear 0 -> 1x for 500; cosine -> 0", "The everyday choice."),
    Example("Warm-up and line", "linear 0 -> 1x for 6%; linear -> 0", "As for fine-tuning language models."),
    Example("Fixed", "3e-4", "One learning rate."),
    Example("Steps", "drop 0.1x every 5ep", "StepLR: a tenth after each five epochs."),
    Example("Milestones", "drop 0.1x at 6ep, 16ep", "MultiStepLR: a tenth at each milestone."),
    Example("Exponential", "decay 0.8x every 1ep", "ExponentialLR, smooth between epochs."),
    Example("Cosine", "cosine -> 1e-6", "CosineAnnealingLR to the end of the run."),
    Example(
        "Warm restarts", "repeat forever stretch 2 { cosine 1x -> 0 for 1ep }", "Each cycle twice as long."
    ),
    Example(
        "Cyclical",
        "repeat forever shrink 0.5x toward 1e-4 {\n  linear 1e-4 -> 1e-3 for 1k\n  linear -> 1e-4 for 1k\n}",
        "Triangles, each half as high.",
    ),
    Example("One cycle", "cosine 0.04x -> 1x for 30%; cosine -> 4e-6x", "Up and down once."),
    Example("Range test", "expo 1e-7 -> 10 for 100", "Find the largest rate that still learns."),
    Example(
        "Thaw a backbone",
        "base 1e-3\ncosine -> 0\ngroup head\ngroup backbone base 1e-4 = { 0x for 3ep; 1x } * main",
        "Head at once, backbone after three epochs.",
    ),
    Example("Noam", "curve(512^-0.5 * min((t + 1)^-0.5, (t + 1) * 4000^-1.5))", "The first Transformer."),
    Example("On a plateau", "plateau(val_loss, factor=0.1x, patience=10, min=1e-6)", "ReduceLROnPlateau."),
    Example("Keyframes", "keys { 0: 0; 5%: 1x; 80%: 1x; 100%: 0.1x cosine }", "Values at times."),
    Example(
        "Decay when told to",
        "linear 0 -> 1x for 2k; hold until @decay; sqrt -> 0 for 2k",
        "Holds until someone gives the cue.",
    ),
    Example(
        "Layer by layer",
        "linear 0 -> 1x for 6%; linear -> 0\n"
        "group layer[0..11] base (2e-5 * 0.65^(11 - i))\ngroup head base 1e-4",
        "Each layer a lower lr than the one above it.",
    ),
    Example(
        "Two at once",
        "{ linear 0.1x -> 1x for 500; hold } * drop 0.5x every 5ep",
        "Warm-up times a staircase.",
    ),
)
