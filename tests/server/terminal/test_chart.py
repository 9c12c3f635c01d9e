"""The chart in the terminal shows the plan: each column of dots its least and greatest value."""

from __future__ import annotations

import numpy as np

from rheostat.schedule import parse
from rheostat.schedule.drawing.svg import Line
from rheostat_server.terminal.chart import Style, dots_across, draw
from tests.server.terminal.test_canvas import dots


def chart(text: str, style: Style, total: int = 10_000) -> tuple[list[str], Line]:
    plan = parse(text).bind(base=1e-3, total=total)
    line = Line("lr", *plan.sample(0, total, dots_across(style)))
    return draw([line], style), line


def test_the_dots_are_the_curve() -> None:
    style = Style(width=62, height=10)
    rows, line = chart("linear 0 -> 1x for 10%; cosine -> 0", style)
    set_dots = dots([row[12:].ljust(50) for row in rows[:10]])
    for x, y in zip(line.x, line.y, strict=True):
        assert (round(x * 99 / 10_000), round(y / float(line.y.max()) * 39)) in set_dots


def test_no_row_is_wider_than_asked_and_scales_are_round() -> None:
    rows, _ = chart("cosine -> 0", Style(width=60, height=12))
    assert max(len(row) for row in rows) == 60
    words = " ".join(rows).split()
    assert {"1e-3", "0", "5k"} <= set(words)


def test_a_logarithmic_axis_leaves_out_zeros() -> None:
    rows, _ = chart("expo 1e-7 -> 10", Style(width=60, height=16, log=True))
    assert {"1e-7", "0.1"} <= set(" ".join(rows).split())
    rows, _ = chart("hold 0", Style(log=True))
    assert len(rows) == 18


def test_several_curves_have_a_legend() -> None:
    flat = Line("head", np.arange(5), np.full(5, 1e-3))
    zero = Line("backbone", np.arange(5), np.zeros(5))
    rows = draw([flat, zero], Style(colour=True))
    assert "head" in rows[-1]
    assert "backbone" in rows[-1]
    assert "\033[34m" in rows[0]
    assert "\033[33m" in rows[15]


def test_a_single_step_and_plain_stars() -> None:
    rows, _ = chart("3e-4", Style(plain=True), total=1)
    assert rows[0].count("*") == 1
    assert all(row.isascii() for row in rows)
