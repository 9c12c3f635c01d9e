"""The handler on a real ignite trainer, on a tiny model."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from ignite.engine import Engine, Events
from torch import nn

from rheostat.integrations.ignite import RheostatHandler
from tests.agent.stand_in import TOKEN, StandIn

STEPS = 12
PLAN = [0.1 * 0.9**step for step in range(STEPS)]


class Training:
    """A trainer as ignite's own examples make it; ``used`` has the lr of each step, seen from inside it."""

    def __init__(self, **options: Any) -> None:
        torch.manual_seed(0)
        model = nn.Linear(2, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
        self.losses: list[float] = []
        self.used: list[float] = []
        self.handler = RheostatHandler(optimizer, scheduler, total=STEPS, **options)

        def update(_: Engine, x: torch.Tensor) -> torch.Tensor:
            loss = nn.functional.mse_loss(model(x), x.sum(1, keepdim=True))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            scheduler.step()
            self.losses.append(loss.item())
            return loss

        self.trainer = Engine(update)
        self.handler.attach(self.trainer)

        @self.trainer.on(Events.STARTED)
        def watch() -> None:
            optimizer.register_step_pre_hook(lambda o, a, k: self.used.append(o.param_groups[0]["lr"]))

    def run(self) -> None:
        """Two epochs."""
        self.trainer.run([torch.randn(4, 2) for _ in range(STEPS // 2)], max_epochs=2)


def test_every_step_arrives_with_its_loss_and_obeys() -> None:
    server = StandIn()
    server.start()
    training = Training(run="sums", server=server.url, token=TOKEN)

    @training.trainer.on(Events.ITERATION_COMPLETED(once=4))
    def halve() -> None:
        assert training.handler.agent is not None
        training.handler.agent.scale(0.5, for_steps=4)

    training.run()
    server.stop()
    assert training.handler.agent is not None
    assert training.handler.agent.errors == 0
    assert training.used == pytest.approx([0.5 * p if 4 <= s < 8 else p for s, p in enumerate(PLAN)])
    assert server.steps().tolist() == list(range(STEPS))
    assert list(server.series("planned", "0").values()) == pytest.approx(PLAN, rel=1e-12)
    assert list(server.series("effective", "0").values()) == training.used
    assert list(server.series("metrics", "loss").values()) == pytest.approx(training.losses, rel=1e-6)
    assert server.hellos[0].plan.origin == "imported"
    assert server.byes[0].state == "finished"


def test_the_trainer_stops_when_asked_and_logs_what_it_is_told_to() -> None:
    logged: list[float] = []

    def doubled(output: torch.Tensor) -> dict[str, float]:
        logged.append(2.0 * output.item())
        return {"doubled": logged[-1]}

    server = StandIn()
    server.start()
    training = Training(server=server.url, token=TOKEN, output=doubled)

    @training.trainer.on(Events.ITERATION_COMPLETED(once=5))
    def stop() -> None:
        assert training.handler.agent is not None
        training.handler.agent.stop()

    training.run()
    server.stop()
    assert 5 <= len(training.used) <= 6
    assert list(server.series("metrics", "doubled").values()) == pytest.approx(logged, rel=1e-6)
    assert len(server.byes) == 1


def test_how_it_failed_is_told() -> None:
    server = StandIn()
    server.start()
    training = Training(server=server.url, token=TOKEN)

    @training.trainer.on(Events.ITERATION_COMPLETED(once=3))
    def fail() -> None:
        raise RuntimeError("out of luck")

    with pytest.raises(RuntimeError, match="out of luck"):
        training.run()
    server.stop()
    assert (server.byes[0].state, server.byes[0].message) == ("crashed", "RuntimeError: out of luck")
