"""A job whose disk is full or cannot be written: it trains on, says so once, and a server has it all."""

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

STEPS = 30_000
JOB = """
import json, resource, sys, warnings
from pathlib import Path
import torch
import rheostat
url, token, steps, limit = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
wrong = 0
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    agent = rheostat.attach(optimizer, run="full", server=url, token=token)
    optimizer.register_step_pre_hook(lambda o, a, k: used.append(o.param_groups[0]["lr"]))
    for step in range(steps):
        used = []
        optimizer.step()
        wrong += used != [0.1]
        agent.log(loss=float(step))
    agent.close()
print(json.dumps([wrong, agent.errors, [str(w.message) for w in told]]))
"""


@pytest.fixture
def server() -> Iterator[StandIn]:
    stand_in = StandIn()
    stand_in.start()
    yield stand_in
    stand_in.stop()


def tiny_disk(folder: Path) -> tuple[list[str], int]:
    """What puts 300 kB of disk at ``folder`` before a command: a file system of its own where it may be,
    else (a limit, in bytes) on the size of any file.
    """
    words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    mount = f"mount -t tmpfs -o size=300k tmpfs {folder}"
    if subprocess.run([*words, mount], check=False, capture_output=True).returncode == 0:
        return [*words, f'{mount} && exec "$@"', "sh"], 0
    return [], 100_000


def run(server: StandIn, folder: Path, prefix: list[str], limit: int) -> tuple[int, int, list[str]]:
    job = subprocess.run(
        [*prefix, sys.executable, "-c", JOB, server.url, TOKEN, str(STEPS), str(limit)],
        env={**os.environ, "RHEOSTAT_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert job.returncode == 0, job.stderr
    wrong, errors, told = json.loads(job.stdout)
    return wrong, errors, told


def check(server: StandIn, outcome: tuple[int, int, list[str]], reason: str) -> None:
    wrong, errors, told = outcome
    assert (wrong, errors) == (0, 0)
    (warning,) = told
    assert "cannot be kept on disk" in warning
    assert reason in warning
    assert server.series("metrics", "loss") == {step: float(step) for step in range(STEPS)}
    assert server.byes[0].state == "finished"


def test_a_full_disk(server: StandIn, tmp_path: Path) -> None:
    prefix, limit = tiny_disk(tmp_path)
    reason = "File too large" if limit else "No space left on device"
    check(server, run(server, tmp_path, prefix, limit), reason)


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder that not even root can write")
def test_a_folder_that_cannot_be_written(server: StandIn) -> None:
    check(server, run(server, Path("/sys/rheostat"), [], 0), "")
