"""One logger in a process of its own: ``python -m bench.costs NAME CALLS FOLDER`` prints its costs."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Start = Callable[[str], tuple[Callable[[int], object], Callable[[], object]]]
"""Given a folder, what logs a step's lr and loss, and what ends and flushes."""


def ours(folder: str) -> Any:
    """The agent; the server, if one is to be found, is told by the environment."""
    import rheostat

    optimizer = _bare()
    agent = rheostat.attach(optimizer, run=f"bench-{os.getpid()}")
    (before,) = optimizer._optimizer_step_pre_hooks.values()
    (after,) = optimizer._optimizer_step_post_hooks.values()

    def log(step: int) -> None:
        before(optimizer, (), {})
        after(optimizer, (), {})
        agent.log(loss=1.0 / (step + 1))

    return log, agent.close


def deque_append(folder: str) -> Any:
    """The floor: a deque that keeps what is logged."""
    from collections import deque

    kept: deque[tuple[int, float, float]] = deque(maxlen=65_536)
    return (lambda step: kept.append((step, 0.1, 1.0 / (step + 1)))), kept.clear


def trackio(folder: str) -> Any:
    """trackio, into its local store."""
    os.environ["TRACKIO_DIR"] = folder
    import trackio as peer

    peer.init(project="bench", embed=False)
    return (lambda step: peer.log({"lr": 0.1, "loss": 1.0 / (step + 1)})), peer.finish


def tensorboard(folder: str) -> Any:
    """TensorBoard's writer as torch brings it."""
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(folder)

    def log(step: int) -> None:
        writer.add_scalar("lr", 0.1, step)
        writer.add_scalar("loss", 1.0 / (step + 1), step)

    return log, writer.close


def wandb(folder: str) -> Any:
    """wandb, offline."""
    import wandb as peer

    run = peer.init(mode="offline", dir=folder, project="bench", settings=peer.Settings(silent=True))
    return (lambda step: run.log({"lr": 0.1, "loss": 1.0 / (step + 1)})), run.finish


def mlflow(folder: str) -> Any:
    """mlflow into a SQLite file, asynchronously."""
    import mlflow as peer

    peer.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    peer.start_run()

    def log(step: int) -> None:
        peer.log_metrics({"lr": 0.1, "loss": 1.0 / (step + 1)}, step=step, synchronous=False)

    def end() -> None:
        peer.flush_async_logging()
        peer.end_run()

    return log, end


def aim(folder: str) -> Any:
    """aim into a local repository."""
    from aim import Run

    run = Run(repo=folder, system_tracking_interval=None, capture_terminal_logs=False)

    def log(step: int) -> None:
        run.track(0.1, name="lr", step=step)
        run.track(1.0 / (step + 1), name="loss", step=step)

    return log, run.close


LOGGERS: dict[str, Start] = {
    "rheostat": ours,
    "deque.append": deque_append,
    "trackio": trackio,
    "tensorboard": tensorboard,
    "wandb": wandb,
    "mlflow": mlflow,
    "aim": aim,
}


def main() -> None:
    """Log, flush, and print the costs. torch is loaded before, as in any training job."""
    name, calls, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    optimizer = _bare()
    optimizer.step()
    floor, begun = _rss(), time.perf_counter()
    log, end = LOGGERS[name](folder)
    started = time.perf_counter()
    cpu = _cpu()
    for step in range(calls):
        log(step)
    looped = time.perf_counter()
    rss = _rss() - floor
    end()
    ended = time.perf_counter()
    costs = {
        "start_s": started - begun,
        "loop_us": 1e6 * (looped - started) / calls,
        "flush_s": ended - looped,
        "cpu_us": 1e6 * (_cpu() - cpu) / calls,
        "rss_mib": rss / 2**20,
        "disk_b": sum(p.stat().st_size for p in Path(folder).rglob("*") if p.is_file()) / calls,
    }
    print("COSTS " + json.dumps(costs), flush=True)
    os._exit(0)


def _bare() -> Any:
    """An optimizer whose step does nothing."""
    import torch
    import torch._dynamo  # a real optimizer loads it at its first step

    class Nothing(torch.optim.Optimizer):
        def step(self, closure: object = None) -> None:  # type: ignore[override]
            """Do nothing."""

    return Nothing([torch.zeros(1)], {"lr": 0.1})


def _cpu() -> float:
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def _rss() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
