"""The callback in a real Lightning trainer, on a tiny model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import pytest
import torch
from torch import nn

from rheostat.integrations.lightning import RheostatCallback
from tests.agent.stand_in import TOKEN, StandIn

pytestmark = pytest.mark.filterwarnings(
    "ignore::UserWarning:lightning", "ignore::FutureWarning", "ignore::DeprecationWarning"
)
STEPS = 12


class Line(pl.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)
        self.used: list[float] = []

    def training_step(self, batch: list[torch.Tensor], index: int) -> torch.Tensor:
        return nn.functional.mse_loss(self.layer(batch[0]), batch[0].sum(1, keepdim=True))

    def validation_step(self, batch: list[torch.Tensor], index: int) -> None:
        self.log("val_loss", nn.functional.mse_loss(self.layer(batch[0]), batch[0].sum(1, keepdim=True)))

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def on_train_start(self) -> None:
        optimizer = self.trainer.optimizers[0]
        optimizer.register_step_pre_hook(lambda o, a, k: self.used.append(o.param_groups[0]["lr"]))


class Steering(pl.Callback):
    def __init__(self, callback: RheostatCallback, at: int, stop_at: int | None = None) -> None:
        self.callback, self.at, self.stop_at = callback, at, stop_at

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: Any, *_: Any) -> None:
        agent = self.callback.agent
        assert agent is not None
        if trainer.global_step == self.at:
            agent.scale(0.5, for_steps=4)
            self.at = -1
        if trainer.global_step == self.stop_at:
            agent.stop()


def fit(
    tmp_path: Path,
    callbacks: list[pl.Callback],
    resume: str | None = None,
    module: Line | None = None,
    **options: Any,
) -> Line:
    torch.manual_seed(0)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.randn(48, 2)), batch_size=4)
    module = module or Line()
    trainer = pl.Trainer(
        max_steps=STEPS,
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        default_root_dir=tmp_path,
        callbacks=callbacks,
        **options,
    )
    trainer.fit(module, loader, loader, ckpt_path=resume)
    if resume is None:
        trainer.save_checkpoint(tmp_path / "last.ckpt")
    return module


def test_every_step_arrives_with_its_loss(tmp_path: Path) -> None:
    server = StandIn()
    server.start()
    callback = RheostatCallback(run="line", server=server.url, token=TOKEN)
    module = fit(tmp_path, [Steering(callback, at=4), callback], accumulate_grad_batches=2)
    server.stop()
    assert callback.agent is not None
    assert callback.agent.errors == 0
    plan = [0.1 * 0.9**s for s in range(STEPS)]
    assert server.steps().tolist() == list(range(STEPS))
    assert list(server.series("planned", "0").values()) == pytest.approx(plan, rel=1e-12)
    assert module.used == pytest.approx([0.5 * p if 4 <= s < 8 else p for s, p in enumerate(plan)])
    assert list(server.series("effective", "0").values()) == module.used
    assert list(server.series("metrics", "loss")) == list(range(STEPS))
    assert list(server.series("metrics", "val_loss")) == [5, 11]
    assert server.hellos[0].plan.origin == "imported"
    assert server.byes[0].state == "finished"


def test_the_trainer_stops_when_asked_and_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    first = RheostatCallback(server=False)
    stopped = fit(tmp_path, [Steering(first, at=4, stop_at=5), first])
    assert len(stopped.used) == 6
    again = RheostatCallback(server=False)
    module = fit(tmp_path, [again], resume=str(tmp_path / "last.ckpt"))
    assert again.agent is not None
    assert again.agent.step == STEPS
    plan = [0.1 * 0.9**s for s in range(STEPS)]
    assert module.used == pytest.approx([0.5 * plan[6], 0.5 * plan[7], *plan[8:]])


def test_how_it_failed_is_told(tmp_path: Path) -> None:
    server = StandIn()
    server.start()
    callback = RheostatCallback(server=server.url, token=TOKEN)

    class Fails(pl.Callback):
        def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
            if trainer.global_step == 3:
                raise RuntimeError("out of luck")

    with pytest.raises(RuntimeError, match="out of luck"):
        fit(tmp_path, [callback, Fails()])
    server.stop()
    assert (server.byes[0].state, server.byes[0].message) == ("crashed", "RuntimeError: out of luck")


def test_groups_are_named_by_the_modules_of_the_model(tmp_path: Path) -> None:
    class Two(Line):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Linear(2, 2)

        def training_step(self, batch: list[torch.Tensor], index: int) -> torch.Tensor:
            return super().training_step([self.body(batch[0])], index)

        def configure_optimizers(self) -> Any:
            parts = (self.body, self.layer)
            return torch.optim.SGD([{"params": part.parameters()} for part in parts], lr=0.1)

    callback = RheostatCallback(server=False)
    module = fit(tmp_path, [callback], module=Two())
    assert callback.agent is not None
    assert len(module.used) == STEPS
    assert set(callback.agent.planned_lr) == {"body", "layer"}
