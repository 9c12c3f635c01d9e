"""The windows in a simulation: several ranks, one store, and stalls wherever they can happen."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.agent.windows import LARGEST, SMALLEST, Ask, Decision, Entry, Windows
from rheostat.control.command import Command, Scale

RUN_AHEAD = 8


class Store:
    """What the ranks share: a slot keeps the first value put into it."""

    def __init__(self) -> None:
        self.slots: dict[tuple[int, int], str] = {}
        self.posted: list[tuple[int, str]] = []

    def ask(self, ask: Ask) -> str:
        return self.slots.setdefault((ask.window, ask.slot), ask.text)


class Rank(Protocol):
    applied: list[tuple[int, str]]
    step: int

    def take_step(self) -> None: ...
    def send(self, id: str) -> None: ...
    def background(self) -> Callable[[], None] | None: ...


class Agreeing:
    """A rank that keeps to the windows. A question has two halves: the store acts, later the rank learns."""

    def __init__(self, store: Store) -> None:
        self.store, self.windows = store, Windows()
        self.step = 0
        self.applied: list[tuple[int, str]] = []

    def send(self, id: str) -> None:
        self.windows.post(Entry(Command(id=id, action=Scale(0.5)), 1.0))

    def take_step(self) -> None:
        self.step += 1
        if self.step < self.windows.end:
            return
        while (ask := self.windows.ask_next()) is not None:
            self.windows.learn(ask, self.store.ask(ask))
        for entry in self.windows.cross(self.step).entries:
            self.applied.append((self.step, entry.command.id))

    def background(self) -> Callable[[], None] | None:
        ask = self.windows.ask(self.step)
        if ask is None:
            return None
        answer = self.store.ask(ask)
        return lambda: self.windows.learn(ask, answer)


class Naive:
    """A rank of the other kind: rank 0 says "at step S + 64", everyone looks now and then."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.step = 0
        self.seen: list[tuple[int, str]] = []
        self.applied: list[tuple[int, str]] = []

    def send(self, id: str) -> None:
        self.store.posted.append((self.step + 64, id))

    def take_step(self) -> None:
        self.step += 1
        done = {id for _, id in self.applied}
        self.applied += [(self.step, id) for at, id in self.seen if at <= self.step and id not in done]

    def background(self) -> Callable[[], None] | None:
        posted = list(self.store.posted)

        def learn() -> None:
            self.seen = posted

        return learn


def simulate(kind: Callable[[Store], Rank], seed: int, ranks: int = 3, steps: int = 1500) -> tuple[int, int]:
    """Let ``ranks`` train under stalls; returns how many commands began, and how many at unlike steps."""
    random = Random(seed)
    store = Store()
    everyone = [kind(store) for _ in range(ranks)]
    answers: list[tuple[int, Callable[[], None]] | None] = [None] * ranks
    now = sent = 0
    while min(rank.step for rank in everyone) < steps:
        now += 1
        if random.random() < 0.05:
            everyone[0].send(f"c{sent}")
            sent += 1
        slowest = min(rank.step for rank in everyone)
        for index, rank in enumerate(everyone):
            if rank.step < slowest + RUN_AHEAD and random.random() < 0.7:
                rank.take_step()
            waiting = answers[index]
            if waiting is None:
                answer = rank.background()
                stall = random.randrange(80, 400) if random.random() < 0.05 else random.randrange(4)
                answers[index] = None if answer is None else (now + stall, answer)
            elif waiting[0] <= now:
                waiting[1]()
                answers[index] = None
    at: dict[str, set[int]] = {}
    for rank in everyone:
        ids = [id for _, id in rank.applied]
        assert len(set(ids)) == len(ids), "begun twice"
        for step, id in rank.applied:
            if step <= steps:
                at.setdefault(id, set()).add(step)
    for rank in everyone:
        for id in at.keys() - {id for _, id in rank.applied}:
            at[id].add(-1)
    return len(at), sum(len(each) > 1 for each in at.values())


@pytest.mark.parametrize("seed", range(40))
def test_every_rank_begins_every_command_at_the_same_step(seed: int) -> None:
    begun, unlike = simulate(Agreeing, seed)
    assert begun > 50
    assert unlike == 0


def test_the_naive_way_fails_under_the_very_same_stalls() -> None:
    results = [simulate(Naive, seed) for seed in range(5)]
    assert sum(begun for begun, _ in results) > 300
    assert sum(unlike for _, unlike in results) > 30


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(2, 6))
def test_no_seed_and_no_number_of_ranks_breaks_it(seed: int, ranks: int) -> None:
    assert simulate(Agreeing, seed, ranks, 300)[1] == 0


def entry(id: str) -> Entry:
    return Entry(Command(id=id, action=Scale(0.5)), 1.0)


def answer(windows: Windows, ask: Ask | None, text: str | None = None) -> Ask:
    """Let the store answer: with what was put there now, or with ``text``, which was there before."""
    assert ask is not None
    windows.learn(ask, ask.text if text is None else text)
    return ask


CLOSED = Decision(last=True).text()


def test_a_command_goes_into_a_window_that_is_still_open_if_another_rank_was_faster() -> None:
    windows = Windows(16)
    windows.post(entry("a"))
    first = answer(windows, windows.ask(0), CLOSED)
    second = answer(windows, windows.ask(0))
    assert (first.window, second.window, second.slot) == (1, 2, 0)
    assert windows.ask(0) is None
    assert windows.cross(16).entries == ()
    answer(windows, windows.ask_next())
    assert windows.cross(32).entries == (entry("a"),)


def test_many_commands_share_a_window_in_the_order_they_were_given() -> None:
    leader, follower = Windows(16), Windows(16)
    slots: list[str] = []
    for id in "abc":
        leader.post(entry(id))
        ask = answer(leader, leader.ask(0))
        assert (ask.window, ask.slot) == (1, len(slots))
        slots.append(ask.text)
    for text in slots:
        answer(follower, follower.ask(8), text)
    last = answer(follower, follower.ask(8))
    answer(leader, leader.ask_next(), last.text)
    for each in (leader, follower):
        assert each.ask_next() is None
        assert [e.command.id for e in each.cross(16).entries] == ["a", "b", "c"]


def test_the_next_window_is_closed_from_the_middle_on_and_only_once() -> None:
    windows = Windows(16)
    assert windows.ask(7) is None
    answer(windows, windows.ask(8))
    assert windows.ask(15) is None
    assert windows.ask_next() is None


def test_a_change_of_size_is_itself_decided() -> None:
    leader, follower = Windows(16), Windows(16)
    leader.pace(0.01)
    ask = answer(leader, leader.ask(0))
    answer(follower, follower.ask_next(), ask.text)
    last = answer(follower, follower.ask_next())
    answer(leader, leader.ask_next(), last.text)
    for each in (leader, follower):
        each.cross(16)
        assert (each.size, each.end) == (32, 48)
    assert leader.ask(16) is None


@given(st.lists(st.floats(0.0, 100.0), max_size=40))
def test_the_size_stays_within_bounds(durations: list[float]) -> None:
    windows = Windows()
    for lasted in durations:
        windows.pace(lasted)
        answer(windows, windows.ask_next())
        windows.cross(windows.end)
        assert SMALLEST <= windows.size <= LARGEST
