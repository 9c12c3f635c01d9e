"""Those who ask at the same time share one read, that begins after they asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event

import pytest
from sqlalchemy import Connection

from rheostat_server.live.beginnings import Beginning, Beginnings
from rheostat_server.store.database import StoreError


class Reads:
    """A store that lets each read go only when told, and numbers them."""

    def __init__(self) -> None:
        self.begun: list[Event] = []
        self.go: list[Event] = []
        for _ in range(3):
            self.begun.append(Event())
            self.go.append(Event())
        self.count = 0
        self.broken = False

    def __call__(self, query: Callable[[Connection], Beginning]) -> Beginning:
        self.count += 1
        number = self.count
        self.begun[number - 1].set()
        assert self.go[number - 1].wait(30)
        if self.broken:
            raise StoreError("broken")
        return Beginning((), number, None)


def gets(beginnings: Beginnings, many: int, run: str = "r") -> list[asyncio.Task[Beginning]]:
    return [asyncio.create_task(beginnings.get(run, 7)) for _ in range(many)]


async def begun(reads: Reads, number: int) -> None:
    assert await asyncio.to_thread(reads.begun[number - 1].wait, 30)


async def test_all_who_ask_at_once_share_a_read() -> None:
    reads = Reads()
    reads.go[0].set()
    found = await asyncio.gather(*gets(Beginnings(reads), 200))
    assert {beginning.cursor for beginning in found} == {1}
    assert reads.count == 1


async def test_who_asks_during_a_read_waits_for_the_next() -> None:
    reads = Reads()
    beginnings = Beginnings(reads)
    early = gets(beginnings, 1)
    await begun(reads, 1)
    late = gets(beginnings, 50)
    await asyncio.sleep(0)
    reads.go[0].set()
    reads.go[1].set()
    assert [(await task).cursor for task in early] == [1]
    assert {(await task).cursor for task in late} == {2}
    assert reads.count == 2
    assert (beginnings._next, beginnings._last) == ({}, {})


async def test_another_run_does_not_wait() -> None:
    reads = Reads()
    beginnings = Beginnings(reads)
    first = gets(beginnings, 1)
    await begun(reads, 1)
    reads.go[1].set()
    (other,) = gets(beginnings, 1, "other")
    assert (await other).cursor == 2
    reads.go[0].set()
    assert (await first[0]).cursor == 1


async def test_who_leaves_ends_no_one_elses_read() -> None:
    reads = Reads()
    one, two = gets(Beginnings(reads), 2)
    await begun(reads, 1)
    one.cancel()
    reads.go[0].set()
    assert (await two).cursor == 1


async def test_all_learn_of_an_error_and_may_ask_again() -> None:
    reads = Reads()
    reads.broken = True
    beginnings = Beginnings(reads)
    reads.go[0].set()
    for task in gets(beginnings, 3):
        with pytest.raises(StoreError):
            await task
    reads.broken = False
    reads.go[1].set()
    assert (await beginnings.get("r", 7)).cursor == 2


async def test_a_read_that_was_cancelled_is_not_waited_for_again() -> None:
    reads = Reads()
    beginnings = Beginnings(reads)
    asked = gets(beginnings, 1)
    await asyncio.sleep(0)
    beginnings._next["r", 7].cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked[0]
    reads.go[0].set()
    assert (await beginnings.get("r", 7)).cursor == 1
