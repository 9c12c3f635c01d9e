"""What is stepped: the optimizer as the hooks need it, and who is asked and told of its steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from rheostat.agent.groups import ParamGroup
from rheostat.agent.recorder import Recorder

__all__ = ["After", "Args", "Before", "Changed", "Handle", "Kwargs", "Lrs", "Optimizer", "Watcher"]

Lrs = list[float | None]
Args = tuple[object, ...]
Kwargs = dict[str, object]
Changed = tuple[Args, Kwargs] | None
Before = Callable[["Optimizer", Args, Kwargs], Changed]
After = Callable[["Optimizer", Args, Kwargs], None]


class Handle(Protocol):
    """What takes one hook out again."""

    def remove(self) -> None:
        """Take it out."""


class Optimizer(Protocol):
    """What is needed of an optimizer: torch's, or one shaped like it."""

    param_groups: list[ParamGroup]

    def register_step_pre_hook(self, hook: Callable[..., object]) -> Handle:
        """Call ``hook`` before each step."""

    def register_step_post_hook(self, hook: Callable[..., object]) -> Handle:
        """Call ``hook`` after each step."""

    def register_state_dict_pre_hook(self, hook: Callable[..., object]) -> Handle:
        """Call ``hook`` before a state dict is made."""

    def register_load_state_dict_post_hook(self, hook: Callable[..., object]) -> Handle:
        """Call ``hook`` after a state has been loaded."""


class Watcher(Protocol):
    """Who is asked before a step and told after it. Must not raise."""

    @property
    def recorder(self) -> Recorder | None:
        """What may be given the steps that follow their plan, in place of `taken`."""

    def decide(self, index: int, planned: Lrs, *, again: bool) -> Lrs | None:
        """The effective lrs for the step about to be taken by optimizer ``index``; None: the plan's.

        ``again``: the same step still, after a closure ran and may have moved the plan.
        """

    def taken(self, index: int, planned: Lrs, effective: Lrs) -> None:
        """Optimizer ``index`` has taken a step with these lrs."""

    def failed(self, error: Exception) -> None:
        """Something of ours went wrong; training goes on."""
