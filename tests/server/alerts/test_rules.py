"""The rules, fed with flushes and a clock."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.wire import Column, Flush
from rheostat_server.alerts.rules import Change, Clear, Raise, Rules, Watch
from tests.server.running import flush

GROUPS = ["backbone", "head"]


def feed(watch: Watch, losses: list[float], first: int = 0, size: int = 10, now: float = 0.0) -> list[Change]:
    found: list[Change] = []
    for start in range(0, len(losses), size):
        part = losses[start : start + size]
        found += watch.flushed(
            flush(1, first + start, len(part), GROUPS, loss=part), overridden=False, now=now
        )
    return found


def noise(count: int, seed: int = 1) -> list[float]:
    rng = np.random.default_rng(seed)
    return [float(value) for value in 2.0 + 0.1 * rng.standard_normal(count)]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_loss_that_is_no_number_is_told_once_and_clears(value: float) -> None:
    watch = Watch(Rules(), 0.0)
    assert feed(watch, noise(20)) == []
    assert feed(watch, [2.0, value, value], 20) == [Raise("nan", "loss", 21, f"loss is {value:g}")]
    assert feed(watch, [value], 23) == []
    assert feed(watch, [2.0], 24) == [Clear("nan", "loss")]
    assert len(feed(watch, [value], 25)) == 1


@pytest.mark.parametrize("size", [1, 10, 1000])
def test_a_spike_is_told_with_its_step(size: int) -> None:
    losses = noise(500)
    losses[430] = 4.0
    found = feed(Watch(Rules(), 0.0), losses, size=size)
    raised = [change for change in found if isinstance(change, Raise)]
    assert [(change.kind, change.subject, change.step) for change in raised] == [("spike", "loss", 430)]
    assert raised[0].message.startswith("loss is 4, its median was")


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(5, 300))
def test_a_falling_noisy_loss_raises_nothing(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    steps = np.arange(2000)
    losses = 0.5 + 3 * np.exp(-steps / 400) + 0.05 * rng.standard_normal(2000)
    assert feed(Watch(Rules(), 0.0), losses.tolist(), size=size) == []


def test_a_loss_that_stands_still_may_move_a_little() -> None:
    watch = Watch(Rules(), 0.0)
    assert feed(watch, [1.0] * 200 + [1.005] * 10) == []
    assert len(feed(watch, [1.5], 210)) == 1


def test_too_little_to_judge_by() -> None:
    assert feed(Watch(Rules(), 0.0), [1.0] * 40 + [1e9]) == []


def test_other_metrics_are_not_losses() -> None:
    watch = Watch(Rules(), 0.0)
    message = flush(1, 0, 3, GROUPS, grad_norm=[1.0, float("nan"), 2.0])
    assert watch.flushed(message, overridden=False, now=0.0) == []


@given(st.lists(st.floats(), min_size=1, max_size=300))
def test_any_values_raise_no_exception(values: list[float]) -> None:
    feed(Watch(Rules(), 0.0), values, size=7)


def test_no_step_for_long_is_a_stall_until_the_next() -> None:
    watch = Watch(Rules(stall_s=100.0), 0.0)
    feed(watch, noise(10))
    for now in range(1, 100):
        watch.heard(float(now))
        assert watch.tick("live", float(now)) == []
    (raised,) = watch.tick("live", 100.0)
    assert isinstance(raised, Raise)
    assert (raised.kind, raised.step) == ("stall", 9)
    feed(watch, noise(10), 10, now=101.0)
    assert watch.tick("live", 101.0) == [Clear("stall", "")]


def test_a_silent_run_is_told_and_clears_when_heard() -> None:
    watch = Watch(Rules(silent_s=60.0), 0.0)
    assert watch.tick("silent", 59.9) == []
    (raised,) = watch.tick("crashed", 60.0)
    assert isinstance(raised, Raise)
    assert raised.kind == "silent"
    watch.heard(61.0)
    assert watch.tick("live", 61.0) == [Clear("silent", "")]


@pytest.mark.parametrize("state", ["finished", "stopped"])
def test_a_run_that_ended_is_neither_silent_nor_stalled(state: str) -> None:
    watch = Watch(Rules(), 0.0)
    feed(watch, noise(10))
    assert watch.tick(state, 1e6) == []  # type: ignore[arg-type]


def apart(seq: int, factor: float) -> Flush:
    plan = np.full(5, 1e-3)
    return Flush(
        seq=seq,
        steps=np.arange(5 * seq, 5 * seq + 5, dtype="<i8").tobytes(),
        times=np.full(5, 1.0).tobytes(),
        planned={"g": Column.of(plan)},
        effective={"g": Column.of(factor * plan)},
        metrics={},
    )


def test_an_lr_apart_from_the_plan_without_a_command() -> None:
    watch = Watch(Rules(), 0.0)

    def say(seq: int, factor: float, overridden: bool = False) -> list[Change]:
        return watch.flushed(apart(seq, factor), overridden=overridden, now=0.0)

    assert [say(1, 1.0), say(2, 0.5, True), say(3, 0.5), say(4, 0.5)] == [[]] * 4
    (raised,) = say(5, 0.5)
    assert isinstance(raised, Raise)
    assert (raised.kind, raised.subject, raised.step) == ("divergence", "g", 29)
    assert say(6, 0.5) == []
    assert say(7, 0.5, True) == [Clear("divergence", "g")]
