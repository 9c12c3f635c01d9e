"""The schedule language: text, tree, JSON and Python, bound to a run and evaluated in closed form."""

from __future__ import annotations

from .analysis.analyse import Analysis, Jump, PlanPart
from .analysis.diff import Change, Diff, diff
from .analysis.handles import Handle, Literal
from .build import (
    cosine,
    curve,
    decay,
    drop,
    expo,
    halving,
    hold,
    keys,
    linear,
    plateau,
    poly,
    rsqrt,
    sqrt,
    tanh,
    x,
)
from .checking import check
from .convert import (
    Fit,
    fit,
    from_optax,
    from_timm,
    from_torch,
    to_megatron,
    to_optax,
    to_timm,
    to_torch,
    to_torch_classes,
    to_transformers,
)
from .diagnostics import BindError, ConversionError, Diagnostic, ScheduleError
from .events import CueEvent, DropEvent, Tape
from .plan import Plan
from .presets import Preset, preset, presets
from .program import Schedule, parse
from .vocabulary import Example, Word, examples, vocabulary

__all__ = [
    "Analysis",
    "BindError",
    "Change",
    "ConversionError",
    "CueEvent",
    "Diagnostic",
    "Diff",
    "DropEvent",
    "Example",
    "Fit",
    "Handle",
    "Jump",
    "Literal",
    "Plan",
    "PlanPart",
    "Preset",
    "Schedule",
    "ScheduleError",
    "Tape",
    "Word",
    "check",
    "cosine",
    "curve",
    "decay",
    "diff",
    "drop",
    "examples",
    "expo",
    "fit",
    "from_optax",
    "from_timm",
    "from_torch",
    "halving",
    "hold",
    "keys",
    "linear",
    "parse",
    "plateau",
    "poly",
    "preset",
    "presets",
    "rsqrt",
    "sqrt",
    "tanh",
    "to_megatron",
    "to_optax",
    "to_timm",
    "to_torch",
    "to_torch_classes",
    "to_transformers",
    "vocabulary",
    "x",
]
