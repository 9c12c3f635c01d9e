"""``rheostat sync`` brings what a job without a server left."""

from __future__ import annotations

import pytest
import torch

from rheostat import attach
from rheostat_server.cli import main
from tests.agent.stand_in import TOKEN, StandIn


def test_what_a_job_left_is_brought(capsys: pytest.CaptureFixture[str]) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    with attach(optimizer, run="offline"):
        for _ in range(5):
            optimizer.step()
    assert main(["sync"]) == 2
    assert "rheostat serve" in capsys.readouterr().err
    server = StandIn()
    server.start()
    assert main(["sync", "--server", server.url, "--token", TOKEN]) == 0
    server.stop()
    assert "offline" in capsys.readouterr().out
    assert server.steps().tolist() == list(range(5))
