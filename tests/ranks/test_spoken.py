"""Ranks without a store, in processes of their own that have nothing but a broadcast."""

from __future__ import annotations

import os

import pytest

from rheostat.agent.identity import Place, place_of
from rheostat.agent.rendezvous import meet
from rheostat.control.limits import Refusal
from tests.forks import fork, forks
from tests.ranks.spoken import rank

pytestmark = pytest.mark.process
WORLD = 3


@pytest.mark.parametrize("gathers", [False, True])
def test_a_broadcast_serves_where_there_is_no_store(gathers: bool) -> None:
    context = forks()
    downs = [context.Pipe() for _ in range(WORLD - 1)]
    answers = [context.Pipe() for _ in range(WORLD)]
    processes = []
    for number in range(WORLD):
        place = {"OMPI_COMM_WORLD_RANK": str(number), "OMPI_COMM_WORLD_SIZE": str(WORLD)}
        pipes = [down[1] for down in downs] if number == 0 else [downs[number - 1][0]]
        words = (number, pipes, answers[number][1], gathers)
        processes.append(fork(rank, *words, environment=os.environ | place))
    try:
        assert all(mine.poll(60.0) for mine, _ in answers), "a rank said nothing"
        (used, told, trouble, errors, refused), one, two = [mine.recv() for mine, _ in answers]
    finally:
        for process in processes:
            process.terminate()
            process.join()
    assert used == two[0]
    assert used[:150] == one[0][:150]
    halved, released = used.index(0.05), len(used) - used[::-1].index(0.05)
    assert (halved % 16, released % 16) == (0, 0)
    assert 20 < halved <= 36
    assert 100 < released <= 116
    assert used == [0.05 if halved <= step < released else 0.1 for step in range(200)]
    # Rank 0 alone knows of the resume, which is no step's business.
    assert [each for each in told if each in two[1]] == two[1] == one[1]
    assert len(two[1]) == 3
    assert (two[2], errors, one[3], two[3]) == ("", 0, 0, 0)
    assert "planned lrs of rank 1 and rank 0 differ" in one[2]
    assert ("planned lrs of rank 1 and rank 0 differ" in trouble, refused == "ranks_differ") == (gathers,) * 2


def test_who_is_who_under_other_launchers() -> None:
    assert place_of({"OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "4"}) == Place(2, 4)
    assert place_of({"PMI_RANK": "1", "PMI_SIZE": "2", "RANK": "0", "WORLD_SIZE": "1"}) == Place(0, 1)


def test_a_broadcast_that_gives_something_else_is_said() -> None:
    found = meet(Place(1, 2), lambda value: None)
    assert not isinstance(found, Refusal)
    with pytest.raises(TypeError, match="expected what rank 0 called it with"):
        found.near.compare_set("w/1/0", "", "text")
