"""Nesting: a step that calls its parent's is one step, though torch runs the hooks of both."""

from __future__ import annotations

import inspect
import sys

__all__ = ["depth_on_stack", "nests"]


def nests(optimizer: object) -> bool:
    """Whether a step may call another hooked one: two classes of its line define ``step``."""
    bodies = {
        inspect.unwrap(vars(each)["step"])
        for each in type(optimizer).__mro__
        if "step" in vars(each) and each.__name__ != "Optimizer"
    }
    return len(bodies) > 1


def depth_on_stack(optimizer: object) -> int:
    """How many hooked ``step`` calls of ``optimizer`` are running: more than one in a nested call.

    One alone, while we thought to be inside a step, means that the last step raised.
    """
    count = 0
    frame = sys._getframe(1).f_back
    while frame is not None:
        code = frame.f_code
        if code.co_name == "wrapper" and code.co_filename.endswith("optimizer.py"):
            count += frame.f_locals.get("self") is optimizer
        frame = frame.f_back
    return count
