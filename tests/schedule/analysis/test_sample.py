from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.schedule import BindError, Schedule, parse
from rheostat.schedule.analysis.sample import borders
from rheostat.schedule.tree.nodes import Product, Repeat, Seq, Sum
from tests.schedule.strategies import bind, programs

EXACT = [
    "linear 0 -> 1x for 5%; hold; sqrt -> 0.1x for 20%",
    "drop 0.9x every 7",
    "drop 0.5x at 17, 100, 5000; ",
    "decay 0.9x every 50",
    "repeat forever { cosine 1x -> 0 for 1000 }",
    "repeat forever { linear 1x -> 0.2x for 3; linear -> 1x for 4 }",
    "repeat forever stretch 2 { cosine 1x -> 0 for 1 }",
    "repeat forever shrink 0.99x { linear 1x -> 0 for 13 }",
    "0 for 3000; 1x for 1; 0",
    "linear 0 -> 1x for 20% * drop 0.5x every 1000",
]


def check_columns(text: str, first: int, last: int, width: int, tolerance: float) -> None:
    plan = parse(text).bind(base=0.1, total=10_000)
    x, y = plan.sample(first, last, width)
    assert (np.diff(x) > 0).all()
    assert first == x[0]
    assert x[-1] == last - 1
    assert len(x) <= 2 * width + 64
    assert y.tolist() == plan(x).tolist()
    full = plan(np.arange(first, last))
    edges = borders(first, last, width)
    for low, high in pairwise(edges):
        if high <= low:
            continue
        inside = y[(x >= low) & (x < high)]
        whole = full[low - first : high - first]
        assert abs(inside.min() - whole.min()) <= tolerance * 0.1
        assert abs(inside.max() - whole.max()) <= tolerance * 0.1


@pytest.mark.parametrize("text", EXACT)
@pytest.mark.parametrize(
    ("first", "last", "width"), [(0, 10_000, 300), (0, 10_000, 16), (1234, 9876, 100), (0, 500, 249)]
)
def test_every_column_has_its_extremes(text: str, first: int, last: int, width: int) -> None:
    dense_shrink = "shrink" in text and last - first > 13 * width
    check_columns(text, first, last, width, 0.02 if dense_shrink else 0.0)


def test_few_steps_are_all_there() -> None:
    x, _ = parse("3e-4").bind().sample(5, 105, 50)
    assert x.tolist() == list(range(5, 105))


def smooth(program: Seq) -> bool:
    return not any(isinstance(p, Product | Sum | Repeat) or hasattr(p, "body") for p in program.parts)


@given(programs(comments=False).filter(smooth), st.integers(16, 90))
@settings(deadline=None, max_examples=60)
def test_smooth_programs_keep_the_extremes_of_the_whole(program: Seq, width: int) -> None:
    try:
        plan = bind(Schedule.of(program))
    except BindError:
        return
    _, y = plan.sample(0, 1000, width)
    full = plan(np.arange(1000))
    assert y.min() == full.min()
    assert y.max() == full.max()


@pytest.mark.parametrize("text", EXACT)
@pytest.mark.parametrize("total", [10**6, 10**9, 10**12, 2**53])
def test_length_does_not_matter(text: str, total: int) -> None:
    plan = parse(text).bind(base=0.1, total=total)
    x, y = plan.sample(0, total, 1000)
    assert len(x) <= 2064
    assert x[-1] == total - 1
    assert 0.0 < y.max() <= 0.1


def test_what_is_no_range_is_refused() -> None:
    plan = parse("3e-4").bind()
    for first, last, width in ((5, 5, 10), (-1, 5, 10), (0, 5, 0), (0, 2**53 + 1, 10)):
        with pytest.raises(ValueError, match="expected"):
            plan.sample(first, last, width)
