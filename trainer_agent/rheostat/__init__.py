"""Rheostat, a dial for the learning rate: schedules, live monitoring and live overrides for PyTorch training.

Everything public is importable from here and is loaded on first use, so that ``import rheostat`` costs
milliseconds and brings neither torch nor anything of the server into a training job.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rheostat.agent import Agent, attach
    from rheostat.control.command import Limits
    from rheostat.integrations.torch import ScheduleLR
    from rheostat.layers import freeze_until, layer_groups, layer_names
    from rheostat.range_test import LrFind, lr_find
    from rheostat.schedule import (
        BindError,
        ConversionError,
        Diagnostic,
        Plan,
        Schedule,
        ScheduleError,
        Tape,
        check,
        cosine,
        curve,
        decay,
        diff,
        drop,
        expo,
        from_torch,
        halving,
        hold,
        keys,
        linear,
        parse,
        plateau,
        poly,
        preset,
        presets,
        rsqrt,
        sqrt,
        tanh,
        to_torch,
    )

_HOMES = {
    "Agent": "rheostat.agent",
    "BindError": "rheostat.schedule",
    "ConversionError": "rheostat.schedule",
    "Diagnostic": "rheostat.schedule",
    "Limits": "rheostat.control.command",
    "LrFind": "rheostat.range_test",
    "Plan": "rheostat.schedule",
    "Schedule": "rheostat.schedule",
    "ScheduleError": "rheostat.schedule",
    "ScheduleLR": "rheostat.integrations.torch",
    "Tape": "rheostat.schedule",
    "attach": "rheostat.agent",
    "check": "rheostat.schedule",
    "cosine": "rheostat.schedule",
    "curve": "rheostat.schedule",
    "decay": "rheostat.schedule",
    "diff": "rheostat.schedule",
    "drop": "rheostat.schedule",
    "expo": "rheostat.schedule",
    "freeze_until": "rheostat.layers",
    "from_torch": "rheostat.schedule",
    "halving": "rheostat.schedule",
    "hold": "rheostat.schedule",
    "keys": "rheostat.schedule",
    "layer_groups": "rheostat.layers",
    "layer_names": "rheostat.layers",
    "linear": "rheostat.schedule",
    "lr_find": "rheostat.range_test",
    "parse": "rheostat.schedule",
    "plateau": "rheostat.schedule",
    "poly": "rheostat.schedule",
    "preset": "rheostat.schedule",
    "presets": "rheostat.schedule",
    "rsqrt": "rheostat.schedule",
    "sqrt": "rheostat.schedule",
    "tanh": "rheostat.schedule",
    "to_torch": "rheostat.schedule",
}

__version__ = "0.1.0"
__all__ = [
    "Agent",
    "BindError",
    "ConversionError",
    "Diagnostic",
    "Limits",
    "LrFind",
    "Plan",
    "Schedule",
    "ScheduleError",
    "ScheduleLR",
    "Tape",
    "__version__",
    "attach",
    "check",
    "cosine",
    "curve",
    "decay",
    "diff",
    "drop",
    "expo",
    "freeze_until",
    "from_torch",
    "halving",
    "hold",
    "keys",
    "layer_groups",
    "layer_names",
    "linear",
    "lr_find",
    "parse",
    "plateau",
    "poly",
    "preset",
    "presets",
    "rsqrt",
    "sqrt",
    "tanh",
    "to_torch",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'rheostat' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
