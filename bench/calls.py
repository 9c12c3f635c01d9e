"""The calls of one logger, timed one by one in a process of its own: ``python -m bench.calls NAME``.

It is told over stdin what to do and answers with JSON, a line each: ``{"version": ...}`` or ``{"missing":
...}`` at first, then one answer a request ``[kind, groups, calls, seconds]``. A request ends after so many
calls or so many seconds. ``tight`` calls the logger in a loop, ``paced`` after real training steps, every
other block of them; both answer with the nanoseconds of each call (the clock's own included), and paced also
with those of whole steps, logged and not.
"""

from __future__ import annotations

import gc
import importlib.metadata
import json
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from bench.loggers import LOGGERS, Logger

Log = Callable[[int, float], object]
BLOCK = 10


def main(name: str) -> None:
    """Serve requests until stdin ends; then leave at once, as nothing of this is to be kept."""
    answers, sys.stdout = sys.stdout, sys.stderr
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ |= {"RHEOSTAT_DATA_DIR": folder, "WANDB_DIR": folder, "TRACKIO_DIR": folder}
        for answer in _answers(LOGGERS[name]):
            print(json.dumps(answer), file=answers, flush=True)
    os._exit(0)


def _answers(logger: Logger) -> Iterator[object]:
    try:
        logs = {groups: logger.start(groups).log for groups in (1, 4, 64)}
        version = importlib.metadata.version(logger.package) if logger.package else ""
    except ImportError as error:
        yield {"missing": str(error)}
        return
    yield {"version": version}
    train = _training()
    steps = iter(range(1, sys.maxsize))
    for log in logs.values():
        log(0, train())  # what loads or connects at the first call
    gc.disable()
    gc.freeze()  # or a collection takes longer than a round
    for line in sys.stdin:
        kind, groups, calls, seconds = json.loads(line)
        until = time.monotonic() + seconds
        measure = _tight if kind == "tight" else _paced
        yield measure(logs[groups], steps, calls, until, train)
        gc.collect()


def _tight(log: Log, steps: Iterator[int], calls: int, until: float, train: Any) -> object:
    clock, taken = time.perf_counter_ns, []
    for _, step in zip(range(calls), steps, strict=False):
        begun = clock()
        log(step, 0.5)
        taken.append(clock() - begun)
        if time.monotonic() > until:
            break
    return {"calls": taken}


def _paced(log: Log, steps: Iterator[int], calls: int, until: float, train: Callable[[], float]) -> object:
    clock = time.perf_counter_ns
    inline: list[int] = []
    logged: list[int] = []
    plain: list[int] = []
    while len(inline) < calls and time.monotonic() < until:
        for _ in range(BLOCK):
            begun = clock()
            train()
            plain.append(clock() - begun)
        for _, step in zip(range(BLOCK), steps, strict=False):
            begun = clock()
            loss = train()
            trained = clock()
            log(step, loss)
            now = clock()
            inline.append(now - trained)
            logged.append(now - begun)
            if time.monotonic() > until:
                break
    return {"calls": inline, "logged": logged, "plain": plain}


def _training() -> Callable[[], float]:
    """A real step of 1 to 2 ms: a network of three layers, one thread, descent with momentum.

    Written out, as torch's optimizers load its compiler, which takes seconds in each process.
    """
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 1))
    weights = list(model.parameters())
    moments = [torch.zeros_like(weight) for weight in weights]
    batch = torch.randn(512, 64)

    def train() -> float:
        loss = model(batch).square().mean()
        gradients = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for weight, moment, gradient in zip(weights, moments, gradients, strict=True):
                moment.mul_(0.9).add_(gradient)
                weight.sub_(moment, alpha=1e-3)
        return float(loss.item())

    return train


if __name__ == "__main__":
    main(sys.argv[1])
