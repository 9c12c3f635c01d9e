"""Lightning: a callback that puts an agent onto the optimizers of a Lightning trainer."""

# The trainer calls with everything, wanted or not.
# ruff: noqa: ARG002

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from rheostat.agent import Agent, attach
from rheostat.agent.groups import unwrap
from rheostat.integrations.options import Options, names_in

__all__ = ["RheostatCallback"]


class RheostatCallback(Callback):
    """``Trainer(..., callbacks=[RheostatCallback()])``; takes the options of `rheostat.attach`.

    It records lrs and loss at every optimizer step (of accumulated gradients, the last batch's loss), and
    what the module logs when an epoch or a validation ends. Overrides in force go into checkpoints and come
    back on resume. ``agent`` is the agent while training runs.
    """

    def __init__(self, **options: Unpack[Options]) -> None:
        self.agent: Agent | None = None
        self._options = options
        self._saved: dict[str, Any] = {}
        self._logged = 0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Attach."""
        optimizers = trainer.optimizers
        if not optimizers:
            return
        options: Options = {"total": _total(trainer), "config": dict(pl_module.hparams)}
        scheduler = _scheduler(trainer)
        if len(optimizers) == 1 and not hasattr(scheduler, "rheostat_plan"):
            options["group_names"] = names_in(pl_module, unwrap(optimizers[0]))
        options.update(self._options)
        if len(optimizers) == 1:
            self.agent = attach(optimizers[0], scheduler, **options)
        else:
            self.agent = attach({f"optimizer{i}": o for i, o in enumerate(optimizers)}, **options)
        if self._saved:
            self.agent.load_state_dict(self._saved)

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Tensor | Mapping[str, Any] | None,
        batch: object,
        batch_idx: int,
    ) -> None:
        """Record the loss, and stop if someone asked for it."""
        if self.agent is None:
            return
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if loss is not None and self.agent.step != self._logged:
            self._logged = self.agent.step
            parts = trainer.accumulate_grad_batches
            self.agent.log(loss=loss if parts == 1 else loss * parts)
        if self.agent.should_stop:
            trainer.should_stop = True

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Record what the module logged."""
        self._log_metrics(trainer)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Record what the module logged."""
        if not trainer.sanity_checking:
            self._log_metrics(trainer)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Send the rest."""
        if self.agent is not None:
            self.agent.close()

    def on_exception(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException
    ) -> None:
        """Send the rest, and how it ended."""
        if self.agent is not None:
            self.agent.__exit__(type(exception), exception, exception.__traceback__)

    def state_dict(self) -> dict[str, Any]:
        """What Lightning writes into a checkpoint."""
        return self._saved if self.agent is None else self.agent.state_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Keep what a checkpoint holds until training starts."""
        self._saved = state_dict

    def _log_metrics(self, trainer: pl.Trainer) -> None:
        if self.agent is not None:
            values: dict[str, Any] = {
                n: v for n, v in trainer.callback_metrics.items() if n not in ("loss", "step")
            }
            self.agent.log(**values)


def _scheduler(trainer: pl.Trainer) -> object | None:
    """The scheduler, if it is stepped once an update: only then can its future be drawn by the step."""
    configs = trainer.lr_scheduler_configs
    if len(configs) == 1 and configs[0].interval == "step" and configs[0].frequency == 1:
        return configs[0].scheduler
    return None


def _total(trainer: pl.Trainer) -> int | None:
    total = trainer.estimated_stepping_batches
    return int(total) if 0 < total < float("inf") else None
