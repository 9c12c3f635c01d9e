"""Hugging Face: a callback that puts an agent onto the optimizer of a transformers Trainer."""

# The trainer calls with everything, wanted or not.
# ruff: noqa: ARG002

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any, Unpack

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import ExportableState

from rheostat.agent import Agent, attach
from rheostat.agent.groups import unwrap
from rheostat.integrations.options import Options, names_in, plain_options

__all__ = ["RheostatCallback"]

_OWN = frozenset({"learning_rate", "epoch", "step"})
"""What the Trainer logs that the agent knows better."""


class RheostatCallback(TrainerCallback, ExportableState):
    """``Trainer(..., callbacks=[RheostatCallback()])``; takes the options of `rheostat.attach`.

    It records lrs at every optimizer step, and whatever the Trainer logs when it logs it: set
    ``logging_steps=1`` for a loss at every step. Overrides in force go into checkpoints and come back on
    resume. ``agent`` is the agent while training runs.
    """

    def __init__(self, **options: Unpack[Options]) -> None:
        self.agent: Agent | None = None
        self._options = options
        self._save = False

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        *,
        optimizer: torch.optim.Optimizer | None = None,
        lr_scheduler: object | None = None,
        model: object | None = None,
        **kwargs: object,
    ) -> None:
        """Attach."""
        if optimizer is None:
            return
        options: Options = {"total": state.max_steps, "config": args.to_sanitized_dict()}
        if getattr(args, "run_name", None) and args.run_name != args.output_dir:
            options["run"] = args.run_name
        inner = unwrap(optimizer)
        if not hasattr(lr_scheduler, "rheostat_plan"):
            options["group_names"] = _names(inner) or names_in(model, inner)
        options.update(self._options)
        self.agent = attach(optimizer, lr_scheduler, **options)
        self.agent.on_checkpoint = self._on_checkpoint
        _resume(self.agent, state)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, object] | None = None,
        **kwargs: object,
    ) -> None:
        """Record what the Trainer logs."""
        if self.agent is not None:
            numbers: dict[str, Any] = {n: v for n, v in (logs or {}).items() if isinstance(v, Real)}
            self.agent.log(**{n: v for n, v in numbers.items() if n not in _OWN})

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        """Save or stop if someone asked for it."""
        if self._save:
            self._save = False
            control.should_save = True
        if self.agent is not None and self.agent.should_stop:
            control.should_training_stop = True

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        """Send the rest."""
        if self.agent is not None:
            self.agent.close()

    def _on_checkpoint(self, step: int) -> str:
        self._save = True
        return f"the Trainer saves after {step} steps"

    def state(self) -> dict[str, Any]:
        """What the Trainer writes into a checkpoint."""
        saved = {} if self.agent is None else self.agent.state_dict()
        return {"args": plain_options(self._options), "attributes": {"saved": saved}}


def _resume(agent: Agent, state: TrainerState) -> None:
    """Go on at the Trainer's step, with the overrides its checkpoint holds."""
    if state.global_step == 0:
        return
    every: Any = state.stateful_callbacks or {}
    stored = every.get("RheostatCallback", {})
    stored = stored[0] if isinstance(stored, list) else stored
    saved = stored.get("attributes", {}).get("saved") or agent.state_dict()
    agent.load_state_dict({**saved, "step": state.global_step})


def _names(optimizer: object) -> tuple[str, str] | None:
    """The Trainer makes one group with weight decay and one without, and gives them no names."""
    groups = getattr(optimizer, "param_groups", [])
    if len(groups) == 2 and not any("name" in group for group in groups):
        first, second = (group.get("weight_decay") for group in groups)
        if first and second == 0.0:
            return "decay", "no_decay"
    return None
