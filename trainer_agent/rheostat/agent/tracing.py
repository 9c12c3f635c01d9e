"""Tracing: what keeps the hooks out of torch.compile's graphs, and out of the capture of CUDA graphs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

__all__ = ["capturing", "mark", "untraced"]

P = ParamSpec("P")
R = TypeVar("R")
_untraced_functions: dict[object, object] = {}


def mark(hook: Callable[P, R]) -> Callable[P, R]:
    """What the tracer of torch.compile reads: it calls ``hook`` as it is instead of tracing it."""
    vars(hook)["_torchdynamo_disable"] = True
    return hook


def untraced(function: Callable[P, R]) -> Callable[P, R]:
    """``function`` with the tracer off for all it calls, once torch's tracer has been loaded at all."""
    found = _untraced_functions.get(function)
    if found is None:
        disable = getattr(sys.modules.get("torch._dynamo"), "disable", None)
        if disable is None:
            return function
        found = _untraced_functions[function] = disable(function)
    return cast(Callable[P, R], found)


def capturing() -> bool:
    """Whether a CUDA graph is being captured: what is written now would be written on each replay."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return False
    return bool(torch.cuda.is_current_stream_capturing())
