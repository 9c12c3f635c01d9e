"""The callback in a real transformers Trainer, on a tiny model."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainerCallback, TrainingArguments

from rheostat.integrations.huggingface import RheostatCallback
from tests.agent.stand_in import TOKEN, StandIn

STEPS = 12


class Tokens(torch.utils.data.Dataset[dict[str, torch.Tensor]]):
    def __len__(self) -> int:
        return 64

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        ids = (torch.arange(8) + index) % 16
        return {"input_ids": ids, "labels": ids}


class Steering(TrainerCallback):
    """Scales at a step and notes what the optimizer's step sees."""

    def __init__(self, callback: RheostatCallback, at: int = 4, stop_at: int | None = None) -> None:
        self.callback = callback
        self.at, self.stop_at = at, stop_at
        self.used: list[float] = []
        self.between: list[float] = []

    def on_step_begin(self, args: Any, state: Any, control: Any, optimizer: Any = None, **_: Any) -> None:
        if not self.used:
            optimizer.optimizer.register_step_pre_hook(
                lambda o, a, k: self.used.append(o.param_groups[0]["lr"])
            )

    def on_step_end(self, args: Any, state: Any, control: Any, optimizer: Any = None, **_: Any) -> None:
        agent = self.callback.agent
        assert agent is not None
        self.between.append(optimizer.param_groups[0]["lr"])
        if state.global_step == self.at:
            agent.scale(0.5, for_steps=4)
        if state.global_step == self.stop_at:
            agent.stop()


def train(
    tmp_path: Path, callbacks: list[TrainerCallback], resume: str | None = None, **options: Any
) -> Trainer:
    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2Config(vocab_size=16, n_positions=8, n_embd=16, n_layer=1, n_head=2))
    arguments = TrainingArguments(
        output_dir=str(tmp_path),
        max_steps=STEPS,
        per_device_train_batch_size=4,
        learning_rate=1e-3,
        weight_decay=0.01,
        logging_steps=1,
        save_strategy=options.pop("save_strategy", "no"),
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        dataloader_pin_memory=False,
        **options,
    )
    trainer = Trainer(model=model, args=arguments, train_dataset=Tokens(), callbacks=callbacks)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="transformers|torch|accelerate")
        trainer.train(resume_from_checkpoint=resume)
    return trainer


def test_every_step_arrives_and_the_plan_is_that_of_a_run_without_us(tmp_path: Path) -> None:
    server = StandIn()
    server.start()
    callback = RheostatCallback(run="hf", server=server.url, token=TOKEN)
    steering = Steering(callback)
    train(tmp_path, [steering, callback], gradient_accumulation_steps=2)
    server.stop()
    assert callback.agent is not None
    assert callback.agent.errors == 0
    assert callback.agent.closed
    plan = [1e-3 * (1 - s / STEPS) for s in range(STEPS + 1)]
    assert server.steps().tolist() == list(range(STEPS))
    assert list(server.series("planned", "decay").values()) == pytest.approx(plan[:-1], rel=1e-12)
    assert steering.between == pytest.approx(plan[1:], rel=1e-12)
    assert steering.used == pytest.approx([0.5 * p if 4 <= s < 8 else p for s, p in enumerate(plan[:-1])])
    assert list(server.series("effective", "decay").values()) == steering.used
    assert list(server.series("metrics", "loss")) == list(range(STEPS))
    assert np.isfinite(list(server.series("metrics", "grad_norm").values())).all()
    assert "learning_rate" not in server.rows()[0].metrics
    (hello,) = server.hellos
    assert (hello.run, hello.optimizer, hello.plan.origin, hello.plan.total) == (
        "hf",
        "AdamW",
        "imported",
        STEPS,
    )
    assert [g.name for g in hello.groups] == ["decay", "no_decay"]


def test_the_trainer_stops_when_asked(tmp_path: Path) -> None:
    callback = RheostatCallback(server=False)
    trainer = train(tmp_path, [Steering(callback, stop_at=5), callback])
    assert trainer.state.global_step == 6


def test_a_resumed_run_goes_on_at_its_step_with_its_override(tmp_path: Path) -> None:
    first = RheostatCallback(server=False)
    train(tmp_path, [Steering(first, at=4, stop_at=5), first], save_strategy="steps", save_steps=6)
    again = RheostatCallback(server=False)
    steering = Steering(again, at=-1)
    train(tmp_path, [steering, again], resume=str(tmp_path / "checkpoint-6"))
    assert again.agent is not None
    assert again.agent.step == STEPS
    plan = [1e-3 * (1 - s / STEPS) for s in range(STEPS)]
    assert steering.used == pytest.approx([0.5 * plan[6], 0.5 * plan[7], *plan[8:]])
