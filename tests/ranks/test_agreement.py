from __future__ import annotations

import pytest

from rheostat.agent.agreement import MAX_LAG, Agreement
from rheostat.control.effects import Scaled
from rheostat.control.override import Override, Stack

LRS: list[float | None] = [0.1, 0.4, None]
STACK: Stack = (Override(id="a", groups=("body",), start=3, end=None, effect=Scaled(0.5)),)


def meet(everyone: list[Agreement], registers: dict[int, str], counts: dict[int, int]) -> None:
    """Let every rank compare what it has claimed, and rank 0 count."""
    for each in everyone:
        while (claim := each.claim()) is not None:
            if each.compare(claim, registers.setdefault(claim.window, claim.text())):
                counts[claim.window] = counts.get(claim.window, 0) + 1
    first = everyone[0]
    while (window := first.awaited()) is not None and first.counted(window, counts.get(window, 0)):
        pass


def test_commands_wait_until_all_ranks_have_been_heard_of() -> None:
    ranks = [Agreement(rank, 2) for rank in range(2)]
    registers: dict[int, str] = {}
    counts: dict[int, int] = {}
    ranks[0].crossed(1, 16, LRS, STACK)
    meet(ranks, registers, counts)
    refusal = ranks[0].refusal()
    assert refusal is not None
    assert refusal.code == "ranks_missing"
    ranks[1].crossed(1, 16, tuple(LRS), STACK)
    meet(ranks, registers, counts)
    assert ranks[0].refusal() is None
    assert (ranks[0].agreed, ranks[0].trouble, ranks[1].trouble) == (1, "", "")


def test_a_rank_that_falls_silent_stops_further_commands() -> None:
    ranks = [Agreement(rank, 2) for rank in range(2)]
    registers: dict[int, str] = {}
    counts: dict[int, int] = {}
    for window in range(1, MAX_LAG + 3):
        for each in ranks[: 2 if window == 1 else 1]:
            each.crossed(window, 16 * window, LRS, ())
        meet(ranks, registers, counts)
    refusal = ranks[0].refusal()
    assert refusal is not None
    assert refusal.code == "ranks_lag"
    ranks[1].crossed(2, 32, LRS, ())
    ranks[1].crossed(3, 48, LRS, ())
    meet(ranks, registers, counts)
    assert ranks[0].agreed == 3
    assert ranks[0].refusal() is None


def test_a_window_that_one_rank_never_compared_does_not_hold_up_the_rest() -> None:
    ranks = [Agreement(rank, 2) for rank in range(2)]
    registers: dict[int, str] = {}
    counts: dict[int, int] = {}
    for window in range(MAX_LAG + 2):
        for each in ranks if window != 1 else ranks[:1]:
            each.crossed(window, 16 * window, LRS, ())
        meet(ranks, registers, counts)
    assert ranks[0].agreed == MAX_LAG + 1


@pytest.mark.parametrize(
    ("step", "lrs", "stack", "message"),
    [
        (17, LRS, STACK, "were at steps 17 and 16"),
        (16, [0.1, 0.4000000000000001, None], STACK, "planned lrs of rank 1 and rank 0 differ"),
        (16, [0.1], STACK, "planned lrs of rank 1 and rank 0 differ at step 16"),
        (16, LRS, (), "overrides of rank 1 and rank 0 differ at step 16"),
    ],
)
def test_what_differs_is_said(step: int, lrs: list[float | None], stack: Stack, message: str) -> None:
    ranks = [Agreement(rank, 2) for rank in range(2)]
    ranks[0].crossed(1, 16, LRS, STACK)
    ranks[1].crossed(1, step, lrs, stack)
    meet(ranks, {}, {})
    assert message in ranks[1].trouble
    refusal = ranks[1].refusal()
    assert refusal is not None
    assert refusal.code == "ranks_differ"
    assert ranks[0].refusal() is not None
