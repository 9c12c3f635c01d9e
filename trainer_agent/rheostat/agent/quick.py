"""The quick hooks: for an optimizer whose steps never nest, recorded, and mostly without an override."""

from __future__ import annotations

import struct
from operator import itemgetter
from typing import TYPE_CHECKING

from rheostat.agent.groups import ParamGroup
from rheostat.agent.pen import Stepped
from rheostat.agent.recorder import Recorder
from rheostat.agent.stepped import After, Args, Before, Changed, Kwargs, Optimizer
from rheostat.agent.tracing import mark

if TYPE_CHECKING:
    from rheostat.agent.hooks import Hooks

__all__ = ["FLOATS", "lrs_of", "quick_hooks"]

FLOATS = frozenset({float})
_lr = itemgetter("lr")


def quick_hooks(hooks: Hooks, recorder: Recorder) -> tuple[Before, After]:
    """Without an override there is nothing to do before a step, and the lrs it used still stand after it.

    With one, the horizon lies behind until the step has been told of.
    """
    floats: list[object] = []

    def before(optimizer: Optimizer, args: Args, kwargs: Kwargs) -> Changed:
        if hooks.busy:
            return hooks.before_busy(optimizer, args, kwargs)
        return None

    def after_many(optimizer: Stepped) -> None:
        nonlocal floats
        try:
            groups = optimizer.param_groups
            if len(groups) > 1:
                lrs = list(map(_lr, groups))
                if lrs == floats or FLOATS.issuperset(map(type, lrs)):
                    floats = lrs
                    if recorder.quick(lrs):
                        return
                else:
                    floats = []
        except (KeyError, struct.error):
            pass
        hooks.after_whole(hooks.optimizer)

    after_one = mark(recorder.after_step(after_many))

    def after(optimizer: Optimizer, args: Args, kwargs: Kwargs) -> None:  # noqa: ARG001
        after_many(optimizer)

    return mark(before), after_one if len(hooks.optimizer.param_groups) == 1 else mark(after)


def lrs_of(groups: list[ParamGroup]) -> list[object]:
    """What stands as the lr of each group."""
    try:
        return list(map(_lr, groups))
    except KeyError:
        return [group.get("lr") for group in groups]
