"""Real trainers with nothing of ours but the lines of the README: each trains until the dashboard stops it.

Run as ``python -m tests.integrations.trainers FOLDER KIND...``, alone or by torchrun; one run for each kind.
Each rank writes which lr every step used, and which one the scheduler had for it, to ``KIND-RANK.json``.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.lr_scheduler import ExponentialLR

import rheostat
from rheostat.control.command import Limits

RATE = 0.01
DECAY = 0.9995
LIMITS = Limits(kinds=("scale", "stop"))
LONG = 100_000


class Record:
    """What each step used: seen from inside it, by a hook that comes after the agent's."""

    def __init__(self) -> None:
        self.used: list[float] = []
        self.planned: list[float] = []

    def watch(self, optimizer: Any, scheduler: Any) -> None:
        """Note the lrs of every step from now on, and take a little time for each."""

        def note(inner: torch.optim.Optimizer, *_: object) -> None:
            self.used.append(inner.param_groups[0]["lr"])
            self.planned.append(scheduler.get_last_lr()[0])
            time.sleep(0.003)

        getattr(optimizer, "optimizer", optimizer).register_step_pre_hook(note)

    def write(self, path: Path) -> None:
        """Leave it for the test."""
        path.with_suffix(".part").write_text(json.dumps({"used": self.used, "planned": self.planned}))
        path.with_suffix(".part").rename(path)


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(8, 4)
    return x, x.sum(1, keepdim=True)


def parts() -> tuple[nn.Module, torch.optim.Optimizer, ExponentialLR]:
    model = nn.Linear(4, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    return model, optimizer, ExponentialLR(optimizer, DECAY)


def plain(record: Record) -> None:
    """A loop of one's own, with DistributedDataParallel if there are several ranks."""
    model, optimizer, scheduler = parts()
    if dist.is_initialized():
        model = DistributedDataParallel(model)
    with rheostat.attach(optimizer, scheduler, run="plain", limits=LIMITS) as agent:
        record.watch(optimizer, scheduler)
        while not agent.should_stop:
            x, y = batch()
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            scheduler.step()
            agent.log(loss=loss)


def accelerate(record: Record) -> None:
    """An Accelerate loop; gradients are accumulated over two batches."""
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
    model, optimizer, scheduler = accelerator.prepare(*parts())
    with rheostat.attach(optimizer, scheduler, run="accelerate", total=LONG, limits=LIMITS) as agent:
        record.watch(optimizer, scheduler)
        while not agent.should_stop:
            x, y = batch()
            with accelerator.accumulate(model):
                loss = nn.functional.mse_loss(model(x), y)
                accelerator.backward(loss)
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
            if accelerator.sync_gradients:
                agent.log(loss=loss)


def scheduled(record: Record) -> None:
    """An Accelerate loop with a schedule of ours, which is told to count updates."""
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True)
    model, optimizer, _ = parts()
    schedule = rheostat.ScheduleLR(optimizer, "linear 0 -> 1x for 33; decay 0.9x every 7")
    model, optimizer, scheduler = accelerator.prepare(model, optimizer, schedule)
    scheduler.split_batches = True
    with rheostat.attach(optimizer, scheduler, run="scheduled", total=LONG, limits=LIMITS) as agent:
        record.watch(optimizer, scheduler)
        while not agent.should_stop:
            x, y = batch()
            loss = nn.functional.mse_loss(model(x), y)
            accelerator.backward(loss)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
            agent.log(loss=loss)


def huggingface(record: Record) -> None:
    """A transformers Trainer."""
    from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainerCallback, TrainingArguments

    from rheostat.integrations.huggingface import RheostatCallback

    class Watch(TrainerCallback):
        def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            record.watch(more["optimizer"], more["lr_scheduler"])

    arguments = TrainingArguments(
        output_dir=os.environ["RHEOSTAT_DATA_DIR"],
        max_steps=LONG,
        per_device_train_batch_size=2,
        learning_rate=RATE,
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    trainer = Trainer(
        model=GPT2LMHeadModel(GPT2Config(vocab_size=8, n_positions=4, n_embd=8, n_layer=1, n_head=1)),
        args=arguments,
        train_dataset=[{"input_ids": torch.arange(4), "labels": torch.arange(4)}] * 64,
        callbacks=[RheostatCallback(run="huggingface", limits=LIMITS), Watch()],
    )
    trainer.train()


def lightning(record: Record) -> None:
    """A Lightning Trainer."""
    import lightning.pytorch as pl

    from rheostat.integrations.lightning import RheostatCallback

    class Line(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 1)

        def training_step(self, rows: list[torch.Tensor], _: int) -> torch.Tensor:
            return nn.functional.mse_loss(self.layer(rows[0]), rows[0].sum(1, keepdim=True))

        def configure_optimizers(self) -> Any:
            optimizer = torch.optim.AdamW(self.parameters(), lr=RATE)
            scheduler = ExponentialLR(optimizer, DECAY)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

        def on_train_start(self) -> None:
            record.watch(self.trainer.optimizers[0], self.trainer.lr_scheduler_configs[0].scheduler)

    rows = torch.utils.data.TensorDataset(torch.randn(4000, 4))
    trainer = pl.Trainer(
        max_steps=LONG,
        accelerator="cpu",
        devices=int(os.environ.get("WORLD_SIZE", "1")),
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[RheostatCallback(run="lightning", limits=LIMITS)],
    )
    trainer.fit(Line(), torch.utils.data.DataLoader(rows, batch_size=4))


KINDS: dict[str, Callable[[Record], None]] = {
    each.__name__: each for each in (plain, accelerate, scheduled, huggingface, lightning)
}


def main() -> None:
    folder, kinds = Path(sys.argv[1]), sys.argv[2:]
    rank, many = os.environ.get("RANK", "0"), "RANK" in os.environ
    if many:
        dist.init_process_group("gloo")
    for kind in kinds:
        torch.manual_seed(0)
        record = Record()
        KINDS[kind](record)
        record.write(folder / f"{kind}-{rank}.json")
        if many:
            dist.barrier()
    if many:
        dist.destroy_process_group()


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", module="transformers|torch|accelerate|lightning")
    main()
