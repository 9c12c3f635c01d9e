"""One writer a run."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rheostat.wire import Refused
from rheostat_server.live.lease import Granted, Leases
from tests.server.running import hello


def test_the_first_gets_it_and_gives_it_back() -> None:
    leases: Leases[str] = Leases()
    assert leases.acquire(hello(), "one") == Granted(None)
    assert leases.holder("r1") == "one"
    assert not leases.release("r1", "two")
    assert leases.release("r1", "one")
    assert leases.holder("r1") is None
    assert leases.acquire(hello(attempt="a2"), "two") == Granted(None)


def test_the_same_attempt_replaces_itself() -> None:
    leases: Leases[str] = Leases()
    leases.acquire(hello(), "one")
    assert leases.acquire(hello(), "two") == Granted("one")
    assert not leases.release("r1", "one")
    assert leases.holder("r1") == "two"


def test_another_attempt_is_refused_until_the_holder_is_gone() -> None:
    leases: Leases[str] = Leases()
    leases.acquire(hello(), "one")
    answer = leases.acquire(hello(attempt="a2"), "two")
    assert isinstance(answer, Refused)
    assert (answer.code, answer.retry) == ("run_taken", True)
    leases.release("r1", "one")
    assert leases.acquire(hello(attempt="a2"), "two") == Granted(None)


def test_a_known_attempt_of_the_store_fences_older_ones() -> None:
    leases: Leases[str] = Leases()
    leases.restore("r1", "a5", 5)
    answer = leases.acquire(hello(attempt="a4", restart=4), "old")
    assert isinstance(answer, Refused)
    assert (answer.code, answer.retry) == ("fenced", False)
    assert leases.acquire(hello(attempt="a5", restart=5), "same") == Granted(None)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), max_size=30))
def test_restart_counts_never_go_down(asked: list[tuple[int, int, bool]]) -> None:
    leases: Leases[int] = Leases()
    highest = 0
    for number, (attempt, restart, leave) in enumerate(asked):
        answer = leases.acquire(hello(attempt=f"{attempt}-{restart}", restart=restart), number)
        if isinstance(answer, Granted):
            assert restart >= highest
            highest = restart
            assert leases.holder("r1") == number
            if leave:
                leases.release("r1", number)
