from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

import rheostat
from rheostat.schedule import ScheduleError, parse
from rheostat.schedule.analysis.diff import Change, diff
from rheostat.schedule.program import Schedule
from rheostat.schedule.tree.nodes import Seq
from tests.schedule.strategies import BASE, EPOCH, TOKENS, TOTAL, bind, programs


def test_it_says_what_was_added_removed_and_changed() -> None:
    before = "total 1k\nlinear 0 -> 1x for 100; hold; cosine -> 0 for 200"
    after = "total 2k\nlinear 0 -> 1x for 50; hold; cosine -> 0 for 200; hold 0 for 10\ngroup head base 1e-3"
    assert diff(before, after, base=0.1, group="head").changes == (
        Change("total", "total 1000", "total 2000"),
        Change("group", "", "group head base 0.001"),
        Change("part", "linear 0 -> 1x for 100", "linear 0 -> 1x for 50"),
        Change("part", "", "hold 0 for 10"),
    )
    assert [str(c) for c in diff("hold; linear -> 0", "hold", base=1, total=10).changes] == [
        "removed part 'linear -> 0'"
    ]


def test_it_says_how_far_the_curves_are_apart_and_where() -> None:
    found = diff("1x for 40; 0.5x", "1x for 60; 0.5x", base=0.1, total=100)
    assert (found.largest, found.step, found.before, found.after) == (0.05, 40, 0.05, 0.1)
    assert [found.area_before, found.area_after] == pytest.approx([7.0, 8.0])
    assert found.area_change == pytest.approx(1 / 7)
    assert str(found).splitlines() == [
        "changed part '1x for 40' to '1x for 60'",
        "largest difference +0.05 at step 40: lr 0.05 before, 0.1 after",
        "area 7 -> 8 (+14.29%)",
    ]


def test_spelling_spacing_and_comments_are_no_changes() -> None:
    found = diff(
        "linear 0 -> 1.0x for 2k # up\ncurve(1e-3 * 2.0)", "linear 0->1x for 2000; curve(0.001*2)", base=1
    )
    assert found.changes == ()
    assert str(found) == f"the same statements\nthe same curve over {found.total} steps"


def test_a_run_too_long_to_draw_is_compared_at_its_breaks() -> None:
    found = diff("1x for 400k; 0.5x", "1x for 400001; 0.5x", base=0.1, total=10**9)
    assert (found.step, found.largest) == (400_000, 0.05)


def test_plans_bring_their_own_runs() -> None:
    text = "linear 0 -> 1x for 10; hold"
    a, b = parse(text).bind(base=0.1, total=100), parse(text).bind(base=0.2, total=300)
    found = diff(a, b)
    assert found.changes == (Change("the run's base", "0.1", "0.2"), Change("the run's total", "100", "300"))
    assert (found.total, found.largest, found.before) == (300, 0.1, 0.1)
    assert [found.area_before, found.area_after] == [a(np.arange(100)).sum(), b(np.arange(300)).sum()]
    assert str(found).startswith("changed the run's base '0.1' to '0.2'\n")
    grouped = [parse(f"hold; group a base {base}").bind(total=10, group="a") for base in (1, 2)]
    assert [change.kind for change in diff(*grouped).changes] == ["group"]


def test_faults_and_what_is_missing_are_said() -> None:
    with pytest.raises(ScheduleError, match="cosine"):
        diff("cosin -> 0", "hold", base=1, total=10)
    with pytest.raises(rheostat.BindError) as caught:
        diff("hold", "hold", total=10)
    assert caught.value.missing == ("base",)


@settings(max_examples=60, deadline=None)
@given(programs(full=True), programs(full=True))
def test_it_is_true_of_every_step(a: Seq, b: Seq) -> None:
    before, after = Schedule.of(a), Schedule.of(b)
    found = diff(before, after, base=BASE, total=TOTAL, epoch=EPOCH, step_tokens=TOKENS)
    steps = np.arange(TOTAL)
    y = [bind(one)(steps) for one in (before, after)]
    assert abs(found.largest) == np.abs(y[1] - y[0]).max()
    assert (found.area_before, found.area_after) == (y[0].sum(), y[1].sum())
    same = diff(before, parse(str(before)), base=BASE, total=TOTAL, epoch=EPOCH, step_tokens=TOKENS)
    assert (same.changes, same.largest, same.area_change) == ((), 0.0, 0.0)
