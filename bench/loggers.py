"""One logger in a process of its own, told over stdin what to do next: ``python -m bench.loggers NAME``.

It answers with JSON, a line each: ``{"version": ...}`` or ``{"missing": ...}`` at first, then one answer a
request ``[kind, groups, calls, seconds]``. A request ends after so many calls or so many seconds. ``tight``
calls the logger in a loop, ``paced`` after real training steps, every other block of them; both answer with
the nanoseconds of each call (the clock's own included), and paced also with those of whole steps, logged and
not.
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
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

Log = Callable[[int, float], object]
Start = Callable[[int], Log]
"""Begins to log for so many param groups; every call logs the loss and the lr of each group."""
BLOCK = 10


class Nothing(torch.optim.Optimizer):
    """An optimizer whose step does nothing."""

    def __init__(self, groups: int) -> None:
        super().__init__([{"params": [torch.zeros(1)]} for _ in range(groups)], {"lr": 0.1})

    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Do nothing."""


def hooks_of(optimizer: torch.optim.Optimizer) -> Callable[[], None]:
    """Call the hooks of ``optimizer`` as torch does, without torch's own cost of a step."""
    (before,) = optimizer._optimizer_step_pre_hooks.values()
    (after,) = optimizer._optimizer_step_post_hooks.values()
    nothing: tuple[object, ...] = ()
    none: dict[str, object] = {}

    def call() -> None:
        before(optimizer, nothing, none)
        after(optimizer, nothing, none)

    return call


def _nothing(_: int) -> Log:
    return lambda step, loss: None


def _deque(groups: int) -> Log:
    kept: deque[tuple[float, float]] = deque(maxlen=65_536)
    return lambda step, loss: kept.append((time.time(), loss))


def _empty_hooks(groups: int) -> Log:
    """The least that hooks and a call with a keyword can cost: each does nothing."""
    optimizer = Nothing(groups)
    optimizer.register_step_pre_hook(lambda o, a, k: None)
    optimizer.register_step_post_hook(lambda o, a, k: None)
    hooks = hooks_of(optimizer)

    def empty(**values: float) -> None:
        """Do nothing."""

    def log(step: int, loss: float) -> None:
        hooks()
        empty(loss=loss)

    return log


def _dispatch(groups: int) -> Log:
    """What torch itself takes to step an optimizer that does nothing and has a pair of empty hooks."""
    optimizer = Nothing(groups)
    optimizer.register_step_pre_hook(lambda o, a, k: None)
    optimizer.register_step_post_hook(lambda o, a, k: None)
    return lambda step, loss: optimizer.step()


def _rheostat(groups: int) -> Log:
    import rheostat

    optimizer = Nothing(groups)
    agent = rheostat.attach(optimizer, run=f"bench-{groups}")
    optimizer.step()
    hooks = hooks_of(optimizer)

    def log(step: int, loss: float) -> None:
        hooks()
        agent.log(loss=loss)

    return log


def _rheostat_log(groups: int) -> Log:
    import rheostat

    optimizer = Nothing(groups)
    agent = rheostat.attach(optimizer, run=f"bench-log-{groups}")
    optimizer.step()
    hooks = hooks_of(optimizer)

    def log(step: int, loss: float) -> None:
        if not step % 256:
            hooks()
        agent.log(loss=loss)

    return log


def _wandb(groups: int) -> Log:
    import wandb

    settings = wandb.Settings(silent=True, x_disable_stats=True)
    run = wandb.init(mode="offline", project=f"bench{groups}", settings=settings, reinit="create_new")
    return lambda step, loss: run.log(_values(groups, loss))


def _trackio(groups: int) -> Log:
    import trackio

    trackio.init(project=f"bench{groups}", embed=False)
    return lambda step, loss: trackio.log(_values(groups, loss))


def _tensorboard(groups: int) -> Log:
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(tempfile.mkdtemp(dir="."))

    def log(step: int, loss: float) -> None:
        for name, value in _values(groups, loss).items():
            writer.add_scalar(name, value, step)

    return log


def _mlflow(synchronous: bool) -> Start:
    def start(groups: int) -> Log:
        import mlflow

        mlflow.set_tracking_uri("sqlite:///mlflow.db")  # one file: making it takes seconds
        mlflow.set_experiment("bench")
        run = mlflow.start_run(run_name=f"bench{groups}", nested=True)
        client = mlflow.MlflowClient()

        def log(step: int, loss: float) -> None:
            at = int(time.time() * 1000)
            metrics = [mlflow.entities.Metric(n, v, at, step) for n, v in _values(groups, loss).items()]
            client.log_batch(run.info.run_id, metrics, synchronous=synchronous)

        return log

    return start


def _aim(groups: int) -> Log:
    import aim

    run = aim.Run(
        repo=".", experiment=f"bench{groups}", system_tracking_interval=None, log_system_params=False
    )
    return lambda step, loss: run.track(_values(groups, loss), step=step)


LOGGERS: dict[str, tuple[str, Start]] = {
    "nothing": ("", _nothing),
    "deque.append((time, loss))": ("", _deque),
    "empty hooks and call": ("", _empty_hooks),
    "torch's dispatch of empty hooks": ("", _dispatch),
    "rheostat, log() alone": ("rheostat", _rheostat_log),
    "rheostat, hooks + log()": ("rheostat", _rheostat),
    "trackio": ("trackio", _trackio),
    "tensorboard": ("tensorboard", _tensorboard),
    "wandb, offline": ("wandb", _wandb),
    "aim": ("aim", _aim),
    "mlflow, asynchronous": ("mlflow", _mlflow(False)),
    "mlflow": ("mlflow", _mlflow(True)),
}


def _values(groups: int, loss: float) -> dict[str, float]:
    return {"loss": loss} | {f"lr/{i}": 0.1 for i in range(groups)}


def main(name: str) -> None:
    """Serve requests until stdin ends; then leave at once, as nothing of this is to be kept."""
    answers, sys.stdout = sys.stdout, sys.stderr
    warnings.simplefilter("ignore")
    package, start = LOGGERS[name]
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ |= {"RHEOSTAT_DATA_DIR": folder, "WANDB_DIR": folder, "TRACKIO_DIR": folder}
        for answer in _answers(package, start):
            print(json.dumps(answer), file=answers, flush=True)
    os._exit(0)


def _answers(package: str, start: Start) -> Iterator[object]:
    try:
        loggers = {groups: start(groups) for groups in (1, 4, 64)}
        version = importlib.metadata.version(package) if package else ""
    except ImportError as error:
        yield {"missing": str(error)}
        return
    yield {"version": version}
    train = _training()
    steps = iter(range(1, sys.maxsize))
    for log in loggers.values():
        log(next(steps), train())  # what loads or connects at the first call
    gc.disable()
    gc.freeze()  # or a collection takes longer than a round
    for line in sys.stdin:
        kind, groups, calls, seconds = json.loads(line)
        until = time.monotonic() + seconds
        measure = _tight if kind == "tight" else _paced
        yield measure(loggers[groups], steps, calls, until, train)
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
