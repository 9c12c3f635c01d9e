"""The part of each rank, over one of torch's own stores, several ranks in one process."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch._C._distributed_c10d import HashStore

from rheostat.agent import RheostatWarning, attach
from rheostat.agent.identity import Place
from rheostat.agent.ranks import NEVER, Ranks
from rheostat.agent.rendezvous import Meeting, Store, meet, stand
from rheostat.agent.windows import Decision
from rheostat.control.command import Command, Scale
from rheostat.control.limits import Refusal


class Listener:
    def __init__(self) -> None:
        self.begun: list[tuple[int, str]] = []
        self.told: list[str] = []
        self.errors: list[Exception] = []

    def begin(self, decision: Decision, step: int) -> None:
        self.begun += [(step, entry.command.id) for entry in decision.entries]

    def warn(self, topic: str, message: str) -> None:
        self.told.append(message)

    def failed(self, error: Exception) -> None:
        self.errors.append(error)


class Rank:
    """A rank that trains: it takes steps and looks in when told to."""

    def __init__(self, store: Store, rank: int, world: int = 2, lr: float = 0.1) -> None:
        self.listener = Listener()
        self.ranks = Ranks(Meeting(store, store, "t/"), Place(rank, world), self.listener)
        self.step = 0
        self.lr = lr
        self.look_in = self.ranks.start([lr], ())

    def take(self, count: int) -> None:
        for _ in range(count):
            self.step += 1
            if self.step >= self.look_in:
                self.look_in = self.ranks.reached(self.step, [self.lr], lambda: ())


class Failing:
    """A store that is gone."""

    def __getattr__(self, name: str) -> Callable[..., object]:
        def fail(*arguments: object) -> object:
            raise ConnectionError("the store is gone")

        return fail


def until(condition: Callable[[], bool]) -> bool:
    """Wait for what another thread does."""
    deadline = time.monotonic() + 20.0
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.002)
    return condition()


def refused(rank: Rank) -> str:
    refusal = rank.ranks.refusal()
    return "" if refusal is None else refusal.code


def command(id: str) -> Command:
    return Command(id=id, action=Scale(0.5))


def test_what_rank_0_posts_begins_everywhere_at_one_step() -> None:
    store = HashStore()
    one = Rank(store, 0)
    assert refused(one) == "ranks_missing"
    two = Rank(store, 1)
    assert until(lambda: refused(one) == "")
    one.ranks.post(command("a"), 1.0)
    one.ranks.post(command("b"), 1.0)
    while not one.listener.begun and one.step < 100_000:
        two.take(30)
        one.take(30)
    assert one.listener.begun == two.listener.begun
    assert [id for _, id in one.listener.begun] == ["a", "b"]
    assert one.listener.told == two.listener.told == []
    assert until(lambda: one.ranks.agreement.agreed == one.ranks.windows.number)
    two.ranks.close()
    one.take(500)
    assert until(lambda: refused(one) == "ranks_differ")
    assert "rank 1 was closed" in one.ranks.agreement.trouble
    assert one.listener.told == []
    one.ranks.close()


def test_a_rank_with_another_lr_is_found_and_both_say_so() -> None:
    store = HashStore()
    one, two = Rank(store, 0), Rank(store, 1, lr=0.2)
    assert until(lambda: refused(one) == "ranks_differ")
    assert until(lambda: bool(one.listener.told and (two.listener.told or two.ranks.agreement.trouble == "")))
    assert "planned lrs of rank" in one.listener.told[0]
    for each in (one, two):
        each.ranks.close()
        assert each.listener.errors == []


def test_going_on_from_another_step_begins_a_window_there_on_all_ranks() -> None:
    store = HashStore()
    everyone = [Rank(store, rank) for rank in range(2)]
    for each in everyone:
        each.take(20)
    everyone[0].ranks.post(command("a"), 1.0)
    for each in everyone:
        each.look_in = each.ranks.moved(5, lambda: ())
        each.step = 5
        each.take(100)
        assert each.ranks.windows.start > 5
    assert everyone[0].listener.begun == everyone[1].listener.begun
    assert everyone[0].listener.begun[0][0] in {5, 5 + 16}
    for each in everyone:
        each.ranks.close()


def test_without_the_store_a_rank_trains_on_and_says_so() -> None:
    rank = Rank(Failing(), 0)  # type: ignore[arg-type]
    rank.take(20)
    assert rank.look_in == NEVER
    assert refused(rank) == "store_lost"
    assert "overrides in force stay" in rank.listener.told[-1]
    rank.take(1000)
    rank.ranks.close()


def test_before_the_ranks_have_met_there_is_nothing_to_agree_with() -> None:
    assert stand() == Place(0, 1)
    found = meet(Place(0, 4))
    assert isinstance(found, Refusal)
    assert "call attach after init_process_group" in found.message


def test_a_job_of_one_rank_keeps_the_direct_path() -> None:
    store = HashStore()
    dist.init_process_group("gloo", store=store, rank=0, world_size=1)
    try:
        optimizer = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)
        with attach(optimizer, server=False) as agent:
            agent.scale(0.5)
            assert agent.effective_lr == {"0": 0.05}
    finally:
        dist.destroy_process_group()


def test_a_job_that_becomes_many_ranks_after_attach_is_only_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    optimizer = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)
    with attach(optimizer, server=False) as agent:
        monkeypatch.setenv("WORLD_SIZE", "2")
        with pytest.warns(RheostatWarning, match="attach again"):
            assert agent.scale(0.5).code == "many_ranks"
