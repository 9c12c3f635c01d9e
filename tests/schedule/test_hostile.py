"""Text made to hurt: whatever is written is drawn, or refused with diagnostics, at a cost its size bounds."""

from __future__ import annotations

import tracemalloc
from collections import Counter

import numpy as np
import pytest

from rheostat.schedule import BindError, ScheduleError, check, parse
from rheostat.schedule.text.atoms import LIMIT_PARTS

from .calls import Calls
from .hostile import RUNS, outcome, texts

# Calls of functions that a text may cost, read, bound, analysed and drawn: a full one, of 900 parts, takes
# some 570,000, and whatever grows faster than the text takes millions.
MOST_CALLS = 700_000
MOST_BYTES = 32 * 2**20


def nested(depth: int, head: str, before: str = "", body: str = "cosine -> 1e-5 for 3") -> str:
    return f"{head} {{ {before}" * depth + body + " }" * depth


@pytest.mark.parametrize("head", ["repeat 2", "repeat 2 stretch 2", "repeat 2 shrink 0.5x", "repeat 9"])
@pytest.mark.parametrize("before", ["", "linear -> 2e-4 for 2; "])
def test_repeats_inside_each_other_are_drawn_and_analysed(head: str, before: str) -> None:
    # Each level doubles what there is to see; without a bound on the marks this never ends.
    plan = parse(nested(4, head, before)).bind(base=1e-3, total=10**6)
    x, y = plan.sample(0, 10**6, 200)
    assert len(x) <= 2 * 200 + 64
    assert y.tolist() == plan(x).tolist()
    assert y.tolist() == [plan(step) for step in x.tolist()]
    found = plan.analyse()
    assert found.minimum <= float(np.min(y)) <= float(np.max(y)) <= found.maximum * (1 + 1e-9)


def test_more_repeats_inside_each_other_are_refused_where_they_begin() -> None:
    with pytest.raises(ScheduleError, match="1:45 more than 4 repeats inside each other"):
        parse(nested(5, "repeat 2"))
    inner, outer = nested(3, "repeat 2"), nested(2, "repeat 2", body="main for 99")
    with pytest.raises(BindError, match="those of 'main' counted"):
        parse(f"{inner}\ngroup a = {outer}").bind(base=1.0, total=100, group="a")


def test_main_times_main_is_refused_before_it_grows() -> None:
    text = "1x for 1\n" * 90 + "group a = { " + "main; " * 90 + "main }"
    with pytest.raises(BindError, match="more than 1000 parts"):
        parse(text).bind(base=1.0, total=10**6, group="a")


def test_whatever_is_written_ends_with_a_curve_or_a_reason_at_bounded_work() -> None:
    outcomes: Counter[str] = Counter()
    for number, (kind, text) in enumerate(texts(seed=3, count=600)):
        with Calls() as calls:
            found = outcome(text, RUNS[number // 10 % len(RUNS)])
        outcomes[found] += 1
        check(text)  # raises nothing, whatever it says
        assert calls.count <= MOST_CALLS, (kind, text[:200])
    # The texts are such that each way out is taken.
    assert min(outcomes[way] for way in ("drawn", "refused", "not bound")) >= 10


def test_whatever_is_written_needs_bounded_memory() -> None:
    tracemalloc.start()
    try:
        for number, (kind, text) in enumerate(texts(seed=4, count=100)):
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            outcome(text, RUNS[number // 10 % len(RUNS)])
            assert tracemalloc.get_traced_memory()[1] - before <= MOST_BYTES, (kind, text[:200])
    finally:
        tracemalloc.stop()


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


def test_a_total_beyond_whole_floats_is_refused_where_the_run_gives_it() -> None:
    schedule = parse("cosine -> 0")
    with pytest.raises(BindError, match=r"total is 1e\+17 steps: a run has at most 2\*\*53"):
        schedule.bind(base=1e-3, total=10**17)
    assert schedule.bind(base=1e-3, total=2**53)(2**53 - 1) >= 0.0


@pytest.mark.parametrize("around", ["{}", "repeat 2 {{ {} }}", "{{ {{ {} }} for 5% }}"])
def test_more_parts_than_a_person_writes_are_one_fault(around: str) -> None:
    def written(count: int) -> str:
        return around.format("; ".join(["linear -> 1e-3 for 2"] * count))

    outer = around.count("{{")
    assert parse(written(LIMIT_PARTS - outer)).bind(base=1.0, total=10**6).size >= LIMIT_PARTS - outer
    with pytest.raises(ScheduleError) as caught:
        parse(written(LIMIT_PARTS - outer + 1) + "; }")
    (fault,) = caught.value.diagnostics
    assert (fault.code, fault.suggestion) == ("too-many", "use repeat, or a table of keys")
