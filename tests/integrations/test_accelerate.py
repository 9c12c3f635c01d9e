"""What Accelerate prepares is seen through."""

from __future__ import annotations

import pytest
import torch
from accelerate import Accelerator
from torch import nn

from rheostat import attach
from rheostat.schedule import parse


def test_a_prepared_loop_is_watched_and_steered() -> None:
    model = nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
    model, optimizer, scheduler = accelerator.prepare(model, optimizer, scheduler)
    agent = attach(optimizer, scheduler, server=False, total=10)
    inner = optimizer.optimizer
    used: list[float] = []
    inner.register_step_pre_hook(lambda o, a, k: used.append(o.param_groups[0]["lr"]))
    agent.scale(0.5, for_steps=3)
    for _ in range(20):
        with accelerator.accumulate(model):
            accelerator.backward(model(torch.ones(1, 2)).pow(2).sum())
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
    agent.close()
    assert agent.plan.origin == "imported"
    plan = parse(agent.plan.text).bind(total=10)
    assert (agent.step, agent.errors) == (10, 0)
    assert used == pytest.approx([plan(s) * (0.5 if s < 3 else 1.0) for s in range(10)], rel=1e-12)
