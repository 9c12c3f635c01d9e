"""Real jobs of several gloo ranks: every command begins at one step on all of them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

JOB = Path(__file__).with_name("job.py")
pytestmark = pytest.mark.process


def launch(ranks: int, folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """Run a job; returns what each rank saw."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    shared = os.environ | {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(ranks)}
    shared |= {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    command = [sys.executable, str(JOB), arguments[0], str(folder), *arguments[1:]]
    processes = [
        subprocess.Popen(
            command, env=shared | {"RANK": str(rank)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for rank in range(ranks)
    ]
    try:
        said = [process.communicate(timeout=100)[0].decode() for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0] * ranks, "\n".join(said)
    return results(ranks, folder)


def results(ranks: int, folder: Path) -> list[dict[str, Any]]:
    return [json.loads((folder / f"rank-{rank}.json").read_text()) for rank in range(ranks)]


def check_alike(seen: list[dict[str, Any]]) -> None:
    first = seen[0]
    for each in seen:
        assert each["errors"] == 0
        assert each["trouble"] == ""
        assert each["applied"] == first["applied"]
        assert each["ended"] == first["ended"]
        assert each["used"] == first["used"]
        assert each["weights"] == each["by_hand"] == first["weights"]


def test_three_ranks_under_stalls_begin_every_command_at_the_same_step(tmp_path: Path) -> None:
    seen = launch(3, tmp_path, "ddp", "480", "0.9")
    check_alike(seen)
    assert len(seen[0]["applied"]) >= 300
    assert seen[0]["windows"] == 30
    assert len({step % 16 for step in seen[0]["applied"].values()}) == 1


def test_sharded_ranks_end_with_the_weights_of_lrs_set_by_hand(tmp_path: Path) -> None:
    seen = launch(2, tmp_path, "fsdp", "150", "0.3")
    check_alike(seen)
    assert len(seen[0]["applied"]) >= 10


def test_checkpoint_pause_and_stop_happen_on_all_ranks_at_one_step(tmp_path: Path) -> None:
    one, two = launch(2, tmp_path, "orders")
    assert one["made"] == two["made"]
    assert len(one["made"]) == 1
    assert one["steps"] == two["steps"] <= 150
    # Rank 0 alone knows of the resume, which is no step's business.
    assert [a for a in one["applied"] if a in two["applied"]] == two["applied"]
    assert len(two["applied"]) == 4
    assert one["weights"] == two["weights"]


def test_a_restart_keeps_what_the_checkpoint_holds_and_drops_what_came_later(tmp_path: Path) -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    # torch of today shares the store between restarts, which breaks gloo jobs without any agent too.
    environment |= {"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--max-restarts=1"]
    done = subprocess.run(
        [*launcher, "--rdzv-backend=c10d", "--rdzv-endpoint=127.0.0.1:0", str(JOB), "elastic", str(tmp_path)],
        env=environment,
        capture_output=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    before = [json.loads((tmp_path / f"first-{rank}.json").read_text()) for rank in range(2)]
    assert before[0] == before[1]
    assert runs(before[0]) == [0.1, 0.05, 0.0125]
    one, two = results(2, tmp_path)
    assert one == two
    assert (one["first"], one["restart"]) == (60, 1)
    assert runs(one["used"]) == [0.05, pytest.approx(0.04)]


def runs(values: list[float]) -> list[float]:
    """The values, each run of equal ones once."""
    return values[:1] + [b for a, b in pairwise(values) if a != b]
