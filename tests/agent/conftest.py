"""A small model, and agents without a server that must end without an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import nn

from rheostat.agent import Agent, attach


@pytest.fixture
def model() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(3, 2)


@pytest.fixture
def offline() -> Iterator[Callable[..., Agent]]:
    agents: list[Agent] = []

    def make(optimizer: object, **options: object) -> Agent:
        agent = attach(optimizer, server=False, **options)  # type: ignore[arg-type]
        agents.append(agent)
        return agent

    yield make
    for agent in agents:
        agent.close()
        assert agent.errors == 0
