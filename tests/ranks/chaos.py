"""Stalls in a rank's connections to the store, and the naive way to agree, under the same stalls."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from threading import Thread
from typing import Any

from rheostat.agent import rendezvous

DELAY = 32
"""How many steps ahead the naive way sets a command: about what the windows take under these stalls."""


class Clock:
    """The step a rank stands at, for threads that are held up for some steps."""

    def __init__(self) -> None:
        self.step = 0
        self.over = False


class Stalling:
    """A connection to the store of which ``share`` of all calls are held up by ``stall``."""

    def __init__(self, store: Any, random: Random, share: float, stall: Callable[[Random], None]) -> None:
        self._store, self._random, self._share, self._stall = store, random, share, stall

    def __getattr__(self, name: str) -> Any:
        if self._random.random() < self._share:
            self._stall(self._random)
        return getattr(self._store, name)


class Stalls:
    """Holds up the training thread by some time, other threads by some steps of their rank."""

    def __init__(self, rank: int, share: float) -> None:
        self.rank, self.share, self.clock = rank, share, Clock()

    def strike(self) -> None:
        """Have the connections stall that the next agent makes: its first one is the training thread's."""
        own, turns = rendezvous._own, iter(range(1000))
        held: Iterator[Callable[[Random], None]] = iter([self._for_time])

        def stalling(store: object) -> Any:
            return self._wrap(own(store), next(turns), next(held, self._for_steps))

        setattr(rendezvous, "_own", stalling)  # noqa: B010

    def connection(self, store: Any) -> Any:
        """A connection of its own to ``store``, for a thread."""
        return self._wrap(store.clone(), -1, self._for_steps)

    def _wrap(self, store: Any, turn: int, stall: Callable[[Random], None]) -> Stalling:
        return Stalling(store, Random(f"{self.rank} {turn}"), self.share, stall)

    def _for_time(self, random: Random) -> None:
        time.sleep(random.uniform(0.02, 0.2))

    def _for_steps(self, random: Random) -> None:
        until = self.clock.step + random.randrange(4, 3 * DELAY)
        while self.clock.step < until and not self.clock.over:
            time.sleep(0.005)


class Naive:
    """Rank 0 says "at step S + 32" in the store; a thread of each rank looks there now and then.

    ``applied`` tells at which step each command began on this rank.
    """

    def __init__(self, store: Any, stalls: Stalls) -> None:
        self.applied: dict[str, int] = {}
        self._clock = stalls.clock
        self._posting, self._looking = store.clone(), stalls.connection(store)
        self._posted: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        Thread(target=self._look, daemon=True).start()

    def post(self, id: str) -> None:
        """On rank 0: have a command begin on all ranks."""
        self._posted[id] = self._clock.step + DELAY
        self._posting.set("naive", json.dumps(self._posted))

    def take_step(self) -> None:
        """Begin what is due."""
        step = self._clock.step
        due = [id for id, at in self._seen.items() if at <= step and id not in self.applied]
        self.applied |= dict.fromkeys(due, step)

    def _look(self) -> None:
        while not self._posting.check(["naive"]) and not self._clock.over:
            time.sleep(0.01)
        while not self._clock.over:
            self._seen = json.loads(self._looking.get("naive"))
            time.sleep(0.01)


def unlike(applied: Sequence[Mapping[str, int]], until: int) -> list[str]:
    """The commands that began before step ``until``, but not at one step on all ranks."""
    begun = {id for each in applied for id, step in each.items() if step < until}
    return sorted(id for id in begun if len({each.get(id) for each in applied}) > 1)
