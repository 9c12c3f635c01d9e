"""The loggers measured: ours, the floors, the peers. Each logs the loss and the lr of each param group."""

from __future__ import annotations

import os
import tempfile
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import torch

__all__ = ["LOGGERS", "Logger", "Logging", "Nothing"]


def _at_once() -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Logging:
    """A logger that has begun: ``log`` takes step and loss, ``ready`` waits until a server has been met,
    ``end`` flushes.
    """

    log: Callable[[int, float], object]
    end: Callable[[], object] = _at_once
    ready: Callable[[], object] = _at_once


@dataclass(frozen=True)
class Logger:
    """``start`` begins to log, in the current folder, for so many param groups; ``package`` has it."""

    package: str
    start: Callable[[int], Logging]


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


def _nothing(_: int) -> Logging:
    return Logging(lambda step, loss: None)


def _deque(groups: int) -> Logging:
    kept: deque[tuple[float, float]] = deque(maxlen=65_536)
    return Logging(lambda step, loss: kept.append((time.time(), loss)), kept.clear)


def _empty_hooks(groups: int) -> Logging:
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

    return Logging(log)


def _dispatch(groups: int) -> Logging:
    """What torch itself takes to step an optimizer that does nothing and has a pair of empty hooks."""
    optimizer = Nothing(groups)
    optimizer.register_step_pre_hook(lambda o, a, k: None)
    optimizer.register_step_post_hook(lambda o, a, k: None)
    return Logging(lambda step, loss: optimizer.step())


def _rheostat(every: int) -> Callable[[int], Logging]:
    """The agent; the hooks run at every so many calls. Which server, if any, is told by the environment."""

    def start(groups: int) -> Logging:
        import rheostat

        optimizer = Nothing(groups)
        agent = rheostat.attach(optimizer, run=f"bench-{groups}-{every}-{os.getpid()}")
        hooks = hooks_of(optimizer)

        def log(step: int, loss: float) -> None:
            hooks()
            agent.log(loss=loss)

        def log_mostly(step: int, loss: float) -> None:
            if not step % every:
                hooks()
            agent.log(loss=loss)

        def ready() -> None:
            while not agent.url:
                time.sleep(0.001)

        return Logging(log if every == 1 else log_mostly, agent.close, ready)

    return start


def _wandb(groups: int) -> Logging:
    import wandb

    settings = wandb.Settings(silent=True, x_disable_stats=True)
    run = wandb.init(mode="offline", project=f"bench{groups}", settings=settings, reinit="create_new")
    return Logging(lambda step, loss: run.log(_values(groups, loss)), run.finish)


def _trackio(groups: int) -> Logging:
    import trackio

    trackio.init(project=f"bench{groups}", embed=False)
    return Logging(lambda step, loss: trackio.log(_values(groups, loss)), trackio.finish)


def _tensorboard(groups: int) -> Logging:
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(tempfile.mkdtemp(dir="."))

    def log(step: int, loss: float) -> None:
        for name, value in _values(groups, loss).items():
            writer.add_scalar(name, value, step)

    return Logging(log, writer.close)


def _mlflow(synchronous: bool) -> Callable[[int], Logging]:
    def start(groups: int) -> Logging:
        import mlflow

        mlflow.set_tracking_uri("sqlite:///mlflow.db")  # one file: making it takes seconds
        mlflow.set_experiment("bench")
        run = mlflow.start_run(run_name=f"bench{groups}", nested=True)
        client = mlflow.MlflowClient()

        def log(step: int, loss: float) -> None:
            at = int(time.time() * 1000)
            metrics = [mlflow.entities.Metric(n, v, at, step) for n, v in _values(groups, loss).items()]
            client.log_batch(run.info.run_id, metrics, synchronous=synchronous)

        def end() -> None:
            mlflow.flush_async_logging()
            mlflow.end_run()

        return Logging(log, end)

    return start


def _aim(groups: int) -> Logging:
    import aim

    run = aim.Run(
        repo=".",
        experiment=f"bench{groups}",
        system_tracking_interval=None,
        log_system_params=False,
        capture_terminal_logs=False,
    )
    return Logging(lambda step, loss: run.track(_values(groups, loss), step=step), run.close)


def _values(groups: int, loss: float) -> dict[str, float]:
    return {"loss": loss} | {f"lr/{i}": 0.1 for i in range(groups)}


LOGGERS = {
    "nothing": Logger("", _nothing),
    "deque.append((time, loss))": Logger("", _deque),
    "empty hooks and call": Logger("", _empty_hooks),
    "torch's dispatch of empty hooks": Logger("", _dispatch),
    "rheostat, log() alone": Logger("rheostat", _rheostat(256)),
    "rheostat, hooks + log()": Logger("rheostat", _rheostat(1)),
    "trackio": Logger("trackio", _trackio),
    "tensorboard": Logger("tensorboard", _tensorboard),
    "wandb, offline": Logger("wandb", _wandb),
    "aim": Logger("aim", _aim),
    "mlflow, asynchronous": Logger("mlflow", _mlflow(False)),
    "mlflow": Logger("mlflow", _mlflow(True)),
}
