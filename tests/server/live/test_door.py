"""Jobs that come at once share a commit, in turn, and none suffers for another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from rheostat.wire import Refused
from rheostat_server.live import door as module
from rheostat_server.live.admission import Admitted, Greeting
from rheostat_server.live.door import Door
from rheostat_server.store.database import StoreError
from rheostat_server.store.ledger import Ledger
from tests.server.running import hello

Answers = list[Admitted | Refused]


class Store:
    """Stands in for the writer: notes which runs came together, and answers when it may."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.groups: list[list[str]] = []
        self.go = asyncio.Event()
        self.bad: dict[str, Exception] = {}
        monkeypatch.setattr(module, "admit", lambda _connection, _ledger, greetings, _me, _now: greetings)
        self.door = Door(self.write, Ledger(), "me", lambda: 0.0)

    async def write(self, job: Callable[[Connection], Answers]) -> Answers:
        greetings: list[Greeting] = job(None)  # type: ignore[arg-type, assignment]
        runs = [greeting.hello.run for greeting in greetings]
        self.groups.append(runs)
        await self.go.wait()
        for run in runs:
            if run in self.bad:
                raise self.bad[run]
        return [Refused(code=run, message="") for run in runs]

    def come(self, *runs: str) -> list[asyncio.Task[Admitted | Refused]]:
        return [asyncio.create_task(self.door.enter(Greeting(hello(run=run)))) for run in runs]


@pytest.fixture
async def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    return Store(monkeypatch)


async def codes(tasks: list[asyncio.Task[Admitted | Refused]]) -> list[str]:
    answers = await asyncio.gather(*tasks)
    return [answer.code for answer in answers if isinstance(answer, Refused)]


async def test_those_who_come_meanwhile_share_the_next(store: Store) -> None:
    first = store.come("a")
    await asyncio.sleep(0.01)
    rest = store.come(*(f"r{at}" for at in range(250)))
    await asyncio.sleep(0.01)
    store.go.set()
    assert await codes([*first, *rest]) == ["a", *(f"r{at}" for at in range(250))]
    assert [len(group) for group in store.groups] == [1, 200, 50]
    assert await codes(store.come("later")) == ["later"], "it opens again after all were let in"


async def test_two_of_one_run_come_one_after_the_other(store: Store) -> None:
    store.go.set()
    assert await codes(store.come("a", "a", "b", "a")) == ["a", "a", "b", "a"]
    assert store.groups == [["a", "b"], ["a"], ["a"]]


async def test_who_left_is_not_let_in(store: Store) -> None:
    first = store.come("a")
    await asyncio.sleep(0.01)
    gone, stays = store.come("b", "c")
    await asyncio.sleep(0.01)
    gone.cancel()
    await asyncio.sleep(0.01)
    store.go.set()
    assert await codes([*first, stays]) == ["a", "c"]
    assert store.groups == [["a"], ["c"]]


async def test_one_that_cannot_be_taken_keeps_out_no_other(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.go.set()
    store.bad["b"] = RuntimeError("what is this")
    answers = await asyncio.gather(*store.come("a", "b", "c"), return_exceptions=True)
    assert isinstance(answers[1], StoreError)
    assert [answer.code for answer in answers if isinstance(answer, Refused)] == ["a", "c"]
    assert [record.getMessage() for record in caplog.records] == ["run b cannot be let in"]


async def test_a_store_that_fails_is_asked_once(store: Store) -> None:
    store.go.set()
    store.bad["b"] = StoreError("not stored: the disk is full")
    answers = await asyncio.gather(*store.come("a", "b", "c"), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["not stored: the disk is full"] * 3
    assert len(store.groups) == 1
