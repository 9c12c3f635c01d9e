"""What the README tells people to type does what it says: every Python block there is run."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lightning.pytorch as pl
import pytest
import torch
from accelerate import Accelerator
from torch import nn
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

import rheostat
from rheostat.agent import Agent

README = (Path(__file__).resolve().parent.parent / "README.md").read_text()
LOOP, HUGGINGFACE, LIGHTNING, ACCELERATE = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
STEPS = 6
pytestmark = pytest.mark.filterwarnings(
    "ignore::UserWarning:lightning", "ignore::FutureWarning", "ignore::DeprecationWarning"
)


def run(code: str, names: dict[str, Any]) -> dict[str, Any]:
    """Run a block with what it takes for granted, and keep there what it leaves behind."""
    exec(compile(code, "README.md", "exec"), names)
    return names


def check(agent: Agent | None, origin: str) -> None:
    assert agent is not None
    assert (agent.step, agent.errors, agent.plan.origin) == (STEPS, 0, origin)


def test_the_block_for_a_plain_loop() -> None:
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    used: list[float] = []
    optimizer.register_step_pre_hook(lambda o, a, k: used.append(o.param_groups[0]["lr"]))
    left: dict[str, Any] = {"data": torch.randn(STEPS, 4, 2), "optimizer": optimizer}

    def train_one(batch: torch.Tensor) -> torch.Tensor:
        loss = model(batch).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        left["scheduler"].step()
        return torch.as_tensor(loss)

    left["train_one"] = train_one
    run(LOOP, left)
    check(left["agent"], "rheostat")
    assert used == pytest.approx([0.1 * step / 500 for step in range(STEPS)])


def test_the_block_for_a_hugging_face_trainer(tmp_path: Path) -> None:
    arguments = TrainingArguments(
        output_dir=str(tmp_path),
        max_steps=STEPS,
        report_to=[],
        save_strategy="no",
        use_cpu=True,
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    model = GPT2LMHeadModel(GPT2Config(vocab_size=8, n_positions=4, n_embd=8, n_layer=1, n_head=1))
    data = [{"input_ids": torch.arange(4), "labels": torch.arange(4)}] * 64
    left = run(HUGGINGFACE, {"Trainer": Trainer, "model": model, "arguments": arguments, "data": data})
    (callback,) = (c for c in left["trainer"].callback_handler.callbacks if hasattr(c, "agent"))
    check(callback.agent, "imported")


def test_the_block_for_lightning(tmp_path: Path) -> None:
    class Line(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 1)

        def training_step(self, batch: torch.Tensor, _: int) -> torch.Tensor:
            return torch.as_tensor(self.layer(batch).pow(2).mean())

        def configure_optimizers(self) -> Any:
            optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
            scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    quiet = partial(
        pl.Trainer,
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=tmp_path,
    )
    data: Any = torch.utils.data.DataLoader(torch.randn(STEPS, 2), batch_size=1)  # type: ignore[arg-type]
    left = run(LIGHTNING, {"L": SimpleNamespace(Trainer=quiet), "model": Line(), "data": data})
    (callback,) = (c for c in left["trainer"].callbacks if hasattr(c, "agent"))
    check(callback.agent, "imported")


def test_the_block_for_accelerate() -> None:
    model = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    accelerator = Accelerator(cpu=True)

    def train(model: Any, optimizer: Any, scheduler: Any, agent: Agent) -> None:
        for _ in range(STEPS):
            loss = model(torch.ones(1, 2)).pow(2).mean()
            accelerator.backward(loss)
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
            agent.log(loss=loss)

    given = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "accelerator": accelerator}
    left = run(ACCELERATE, given | {"train": train, "rheostat": rheostat})
    check(left["agent"], "imported")
