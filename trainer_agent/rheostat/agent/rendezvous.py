"""Rendezvous: where among the processes of a job this one stands, and the store that all of them share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Protocol, cast

from rheostat.agent.identity import Place, place_of, restart_count
from rheostat.control.limits import Refusal

__all__ = ["Broadcast", "Gather", "Meeting", "Store", "meet", "stand"]

Broadcast = Callable[[object], object]
"""Called by all ranks at once; gives each what rank 0 called it with."""

Gather = Callable[[object], object]
"""Called by all ranks at once; gives rank 0 the list of what each called it with."""

TIMEOUT = timedelta(seconds=30)
_attached = count()


class Store(Protocol):
    """What is used of torch's stores."""

    def compare_set(self, key: str, expected_value: str, desired_value: str, /) -> bytes:
        """Set ``key`` if it has ``expected_value`` ("": none); returns its value then."""

    def add(self, key: str, amount: int, /) -> int:
        """Add to a counter and return it."""

    def check(self, keys: list[str], /) -> bool:
        """Whether all ``keys`` have a value."""

    def get(self, key: str, /) -> bytes:
        """The value of ``key``; waits for one."""

    def delete_key(self, key: str, /) -> bool:
        """Forget ``key``."""


class Meeting:
    """Two connections of our own to the shared store: ``near`` for the training thread, ``far`` for another.

    The job's own connection serves one call at a time, and may wait in it for minutes. ``prefix`` keeps apart
    the restarts of a job, which may share a store, and the agents that a process has one after the other.
    Without ``far`` there is no talking ahead: all ranks ask ``near`` together at each boundary, and
    nothing but `compare_set` and `check`; by ``gather``, if there is one, rank 0 hears from the others.
    """

    def __init__(self, near: Store, far: Store | None, prefix: str, gather: Gather | None = None) -> None:
        self.near = near
        self.far = far
        self.prefix = prefix
        self.gather = gather


class Spoken:
    """A broadcast in the place of ``near``: all ranks ask together and get what rank 0 asked with."""

    def __init__(self, broadcast: Broadcast) -> None:
        self._broadcast = broadcast

    def compare_set(self, key: str, expected_value: str, desired_value: str, /) -> bytes:  # noqa: ARG002
        """What rank 0 wants."""
        said = self._broadcast(desired_value)
        if not isinstance(said, str):
            raise TypeError(f"broadcast gave a {type(said).__name__}; expected what rank 0 called it with")
        return said.encode()

    def check(self, keys: list[str], /) -> bool:  # noqa: ARG002
        """Wait until rank 0 sets what the others look for here."""
        return bool(self._broadcast(""))


def stand() -> Place:
    """The rank and world size: those of torch.distributed if it is up, else what the launcher has set."""
    distributed = sys.modules.get("torch.distributed")
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return Place(distributed.get_rank(), distributed.get_world_size())
    return place_of()


def meet(place: Place, broadcast: Broadcast | None = None, gather: Gather | None = None) -> Meeting | Refusal:
    """Find the store that the ranks of this job share, or say why they cannot agree on a step.

    A ``broadcast`` takes the place of the store, with a ``gather`` for what rank 0 should hear of the others.
    """
    if broadcast is not None:
        return Meeting(cast(Store, Spoken(broadcast)), None, "", gather)
    distributed = sys.modules.get("torch.distributed")
    if distributed is None or not distributed.is_available() or not distributed.is_initialized():
        return _refusal(
            place, "torch.distributed is not up; call attach after init_process_group, or give it a broadcast"
        )
    try:
        store = distributed.distributed_c10d._get_default_store()
        near, far = (_own(store) for _ in range(2))
    except Exception as error:
        return _refusal(place, f"its store cannot be used ({type(error).__name__}: {error})")
    return Meeting(near, far, f"rheostat/{restart_count()}/{next(_attached)}/")


def _own(store: object) -> Store:
    clone = getattr(store, "clone", None)
    own = store if clone is None else clone()
    if clone is not None and hasattr(own, "set_timeout"):
        own.set_timeout(TIMEOUT)
    return cast(Store, own)


def _refusal(place: Place, why: str) -> Refusal:
    return Refusal(
        "many_ranks", f"the {place.world} ranks of this job cannot agree on a step: {why}; it is only watched"
    )
