"""Parts: which calls of ``step`` make up one update, where an optimizer is stepped a few groups at a time.

DeepSpeed's ZeRO does so: for each group it sets ``optimizer.param_groups = [group]``, steps, and puts the
list back. Its third stage steps the whole list several times an update, which only the job can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rheostat.agent.groups import ParamGroup
from rheostat.agent.stepped import Lrs

__all__ = ["Parts", "StepOf"]

StepOf = Callable[[], int]
"""Tells the number of the update that is being made; the same for all its calls of ``step``."""
Update = tuple[Lrs, Lrs]


class Parts:
    """Gathers calls into updates. All lrs are those of the whole list of groups, ``whole``.

    Without ``step_of`` an update is over when every group of the list has been stepped, or when a group is
    stepped a second time. With it, it is also over when the number changes.
    """

    __slots__ = ("_done", "_number", "_step_of", "_update", "whole")

    def __init__(self, whole: list[ParamGroup], step_of: StepOf | None) -> None:
        self.whole = whole
        self._step_of = step_of
        self._number: int | None = None
        self._done: set[int] = set()
        self._update: Update | None = None

    @property
    def numbered(self) -> bool:
        """Whether the job tells the number of each update."""
        return self._step_of is not None

    def positions(self, groups: list[ParamGroup]) -> list[int] | None:
        """Where ``groups`` stand in the whole list; None if they are the whole."""
        if groups is self.whole:
            return None
        if len(groups) < len(self.whole):
            places = {id(group): place for place, group in enumerate(self.whole)}
            found = [places[id(group)] for group in groups if id(group) in places]
            if len(found) == len(groups):
                return found
        self.whole = groups
        return None

    def given(self, groups: list[ParamGroup]) -> Lrs | None:
        """The effective lrs the update under way began with; None if a call with ``groups`` begins one."""
        if self._update is None or self._begins(self.positions(groups), self._count()):
            return None
        return self._update[1]

    def tell(self, groups: list[ParamGroup], planned: Lrs, effective: Lrs) -> list[Update]:
        """Take in that a call with ``groups`` is over; the updates that are complete now."""
        places, number = self.positions(groups), self._count()
        told: list[Update] = []
        if self._begins(places, number):
            told = self._leave(places)
            self._number, self._update = number, (planned, effective)
            if places is None:
                return [*told, (planned, effective)]
        if places is not None:
            self._done.update(places)
            if len(self._done) == len(self.whole):
                told += self._leave(None)
        return told

    def _begins(self, places: Sequence[int] | None, number: int | None) -> bool:
        if self._update is None or (number is not None and number != self._number):
            return True
        if places is None:
            return number is None
        return not self._done or not self._done.isdisjoint(places)

    def _leave(self, places: Sequence[int] | None) -> list[Update]:
        """End an update made in parts. If the same part comes again, the list has become shorter for good."""
        if not self._done:
            return []
        done, self._done = self._done, set()
        if places is not None and done == set(places):
            self.whole = [self.whole[place] for place in sorted(done)]
        return [] if self._update is None else [self._update]

    def _count(self) -> int | None:
        return None if self._step_of is None else self._step_of()
