"""ScheduleLR: a schedule as a torch scheduler, for any training loop. The one module that needs torch."""

from __future__ import annotations

from typing import Any, TypedDict

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from rheostat.agent.groups import names_of
from rheostat.schedule import Plan, Schedule, parse
from rheostat.wire import Plan as PlanNote

__all__ = ["ScheduleLR", "ScheduleState"]


class ScheduleState(TypedDict):
    """What `ScheduleLR.state_dict` returns: plain values only."""

    schedule: str
    total: int | None
    epoch: int | None
    base_lrs: list[float]
    last_epoch: int
    step_count: int


class ScheduleLR(LRScheduler):
    """Set the lr of each param group to the schedule's, a step of the schedule at each call of `step`.

    The base lr of a group is the one it was made with, unless the text says another. ``total`` (steps in
    the run) and ``epoch`` (steps in an epoch) are needed only where the text counts in them. Groups bind by
    their ``name`` key, else by the path their parameters share, if torch was given names, or by their number.

    Raises:
        ScheduleError: the text does not parse.
        BindError: it needs a base lr, a total or an epoch that nothing gives.
        TypeError: ``optimizer`` is no torch optimizer.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedule: str | Schedule,
        *,
        total: int | None = None,
        epoch: int | None = None,
        last_epoch: int = -1,
    ) -> None:
        self.schedule = parse(schedule) if isinstance(schedule, str) else schedule
        self.total = total
        self.epoch = epoch
        self._plans: tuple[Plan, ...] = ()
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float | Tensor]:
        """The lr of each group at the present step."""
        if len(self._plans) != len(self.optimizer.param_groups):
            self._plans = self._bind()
        return [plan(self.last_epoch) for plan in self._plans]

    def _get_closed_form_lr(self) -> list[float | Tensor]:
        return self.get_lr()

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint needs: text, what binds it, and the step reached."""
        state = ScheduleState(
            schedule=str(self.schedule),
            total=self.total,
            epoch=self.epoch,
            base_lrs=[float(lr) for lr in self.base_lrs],
            last_epoch=self.last_epoch,
            step_count=self._step_count,
        )
        return dict(state)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a checkpoint, with its schedule.

        Raises:
            KeyError: it is not the state of a ScheduleLR.
            ScheduleError, BindError: its text does not fit this version or this optimizer.
        """
        self.schedule = parse(state_dict["schedule"])
        self.total = state_dict["total"]
        self.epoch = state_dict["epoch"]
        self.base_lrs = list(state_dict["base_lrs"])
        self.last_epoch = state_dict["last_epoch"]
        self._step_count = state_dict["step_count"]
        self._plans = self._bind()
        self._last_lr = self.get_lr()

    def rheostat_plan(self) -> PlanNote:
        """What an attached agent tells of this schedule."""
        names = names_of(self.optimizer.param_groups, None)
        return PlanNote(
            origin="rheostat",
            text=str(self.schedule),
            total=self.total,
            epoch=self.epoch,
            base={name: float(lr) for name, lr in zip(names, self.base_lrs, strict=False)},
        )

    def _bind(self) -> tuple[Plan, ...]:
        groups = self.optimizer.param_groups
        for group in groups[len(self.base_lrs) :]:
            self.base_lrs.append(float(group.get("initial_lr", group["lr"])))
        return tuple(
            self.schedule.bind(base=float(base), total=self.total, epoch=self.epoch, group=name)
            for name, base in zip(names_of(groups, None), self.base_lrs, strict=False)
        )
