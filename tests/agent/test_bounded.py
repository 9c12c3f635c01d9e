"""Memory does not grow with the steps: no server, one that takes nothing, no disk, a loop without a pause.

Each job measures itself. What is compared is its memory after few and after very many steps; no job is
allowed what a tenth of the rows in between would take.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .stand_in import TOKEN, StandIn

pytestmark = pytest.mark.process

FEW, MANY = 150_000, 600_000
ROW_BYTES = 40
JOB = """
import json, os, sys, warnings
from pathlib import Path
import torch
import rheostat
few, many, options = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])

class Nothing(torch.optim.Optimizer):
    def step(self, closure=None):
        pass

def anonymous():
    lines = Path("/proc/self/status").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith("Rss")}
    return 1024 * (sizes["RssAnon"] + sizes["RssFile"] + sizes["RssShmem"])

warnings.simplefilter("ignore")
optimizer = Nothing([torch.zeros(1)], {"lr": 0.1})
agent = rheostat.attach(optimizer, run="long", **options)
(before,) = optimizer._optimizer_step_pre_hooks.values()
(after,) = optimizer._optimizer_step_post_hooks.values()
most = {}
for upto in (few, many):
    most[upto] = 0
    for step in range(agent.step, upto):
        before(optimizer, (), {})
        after(optimizer, (), {})
        agent.log(loss=float(step))
        if not step % 10_000:
            most[upto] = max(most[upto], anonymous())
print(json.dumps([most[few], most[many], agent.errors, agent.recorder.lost]), flush=True)
os._exit(0)
"""


def grown(options: dict[str, object]) -> tuple[int, int]:
    """Bytes of memory that the later steps added, and how many steps were lost."""
    words = [sys.executable, "-c", JOB, str(FEW), str(MANY), json.dumps(options)]
    job = subprocess.run(words, capture_output=True, text=True, check=False, timeout=100)
    assert job.returncode == 0, job.stderr
    few, many, errors, lost = json.loads(job.stdout)
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
