"""What is said of a text while it is typed: doubts that need the curve, faults in groups not looked at."""

from __future__ import annotations

from rheostat.schedule import check, parse
from rheostat.schedule.checking import elsewhere


def test_check_finds_doubts_that_need_the_curve() -> None:
    assert [
        (d.line, d.column, d.code)
        for d in check("total 100k\nlinear 0 -> 1x for 80k\ncosine -> 0.1x for 40k")
    ] == [(3, 1, "too-long")]
    assert [d.code for d in check("base 1e-3; 1x for 5; hold 0.01x for 5")] == ["jump"]
    assert [d.code for d in check("base 1e-3; total 100; linear -> 0 for 50")] == ["zero-lr"]
    large = check("linear 0 -> 1 for 500")
    assert [(d.column, d.code, d.replacement, d.severity) for d in large] == [
        (13, "large-lr", "1x", "warning")
    ]


def test_groups_not_shown_are_bound_too() -> None:
    text = "base 1e-3; total 100\ngroup body = cosine -> 0\ngroup head = linear -> 0 for 1ep"
    schedule = parse(text)
    assert [(d.line, d.code) for d in elsewhere(schedule, "body", None, None, None)] == [(3, "needs-epoch")]
    assert elsewhere(schedule, "head", None, None, None) == ()
    assert elsewhere(schedule, "body", None, None, 50) == ()
