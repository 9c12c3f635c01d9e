"""Which state of a command may follow which."""

from __future__ import annotations

from itertools import combinations, permutations
from typing import get_args

import pytest

from rheostat_server.commands.life import FINAL, RUN_ENDED, UNTOLD, may_follow
from rheostat_server.models import CommandState

STATES: tuple[CommandState, ...] = get_args(CommandState)


@pytest.mark.parametrize("final", sorted(FINAL))
def test_nothing_follows_an_end(final: CommandState) -> None:
    assert not any(may_follow(final, state) for state in STATES)


@pytest.mark.parametrize("state", STATES)
def test_a_repeat_is_no_news_and_nothing_goes_back_to_requested(state: CommandState) -> None:
    assert not may_follow(state, state)
    assert not may_follow(state, "requested")


def test_the_usual_life_with_any_report_missing() -> None:
    life: tuple[CommandState, ...] = ("requested", "accepted", "scheduled", "applied", "ended")
    for early, later in combinations(life, 2):
        assert may_follow(early, later)
        assert not may_follow(later, early)


def test_what_was_lost_may_be_heard_of_again() -> None:
    assert may_follow("applied", "lost")
    assert may_follow("lost", "applied")
    assert may_follow("lost", "ended")
    assert not may_follow("applied", "rejected")
    assert not may_follow("applied", "expired")


def test_reports_in_any_order_end_in_a_final_state() -> None:
    reports: tuple[CommandState, ...] = ("accepted", "scheduled", "applied", "ended")
    for order in permutations(reports):
        state: CommandState = "requested"
        for report in order:
            if may_follow(state, report):
                state = report
        assert state == "ended"


def test_what_ended_with_its_run_may_be_in_force_in_the_next_attempt() -> None:
    assert may_follow("ended", "applied", RUN_ENDED)
    assert not may_follow("ended", "lost", RUN_ENDED)
    assert not may_follow("ended", "applied", "released")


def test_what_a_hello_told_of_gets_its_beginning_told_once() -> None:
    assert may_follow("applied", "applied", UNTOLD)
    assert not may_follow("applied", "applied", "in_force")
    assert not may_follow("applied", "accepted", UNTOLD)
