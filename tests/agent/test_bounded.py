"""Memory does not grow with the steps: no server, one that takes nothing, no disk, a loop without a pause.

Each job measures itself. What is compared is its memory after few and after very many steps; no job is
allowed what a tenth of the rows in between would take.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
import torch

import rheostat
from tests.forks import forks

from .stand_in import TOKEN, StandIn

pytestmark = pytest.mark.process

FEW, MANY = 150_000, 600_000
ROW_BYTES = 40


class Nothing(torch.optim.Optimizer):
    """Its step does nothing."""

    def step(self, closure: object = None) -> None:  # type: ignore[override]
        """Do nothing."""


def train(folder: str, options: dict[str, object], answer: Connection) -> None:
    """Take many steps as fast as it goes; answers with the memory used up to few and up to all of them."""
    os.environ["RHEOSTAT_DATA_DIR"] = folder
    warnings.simplefilter("ignore")
    optimizer = Nothing([torch.zeros(1)], {"lr": 0.1})
    agent = rheostat.attach(optimizer, run="long", **options)  # type: ignore[arg-type]
    (before,) = optimizer._optimizer_step_pre_hooks.values()
    (after,) = optimizer._optimizer_step_post_hooks.values()
    most = {FEW: 0, MANY: 0}
    for upto in (FEW, MANY):
        for step in range(agent.step, upto):
            before(optimizer, (), {})
            after(optimizer, (), {})
            agent.log(loss=float(step))
            if not step % 10_000:
                most[upto] = max(most[upto], resident())
    assert agent.recorder is not None
    answer.send((*most.values(), agent.errors, agent.recorder.lost))
    os._exit(0)


def resident() -> int:
    """Bytes of memory this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def grown(options: dict[str, object]) -> tuple[int, int]:
    """Bytes of memory that the later steps added, and how many steps were lost."""
    jobs = forks()
    mine, its = jobs.Pipe()
    job = jobs.Process(target=train, args=(os.environ["RHEOSTAT_DATA_DIR"], options, its))
    job.start()
    its.close()
    assert mine.poll(100.0), "the job said nothing"
    few, many, errors, lost = mine.recv()
    job.join(10.0)
    assert errors == 0
    return many - few, lost


@pytest.fixture
def server() -> Iterator[StandIn]:
    stand_in = StandIn()
    stand_in.start()
    yield stand_in
    stand_in.stop()


def check(added: int, lost: int) -> None:
    assert added < (MANY - FEW) * ROW_BYTES / 4
    assert lost == 0


def test_without_a_server() -> None:
    check(*grown({}))


def test_with_a_server_that_stores(server: StandIn) -> None:
    check(*grown({"server": server.url, "token": TOKEN}))


def test_with_a_server_that_never_acks(server: StandIn) -> None:
    server.silent = True
    check(*grown({"server": server.url, "token": TOKEN}))
    assert server.steps().size


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder that not even root can write")
def test_without_a_disk_the_oldest_steps_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "RHEOSTAT_DATA_DIR", "/sys/rheostat")
    added, lost = grown({})
    assert added < (MANY - FEW) * ROW_BYTES / 2
    assert 0 < lost < MANY
