"""Ignite: handlers that put an agent onto the optimizer of an ignite trainer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any, Unpack

from ignite.engine import Engine, Events
from torch import Tensor
from torch.optim import Optimizer

from rheostat.agent import Agent, attach
from rheostat.integrations.options import Options

__all__ = ["RheostatHandler"]


class RheostatHandler:
    """``RheostatHandler(optimizer, scheduler).attach(trainer)``; takes the options of `rheostat.attach`.

    It records lrs at every optimizer step, and the output of the trainer where that is a number or a
    tensor (as ``loss``) or a mapping to such, unless ``output`` makes another mapping of it. ``scheduler`` is
    one of torch's that is stepped once an update. ``agent`` is the agent while training runs.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        scheduler: object | None = None,
        *,
        output: Callable[[Any], Mapping[str, Any]] | None = None,
        **options: Unpack[Options],
    ) -> None:
        self.agent: Agent | None = None
        self._optimizer = optimizer
        self._scheduler = scheduler
        self._output = output or _numbers
        self._options = options
        self._logged = 0

    def attach(self, trainer: Engine) -> RheostatHandler:
        """Take part in the runs of ``trainer``; returns this handler."""
        trainer.add_event_handler(Events.STARTED, self._begin)
        trainer.add_event_handler(Events.ITERATION_COMPLETED, self._record)
        trainer.add_event_handler(Events.COMPLETED, self._end)
        trainer.add_event_handler(Events.EXCEPTION_RAISED, self._fail)
        return self

    def _begin(self, _: Engine) -> None:
        self._logged = 0
        self.agent = attach(self._optimizer, self._scheduler, **self._options)

    def _record(self, trainer: Engine) -> None:
        """Record what an update gave, once, and stop if someone asked for it."""
        if self.agent is None:
            return
        if self.agent.step != self._logged:
            self._logged = self.agent.step
            self.agent.log(**self._output(trainer.state.output))
        if self.agent.should_stop:
            trainer.terminate()

    def _end(self, _: Engine) -> None:
        if self.agent is not None:
            self.agent.close()

    def _fail(self, _: Engine, error: BaseException) -> None:
        """Send the rest, and how it ended; the error goes on."""
        if self.agent is not None:
            self.agent.__exit__(type(error), error, error.__traceback__)
        raise error


def _numbers(output: object) -> dict[str, Any]:
    named = output if isinstance(output, Mapping) else {"loss": output}
    return {str(name): v for name, v in named.items() if isinstance(v, Real | Tensor)}
