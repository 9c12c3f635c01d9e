"""Pictures without a library: well-formed, true to the plan, and safe for any text."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from rheostat.schedule import parse
from rheostat.schedule.drawing.svg import Line, lines, svg

SVG = "{http://www.w3.org/2000/svg}"


def points(drawn: str) -> list[list[tuple[float, float]]]:
    root = ElementTree.fromstring(drawn)
    return [
        [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]  # type: ignore[misc]
        for line in root.iter(f"{SVG}polyline")
    ]


def test_the_polyline_is_the_plan() -> None:
    plan = parse("linear 0 -> 1x for 50%; linear -> 0").bind(base=2.0, total=100)
    (drawn,) = points(svg(lines((plan,), 100), width=120, height=112, bare=True))
    assert len(drawn) == 100
    heights = np.array([y for _, y in drawn])
    lrs = np.array([plan(step) for step in range(100)])
    assert np.allclose((106 - heights) / 100 * 2.0 * 1.04, lrs, atol=1e-3)
    assert min(heights) == heights[50]


@pytest.mark.parametrize("bare", [True, False])
def test_many_curves_at_zero_and_in_a_single_step(bare: bool) -> None:
    flat = Line("<a & b>", np.arange(1), np.zeros(1))
    drawn = svg((flat, flat), bare=bare)
    assert len(points(drawn)) == 2
    assert "<a & b>" not in drawn


def test_axes_name_round_values() -> None:
    plan = parse("cosine -> 0").bind(base=3e-4, total=10_000)
    words = [node.text for node in ElementTree.fromstring(svg(lines((plan,), 500))).iter(f"{SVG}text")]
    assert {"0", "1e-4", "3e-4", "2k", "10k"} <= set(words)
