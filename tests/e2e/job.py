"""A training job for the browser tests. It keeps a record of its own: every lr its optimizer really used.

The record is taken inside ``step()``, by a subclass of the optimizer that knows nothing of Rheostat, and the
scheduler's whole state is written beside it, one JSON line a step.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR

import rheostat


class RecordingSGD(torch.optim.SGD):
    """SGD that notes the lr of each group at the moment of the update."""

    used: list[float]

    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """Note, then update."""
        self.used = [float(group["lr"]) for group in self.param_groups]
        return super().step(closure)


def build(total: int) -> tuple[nn.Module, RecordingSGD, CosineAnnealingLR]:
    """A model of two named groups and a scheduler that a naive write to the lr would corrupt for good."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1))
    optimizer = RecordingSGD(
        [
            {"params": model[0].parameters(), "lr": 0.01, "name": "backbone"},
            {"params": model[2].parameters(), "lr": 0.1, "name": "head"},
        ],
        momentum=0.9,
    )
    return model, optimizer, CosineAnnealingLR(optimizer, total, eta_min=1e-5)


def states(total: int, steps: int) -> list[dict[str, Any]]:
    """The scheduler's state after each of ``steps`` updates of a run that never saw Rheostat."""
    _, optimizer, scheduler = build(total)
    seen = []
    for _ in range(steps):
        optimizer.step()
        scheduler.step()
        seen.append(json.loads(json.dumps(scheduler.state_dict())))
    return seen


def train(record: Path, total: int, steps: int, rate: float) -> None:
    """Train ``steps`` updates at about ``rate`` a second under the agent's eye."""
    torch.set_num_threads(1)
    model, optimizer, scheduler = build(total)
    x = torch.randn(64, 8)
    y = x.sum(dim=1, keepdim=True)
    with (
        record.open("w", buffering=1) as lines,
        rheostat.attach(optimizer, scheduler, project="e2e", total=total) as agent,
    ):
        for step in range(steps):
            loss = nn.functional.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            agent.log(loss=loss, root=loss.detach().sqrt())
            plan = [float(lr) for lr in scheduler.get_last_lr()]
            optimizer.step()
            scheduler.step()
            entry = {"step": step, "used": optimizer.used, "plan": plan, "loss": loss.item()}
            lines.write(json.dumps(entry | {"state": scheduler.state_dict()}) + "\n")
            if agent.should_stop or record.with_suffix(".stop").exists():
                return
            time.sleep(1.0 / rate)


def main(*words: str) -> None:
    """Train as the words of a command line say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("record", type=Path)
    parser.add_argument("--total", type=int, default=20_000)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=100.0)
    options = parser.parse_args(words)
    train(options.record, options.total, options.steps, options.rate)
