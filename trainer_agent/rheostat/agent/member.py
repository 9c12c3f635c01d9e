"""A member: one optimizer of a job, with its param groups, their names and its hooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from rheostat.agent.groups import ParamGroup, names_of, read_lr
from rheostat.agent.hooks import Hooks
from rheostat.agent.stepped import Lrs
from rheostat.wire import Group

__all__ = ["Member"]


class Member:
    """One optimizer of the job: its name ("" if it is the only one), its groups' names, their lrs.

    ``planned`` are the plan's lrs as last read, nan for one on a device; ``last`` those read for the last
    override, or at attach, for which the device was waited for. ``wrappers`` are those it was given in.
    """

    __slots__ = ("_first", "given", "hooks", "last", "name", "names", "optimizer", "planned", "wrappers")

    def __init__(
        self, name: str, optimizer: object, given: Sequence[str] | None, wrappers: Sequence[object] = ()
    ) -> None:
        self.name = name
        self.optimizer = optimizer
        self.given = given
        self.wrappers = tuple(wrappers)
        self.names: tuple[str, ...] = ()
        self.planned: Lrs = []
        self._first: Lrs = []
        self.hooks: Hooks | None = None
        self.last: Lrs = []
        self.rename()
        self.last = self._first = [read_lr(g.get("lr"), wait=True) for g in self.groups]

    @property
    def groups(self) -> list[ParamGroup]:
        """The param groups as they are now."""
        return cast(list[ParamGroup], getattr(self.optimizer, "param_groups"))  # noqa: B009

    def notes(self) -> tuple[Group, ...]:
        """What the server is told of the groups."""
        return tuple(
            Group(name=name, parameters=_count(group.get("params")), lr=lr)
            for name, group, lr in zip(self.names, self.groups, self._first, strict=False)
        )

    def rename(self) -> None:
        """Name the groups there are now."""
        self.names = names_of(self.groups, self.given, f"{self.name}/" if self.name else "")
        self.planned = [read_lr(g.get("lr")) for g in self.groups]
        self._first = self._first[: len(self.planned)] + self.planned[len(self._first) :]


def _count(parameters: object) -> int:
    """How many scalars a group holds."""
    if not isinstance(parameters, Iterable):
        return 0
    return sum(int(p.numel()) for p in parameters if hasattr(p, "numel"))
