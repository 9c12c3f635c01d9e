"""Typical mistakes are told with a place, and what is suggested leads to the program that was meant."""

from __future__ import annotations

import pytest

from rheostat.schedule import check, parse
from tests.schedule.mistakes import MISTAKES, PAGE, Mistake, page, told

# What was meant cannot be known from the text alone.
UNKNOWN = {"expo 1x -> 0"}


def test_there_are_forty_and_most_suggestions_are_right() -> None:
    assert len({mistake.typed for mistake in MISTAKES}) >= 40
    wrong = {one.mistake.typed for one in map(told, MISTAKES) if not one.is_right}
    assert wrong == UNKNOWN
    # The issue asks for 35 of 40.
    assert 1 - len(wrong) / len(MISTAKES) >= 35 / 40


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.typed)
def test_each_is_found_and_told_what_to_write(mistake: Mistake) -> None:
    first = check(mistake.typed)[0]
    assert first.message
    assert first.suggestion
    assert first.line >= 1
    assert parse(mistake.meant) is not None
    assert [one for one in check(mistake.meant) if one.severity == "error" or one.code == "large-lr"] == []


def test_the_page_is_what_is_told_today() -> None:
    assert PAGE.read_text() == page(), "python -m tests.schedule.mistakes"
