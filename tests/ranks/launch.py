"""Start the ranks of a job, each in a process of its own, and gather what they saw."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.forks import fork

ROOT = Path(__file__).resolve().parents[2]
GLOO = {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo", "PYTHONFAULTHANDLER": "1"}
# torch of today shares the store between restarts, which breaks gloo jobs without any agent too.
ELASTIC = GLOO | {"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}


def launch(ranks: int, folder: Path, *words: str, **environment: str) -> list[dict[str, Any]]:
    """Run `tests.ranks.job` with ``words`` once for each rank; returns what they wrote into ``folder``.

    Each is a process of its own, forked from one that has torch loaded already.
    """
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    shared = {**GLOO, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(ranks)}
    told = [folder / f"told-{rank}.txt" for rank in range(ranks)]
    processes = [
        fork(_rank, str(path), *words, environment=os.environ | shared | {"RANK": str(rank)} | environment)
        for rank, path in enumerate(told)
    ]
    try:
        until = time.monotonic() + 100.0
        for process in processes:
            process.join(max(0.0, until - time.monotonic()))
    finally:
        for process in processes:
            process.kill()
    said = "\n".join(path.read_text() for path in told if path.exists())
    assert [process.exitcode for process in processes] == [0] * ranks, said
    return results(ranks, folder)


def _rank(told: str, *words: str) -> None:
    """In the rank's process."""
    descriptor = os.open(told, os.O_WRONLY | os.O_CREAT)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    from tests.ranks.job import main  # it loads torch

    main(*words)


@contextmanager
def torchrun(
    ranks: int, *command: str, restarts: int = 0, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Python with ``command`` under torch's own launcher; ended, ranks and all, with the context."""
    launcher = ["torch.distributed.run", f"--nproc-per-node={ranks}"]
    rendezvous = ["--rdzv-backend=c10d", "--rdzv-endpoint=127.0.0.1:0", f"--max-restarts={restarts}"]
    with _launched([*launcher, *rendezvous, *command], environment) as job:
        yield job


@contextmanager
def accelerate_launch(ranks: int, *command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Python with ``command`` under `accelerate launch`; ended, ranks and all, with the context.

    With ``--cpu`` it starts one process, unless there is an mpirun; with ``--multi_gpu`` it starts several,
    and ``Accelerator(cpu=True)`` keeps them on the CPU.
    """
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    launcher = ["accelerate.commands.launch", "--multi_gpu", f"--num_processes={ranks}", "--num_machines=1"]
    plain = [f"--main_process_port={port}", "--mixed_precision=no", "--dynamo_backend=no"]
    with _launched([*launcher, *plain, *command], environment) as job:
        yield job


@contextmanager
def _launched(words: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env={**os.environ, **ELASTIC, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as job:
        try:
            yield job
        finally:
            # The launcher ends its ranks when it is asked to end, not when it is killed.
            job.terminate()


def results(ranks: int, folder: Path) -> list[dict[str, Any]]:
    """What each rank has written."""
    return [json.loads((folder / f"rank-{rank}.json").read_text()) for rank in range(ranks)]
