"""Text made to hurt: whatever is written is drawn, or refused with diagnostics, at a cost its size bounds."""

from __future__ import annotations

import numpy as np
import pytest

from rheostat.schedule import BindError, parse


def nested(depth: int, head: str, before: str = "", body: str = "cosine -> 1e-5 for 3") -> str:
    return f"{head} {{ {before}" * depth + body + " }" * depth


@pytest.mark.parametrize("head", ["repeat 2", "repeat 2 stretch 2", "repeat 2 shrink 0.5x", "repeat 9"])
@pytest.mark.parametrize("before", ["", "linear -> 2e-4 for 2; "])
def test_repeats_inside_each_other_are_drawn_and_analysed(head: str, before: str) -> None:
    # Each level doubles what there is to see; without a bound on the marks this never ends.
    plan = parse(nested(20, head, before)).bind(base=1e-3, total=10**6)
    x, y = plan.sample(0, 10**6, 200)
    assert len(x) <= 2 * 200 + 64
    assert y.tolist() == plan(x).tolist()
    assert y.tolist() == [plan(step) for step in x.tolist()]
    found = plan.analyse()
    assert found.minimum <= float(np.min(y)) <= float(np.max(y)) <= found.maximum * (1 + 1e-9)


def test_cycles_thinned_for_their_number_keep_their_extremes() -> None:
    # Twenty breaks in each of a hundred cycles: more than columns, so extremes are all that is kept.
    parts = "; ".join(f"linear -> {1 + n % 5}e-4 for 10" for n in range(19))
    text = f"repeat forever {{ {parts}; linear -> 9e-4 for 10 }}"
    plan = parse(text).bind(base=1e-3, total=20_000)
    _, y = plan.sample(0, 20_000, 120)
    every = plan(np.arange(20_000))
    assert float(np.max(y)) == float(np.max(every))
    assert float(np.min(y)) == float(np.min(every))


def test_a_total_beyond_whole_floats_is_refused_where_it_is_written() -> None:
    with pytest.raises(BindError, match="total comes to"):
        parse("total 101000000000000k; cosine -> 0").bind(base=1e-3)
    assert parse(f"total {2**53}; cosine -> 0").bind(base=1e-3).sample(0, 2**53, 10)
