"""Where a run stands, folded flush by flush."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheostat.wire import Column, Flush
from rheostat_server.store.progress import Guess, Progress, fold, main_metric


def flush_of(first: int, values: list[float], name: str = "loss", start: float = 0.0) -> Flush:
    steps = np.arange(first, first + len(values), dtype="<i8")
    return Flush(
        seq=1,
        steps=steps.tobytes(),
        times=(start + steps * 0.1).tobytes(),
        planned={"g": Column.of(np.full(len(values), 1e-3))},
        effective={"g": Column.of(np.full(len(values), 5e-4))},
        metrics={name: Column.of(np.array(values))},
    )


def run(*flushes: Flush, attempt: int = 1) -> Progress:
    progress = Progress()
    for number, flush in enumerate(flushes, 1):
        progress = fold(progress, flush, attempt=attempt, chunk=number, now=float(number))
    return progress


def test_the_latest_of_everything() -> None:
    progress = run(flush_of(0, [3.0, 2.0]), flush_of(2, [1.0]))
    assert (progress.step, progress.chunk, progress.heard_at) == (3, 2, 2.0)
    assert (progress.planned, progress.effective) == ({"g": 1e-3}, {"g": 5e-4})
    assert (progress.metric, progress.metrics) == ("loss", {"loss": 1.0})


def test_metrics_after_the_last_step_are_no_step() -> None:
    late = msgspec.structs.replace(flush_of(2, [0.5], "accuracy"), planned={}, effective={})
    progress = run(flush_of(0, [3.0, 2.0]), late)
    assert progress.step == 2
    assert progress.metrics == {"loss": 2.0, "accuracy": 0.5}


@given(st.lists(st.integers(1, 300), min_size=1, max_size=8))
def test_the_sparkline_holds_the_means_of_equal_stretches(sizes: list[int]) -> None:
    at, flushes = 0, []
    for size in sizes:
        flushes.append(flush_of(at, [float(step % 17) for step in range(at, at + size)]))
        at += size
    line = run(*flushes).sparkline
    assert line.size <= 64
    expected = [
        np.mean([float(step % 17) for step in range(low, min(low + line.stretch, at))])
        for low in range(0, at, line.stretch)
    ]
    assert line.means() == pytest.approx(expected)


def test_the_sparkline_leaves_out_what_is_not_finite_and_stays_finite() -> None:
    line = run(flush_of(0, [math.nan, 1.0, math.inf, 1e308, 1e308])).sparkline
    assert line.means() == [None, 1.0, None, 1e308, 1e308][: len(line.means())]
    huge = run(*(flush_of(64 * at, [1e308] * 64) for at in range(20))).sparkline
    assert all(value is not None and math.isfinite(value) for value in huge.means())


def test_a_rewind_forgets_what_came_after() -> None:
    progress = run(flush_of(0, [1.0] * 50), flush_of(20, [5.0] * 10))
    assert progress.step == 30
    assert progress.sparkline.means() == [1.0] * 20 + [5.0] * 10
    assert progress.rate == pytest.approx(10.0)


def test_the_rate_is_of_late() -> None:
    slow = [flush_of(10 * at, [1.0] * 10) for at in range(30)]
    assert run(*slow).rate == pytest.approx(10.0)
    assert run(flush_of(0, [1.0])).rate is None


def test_a_run_far_along_keeps_a_short_sparkline() -> None:
    progress = run(flush_of(10**12, [1.0] * 5))
    assert progress.sparkline.size <= 64
    assert progress.step == 10**12 + 5


@pytest.mark.parametrize(
    ("names", "main"),
    [([], None), (["acc"], "acc"), (["acc", "val_Loss"], "val_Loss"), (["acc", "val_loss", "loss"], "loss")],
)
def test_the_metric_shown_first(names: list[str], main: str | None) -> None:
    assert main_metric(dict.fromkeys(names, 0.0)) == main


def test_another_first_metric_begins_a_new_sparkline() -> None:
    progress = run(flush_of(0, [9.0, 9.0], "acc"), flush_of(2, [1.0, 2.0]))
    assert progress.metric == "loss"
    assert progress.sparkline.means() == [None, None, 1.0, 2.0]


def test_a_guess_is_the_truth_where_the_run_stands_as_thought_and_else_nothing() -> None:
    stands, flush = run(flush_of(0, [3.0, 2.0])), flush_of(2, [1.0])
    guess = Guess.of(stands, flush, attempt=1, now=5.0)
    assert guess.settle(run(flush_of(0, [3.0, 2.0])), 7) is None
    after = guess.settle(stands, 7)
    assert after is guess.after
    assert after == fold(stands, flush, attempt=1, chunk=7, now=5.0)
