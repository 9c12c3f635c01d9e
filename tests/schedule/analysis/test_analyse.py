from __future__ import annotations

import numpy as np
import pytest

from rheostat.schedule import examples, parse


def test_a_plan_in_figures() -> None:
    found = parse("linear 0 -> 1x for 5%; hold; sqrt -> 0.1x for 20%").bind(base=1e-3, total=10_000).analyse()
    assert (found.total, found.first, found.minimum, found.maximum) == (10_000, 0.0, 0.0, 1e-3)
    assert found.last == pytest.approx(1e-4, rel=1e-2)
    assert found.breakpoints == (500.0, 8000.0)
    assert found.jumps == ()
    assert [(p.start, p.end, p.line, p.column, p.length, p.label) for p in found.parts] == [
        (0, 500, 1, 1, 21, "linear 0 -> 1x for 5%"),
        (500, 8000, 1, 24, 4, "hold"),
        (8000, 10_000, 1, 30, 20, "sqrt -> 0.1x for 20%"),
    ]


def test_jumps_give_the_lr_on_both_sides() -> None:
    found = parse("drop 0.1x at 30, 80; ").bind(base=0.1, total=100).analyse()
    assert [j.step for j in found.jumps] == [30, 80]
    assert [j.before for j in found.jumps] == pytest.approx([0.1, 0.01])
    assert [j.after for j in found.jumps] == pytest.approx([0.01, 0.001])
    assert found.lints == ()


@pytest.mark.parametrize("text", [e.text for e in examples()])
def test_extremes_and_area_are_those_of_all_steps(text: str) -> None:
    schedule = parse(text)
    for group in schedule.groups or (None,):
        plan = schedule.bind(base=1e-3, total=10_000, epoch=500, group=group)
        y = plan(np.arange(10_000))
        found = plan.analyse()
        assert (found.minimum, found.maximum) == (y.min(), y.max())
        assert found.area == pytest.approx(y.sum(), rel=1e-12)
        assert found.exact_area


@pytest.mark.parametrize(
    ("text", "tolerance"),
    [
        ("linear 0 -> 1x for 5%; hold; sqrt -> 0.1x for 20%", 1e-9),
        ("cosine -> 0", 1e-9),
        ("poly(3) -> 0", 1e-9),
        ("expo 1e-7 -> 1", 1e-9),
        ("rsqrt(10)", 1e-9),
        ("tanh(-7, 3) -> 0", 1e-9),
        ("drop 0.5x every 100k", 1e-9),
        ("linear 0 -> 1x for 10% * drop 0.5x every 100k", 1e-9),
        ("repeat forever stretch 2 { cosine 1x -> 0 for 10 }", 1e-6),
        ("repeat forever { cosine 1x -> 0 for 100 }", 1e-3),
        ("repeat forever { linear 1x -> 0.2x for 1k; linear -> 1x for 1k }", 1e-3),
    ],
)
def test_the_area_of_a_long_plan_is_close(text: str, tolerance: float) -> None:
    plan = parse(text).bind(base=0.1, total=700_001)
    found = plan.analyse()
    assert not found.exact_area
    assert found.area == pytest.approx(plan(np.arange(700_001)).sum(), rel=tolerance)


def test_without_a_total_the_parts_say_how_far_to_look() -> None:
    assert parse("3e-4").bind().analyse().total == 1000
    assert parse("linear 0 -> 1x for 500; linear -> 0 for 700").bind(base=1).analyse().total == 1200
    assert parse("linear 0 -> 1x for 5k; hold").bind(base=1).analyse().total == 10_000


def test_lints() -> None:
    def codes(text: str, total: int = 100) -> list[str]:
        return [d.code for d in parse(text).bind(base=0.1, total=total).analyse().lints]

    assert codes("1x for 5; 0.01x") == ["jump"]
    assert codes("1x for 5; 0.5x") == []
    assert codes("linear -> 0 for 50") == ["zero-lr"]
    assert codes("linear -> 0") == []
    assert codes("hold for 80; linear -> 0.1x for 40") == ["too-long"]
    assert codes("hold for 100; linear -> 0.1x for 40") == ["too-long", "never"]
    assert codes("linear 0 -> 1 for 50") == ["large-lr"]
    assert codes("hold 0") == ["zero-lr"]


@pytest.mark.parametrize("total", [1000, 100_000, 10**7])
def test_each_part_has_its_area_and_its_share(total: int) -> None:
    plan = parse("linear 0 -> 1x for 5%; hold; sqrt -> 0.1x for 20.05%").bind(base=1e-3, total=total)
    found = plan.analyse()
    y = plan(np.arange(total))
    wanted = [y[int(np.ceil(p.start)) : int(np.ceil(p.end))].sum() for p in found.parts]
    assert [p.area for p in found.parts] == pytest.approx(wanted, rel=1e-8)
    assert [p.share for p in found.parts] == pytest.approx(np.array(wanted) / y.sum(), rel=1e-8)
    assert sum(p.share for p in found.parts) == pytest.approx(1.0, rel=1e-12)


def test_of_many_pieces_the_share_of_a_part_is_near() -> None:
    text = "{ repeat forever { cosine 1x -> 0 for 1000 } } for 50%; 0.25x"
    found = parse(text).bind(base=1e-3, total=10**7).analyse()
    assert not found.exact_area
    assert [p.share for p in found.parts] == pytest.approx([2 / 3, 1 / 3], rel=2e-3)


def test_a_plan_of_nothing_has_no_shares() -> None:
    assert [p.share for p in parse("0").bind(base=1e-3, total=100).analyse().parts] == [0.0]
