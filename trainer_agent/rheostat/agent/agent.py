"""The agent as a training job knows it: the lr, the log, checkpoints, the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial, wraps
from time import time
from types import TracebackType

from rheostat.agent import resume
from rheostat.agent.driver import Driver
from rheostat.agent.groups import unwrap
from rheostat.agent.member import Member
from rheostat.agent.notices import RheostatWarning
from rheostat.agent.orders import OnCheckpoint
from rheostat.agent.recorder import Recorder
from rheostat.agent.tracing import capturing, mark
from rheostat.agent.values import split
from rheostat.agent.works import Works
from rheostat.control.states import Control

__all__ = ["Agent", "RheostatWarning"]


class Agent(Works):
    """What `rheostat.attach` returns. Use it as a context manager, or call `close` at the end.

    ``errors`` counts what went wrong inside the agent; the first is warned of. ``resumed`` tells of a
    checkpoint that was made under another plan.
    """

    def __init__(
        self,
        members: Sequence[Member],
        control: Control,
        *,
        driver: Driver | None = None,
        records: bool = True,
    ) -> None:
        super().__init__(members, control, driver=driver, records=records)
        if self._recorder is not None:
            # It hands on to the method what it cannot do itself.
            vars(self)["log"] = mark(wraps(Agent.log)(self._recorder.log(partial(Agent.log, self))))

    @property
    def step(self) -> int:
        """The next step to be taken: how many updates the (first) optimizer has made."""
        return self._steering.step

    @property
    def should_stop(self) -> bool:
        """Whether someone asked for the job to end; true on all ranks after the same step."""
        return self._steering.orders.should_stop

    @property
    def on_checkpoint(self) -> OnCheckpoint | None:
        """What to call, with the number of steps taken, when someone asks for a checkpoint."""
        return self._steering.orders.on_checkpoint

    @on_checkpoint.setter
    def on_checkpoint(self, callback: OnCheckpoint | None) -> None:
        self._steering.orders.on_checkpoint = callback
        self._steering.control.checkpoints = callback is not None

    @property
    def closed(self) -> bool:
        """Whether it has ended."""
        return self._closed

    @property
    def run(self) -> str:
        """The name of the run; empty without a server."""
        return "" if self._hello is None else self._hello.name

    @property
    def url(self) -> str:
        """The page of this run, once the server has told; empty until then."""
        return "" if self._link is None else self._link.url

    def watches(self, optimizers: Sequence[object]) -> bool:
        """Whether one of ``optimizers`` is among those this agent is attached to."""
        return any(m.optimizer is each for m in self._members for each in optimizers)

    @property
    def planned_lr(self) -> dict[str, float]:
        """The plan's lr of each group for the next step."""
        return self._steering.planned()

    @property
    def effective_lr(self) -> dict[str, float]:
        """The lr of each group that the next step will use, as things stand."""
        return self._steering.peek()

    def log(self, *, step: int | None = None, **values: object) -> None:
        """Record metrics: numbers or tensors of one element, without waiting for a device.

        They belong to the step just taken, or, for a name first logged ahead of any step, to the next; or
        to ``step`` where one is given.
        """
        recorder = self._recorder
        try:
            if self._guard is not None:
                self._guard.look(step, values)
            if recorder is not None:
                self._log_other(recorder, step, values)
        except Exception as error:
            self.failed(error)

    @contextmanager
    def stepping(self, optimizer: object | None = None) -> Iterator[None]:
        """For a captured step, whose replay runs no hooks: ``with agent.stepping(): graph.replay()``.

        What runs inside is one step of ``optimizer`` (None: the first). The effective lrs are written in
        place before it and the plan's after it, on the current stream, which must be that of the replay. Only
        lrs that are tensors on the device reach a captured step. While a graph is being captured nothing
        is done, with a warning.
        """
        hooks = next(
            (m.hooks for m in self._members if optimizer is None or m.optimizer is unwrap(optimizer)), None
        )
        if hooks is None or self._closed or self._inert:
            yield
        elif capturing():
            self.warn("capture", "rheostat: stepping() does nothing while a CUDA graph is being captured")
            yield
        else:
            with hooks.around():
                yield

    def state_dict(self) -> dict[str, object]:
        """What to put into a checkpoint: step count, overrides in force, plan; plain values only."""
        steering = self._steering
        return resume.save(steering.step, steering.save(), self.plan, steering.planned())

    def load_state_dict(self, state: Mapping[str, object]) -> None:
        """Go on from a checkpoint. One that does not fit is warned of and left unused.

        If it was made under another plan, the run's page shows both and offers to keep the old one.
        """
        try:
            kept = resume.load(state)
            self._steering.restore(kept.saved, kept.step)
            if self._steering.ranks is not None:
                self._look_in = self._steering.ranks.moved(kept.step, self._steering.stack)
            self.resumed = resume.compare(kept, self.plan, self._steering.planned())
            if self.resumed is not None and self._link is not None:
                self._link.introduce_anew()
            self._wake()
        except Exception as error:
            self.failed(error)

    def close(self) -> None:
        """Take the hooks out and send what is left, in bounded time. The plan stands afterwards."""
        self.end("finished")

    def __enter__(self) -> Agent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.end("finished")
        elif issubclass(kind, KeyboardInterrupt):
            self.end("stopped", "interrupted")
        else:
            self.end("crashed", f"{kind.__name__}: {error}"[:500])

    def _log_other(self, recorder: Recorder, step: int | None, values: Mapping[str, object]) -> None:
        floats, devices, complaints = split(values)
        if step is not None and not self._steering.step - 1 <= step <= self._steering.step:
            self.warn(
                "step",
                f"rheostat: log(step={step}) is neither step {self._steering.step - 1}, just taken, nor "
                f"the next; such values are recorded with the next step",
            )
        at = max(self._steering.step - 1, 0) if step is None else int(step)
        if devices:
            self._steering.horizon = 0
            self._deferred.put(at, time(), devices)
        if step is None:
            recorder.log_new(floats)
        else:
            recorder.log_at(at, floats)
        for complaint in complaints:
            self.warn(str(complaint), f"rheostat: {complaint}")
