from __future__ import annotations

import math
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.agent import shelf as module
from rheostat.agent.recorder import LOGGED_DELAY_S, UNLOGGED_DELAY_S, Recorder
from rheostat.agent.ring import SEGMENT_ROWS
from rheostat.wire import MAX_FRAME, MAX_METRICS, Flush, decode_from_agent, encode


def values(flushes: list[Flush], name: str, part: str = "metrics") -> list[tuple[int, float]]:
    found = []
    for flush in flushes:
        column = getattr(flush, part).get(name)
        if column is not None:
            steps = flush.step_array()[column.row_numbers(flush.count)]
            found += list(zip(steps.tolist(), column.array().tolist(), strict=True))
    return found


def steps(flushes: list[Flush]) -> list[int]:
    return [s for f in flushes if f.planned for s in f.step_array().tolist()]


def fill(recorder: Recorder, first: int, count: int, now: float = 0.0) -> None:
    for step in range(first, first + count):
        recorder.row(step, now, [0.1 * step], [0.05 * step])
        recorder.log_new({"loss": float(step)})


def test_rows_come_out_as_they_went_in() -> None:
    recorder = Recorder(["a", "b"])
    recorder.row(7, 100.5, [0.1, 0.2], [0.05, 0.2])
    recorder.row(8, 101.0, [0.3, 0.4], [0.3, 0.4])
    (flush,) = recorder.take(101.0, final=True)
    assert flush.step_array().tolist() == [7, 8]
    assert flush.time_array().tolist() == [100.5, 101.0]
    assert values([flush], "a", "planned") == [(7, 0.1), (8, 0.3)]
    assert values([flush], "a", "effective") == [(7, 0.05), (8, 0.3)]
    assert values([flush], "b", "planned") == [(7, 0.2), (8, 0.4)]
    assert flush.metrics == {}
    assert list(recorder.take(200.0, final=True)) == []


def test_the_newest_row_waits_for_what_is_logged_after_its_step() -> None:
    recorder = Recorder(["a"])
    fill(recorder, 0, 3)
    assert steps(list(recorder.take(LOGGED_DELAY_S / 2))) == [0, 1]
    assert steps(list(recorder.take(LOGGED_DELAY_S))) == [2]
    recorder.row(3, 10.0, [0.1], [0.1])
    assert list(recorder.take(10.0 + LOGGED_DELAY_S)) == []
    assert steps(list(recorder.take(10.0 + UNLOGGED_DELAY_S))) == [3]


def test_values_logged_after_a_step_belong_to_it() -> None:
    recorder = Recorder(["a"])
    fill(recorder, 5, 4)
    assert values(list(recorder.take(0.0, final=True)), "loss") == [(s, float(s)) for s in range(5, 9)]


def test_values_logged_ahead_of_the_first_step_belong_to_the_next() -> None:
    recorder = Recorder(["a"])
    for step in range(4):
        recorder.log_new({"loss": float(step)})
        recorder.row(step, 0.0, [0.1], [0.1])
        recorder.log_new({"after": float(step)})
    recorder.log_new({"loss": 4.0})
    flushes = list(recorder.take(0.0, final=True))
    assert values(flushes, "loss") == [(s, float(s)) for s in range(5)]
    assert values(flushes, "after") == [(s, float(s)) for s in range(4)]
    assert steps(flushes) == [0, 1, 2, 3]


def test_the_last_value_of_a_step_stands() -> None:
    recorder = Recorder(["a"])
    recorder.row(0, 0.0, [0.1], [0.1])
    recorder.log_new({"loss": 1.0})
    recorder.log_new({"loss": 2.0})
    assert values(list(recorder.take(0.0, final=True)), "loss") == [(0, 2.0)]


def test_a_logged_nan_or_infinity_is_kept_and_a_missing_value_is_not_made_up() -> None:
    recorder = Recorder(["a"])
    logged = {0: math.nan, 2: math.inf, 3: -math.inf, 5: 1.0}
    for step in range(6):
        recorder.row(step, 0.0, [0.1], [0.1])
        if step in logged:
            recorder.log_new({"loss": logged[step]})
    found = dict(values(list(recorder.take(0.0, final=True)), "loss"))
    assert list(found) == list(logged)
    assert math.isnan(found[0])
    assert [found[s] for s in (2, 3, 5)] == [math.inf, -math.inf, 1.0]


def test_a_value_whose_row_has_left_already_goes_to_the_next_row() -> None:
    recorder = Recorder(["a"])
    fill(recorder, 0, 2)
    assert steps(list(recorder.take(60.0))) == [0, 1]
    recorder.log_new({"val_loss": 9.0})
    handed: list[dict[str, object]] = []
    recorder.log(lambda **values: handed.append(values))(val_loss=9.0)
    assert handed == [{"val_loss": 9.0}]
    assert list(recorder.take(60.0)) == []
    fill(recorder, 2, 1)
    assert values(list(recorder.take(120.0)), "val_loss") == [(2, 9.0)]


def test_what_no_step_came_for_is_sent_at_the_end_without_lrs() -> None:
    recorder = Recorder(["a"])
    fill(recorder, 0, 2)
    list(recorder.take(60.0))
    recorder.log_new({"test_loss": 9.0})
    (last,) = recorder.take(61.0, final=True)
    assert (last.planned, values([last], "test_loss")) == ({}, [(2, 9.0)])
    assert decode_from_agent(encode(_numbered(last))) is not None


def test_values_arriving_later_find_their_row_while_it_waits_for_them() -> None:
    recorder = Recorder(["a"])
    fill(recorder, 0, 2 * SEGMENT_ROWS)
    first = list(recorder.take(60.0, before=100))
    assert steps(first) == list(range(100))
    for step in range(100, 2 * SEGMENT_ROWS, 7):
        recorder.log_at(step, {"gpu": float(step)})
    recorder.log_at(3, {"missed": 3.0})
    rest = list(recorder.take(60.0, final=True))
    assert steps(rest) == list(range(100, 2 * SEGMENT_ROWS))
    assert values(rest, "gpu") == [(s, float(s)) for s in range(100, 2 * SEGMENT_ROWS, 7)]
    assert values(rest, "missed") == [(2 * SEGMENT_ROWS, 3.0)]


def _numbered(flush: Flush) -> Flush:
    return Flush(
        seq=1,
        steps=flush.steps,
        times=flush.times,
        planned=flush.planned,
        effective=flush.effective,
        metrics=flush.metrics,
    )


@settings(max_examples=40)
@given(st.lists(st.sampled_from(["row", "log", "new", "groups", "take"]), max_size=60))
def test_whatever_the_order_nothing_is_lost_or_doubled(moves: list[str]) -> None:
    recorder = Recorder(["g0"])
    flushes: list[Flush] = []
    expected: dict[str, dict[int, float]] = {}
    early: set[str] = set()
    step = groups = taken = 0
    for move in moves:
        if move == "row":
            recorder.row(step, 0.0, [0.5] * (groups + 1), [0.5] * (groups + 1))
            step += 1
        elif move == "groups":
            groups += 1
            recorder.regroup([f"g{i}" for i in range(groups + 1)])
        elif move == "take":
            flushes += recorder.take(1e6)
            taken = step
        else:
            name = "loss" if move == "log" else f"m{len(expected)}"
            if step == 0 and name not in expected:
                early.add(name)
            at = step if name in early else step - 1
            at = max(at, taken)
            expected.setdefault(name, {})[at] = float(len(moves) + step)
            recorder.log_new({name: float(len(moves) + step)})
    flushes += recorder.take(1e6, final=True)
    assert steps(flushes) == list(range(step))
    for name, points in expected.items():
        assert dict(values(flushes, name)) == points
    for flush in flushes:
        decode_from_agent(encode(_numbered(flush)))


def test_one_thread_writes_while_another_takes() -> None:
    count = 60_000
    recorder = Recorder(["a"])
    flushes: list[Flush] = []
    writing = threading.Thread(target=fill, args=(recorder, 0, count))
    writing.start()
    while writing.is_alive():
        flushes += recorder.take(0.0)
    flushes += recorder.take(0.0, final=True)
    assert recorder.lost == 0
    assert np.array_equal(steps(flushes), np.arange(count))
    assert dict(values(flushes, "loss")) == {s: float(s) for s in range(count)}


def test_memory_is_bounded_and_the_oldest_rows_are_lost_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 2 << 20)
    woken: list[float] = []
    recorder = Recorder(["a"], lambda: woken.append(time.monotonic()))
    count = 12 * SEGMENT_ROWS
    fill(recorder, 0, count)
    kept = steps(list(recorder.take(0.0, final=True)))
    assert recorder.lost == count - len(kept) > 0
    assert kept == list(range(recorder.lost, count))
    assert woken


def test_the_newest_step_that_has_its_values() -> None:
    recorder = Recorder(["a", "b"])
    assert recorder.newest() is None
    recorder.row(0, 1.0, [0.1, 0.2], [0.05, 0.2])
    recorder.log_new({"loss": math.nan})
    assert str(recorder.newest()) == (
        "Newest(planned={'a': 0.1, 'b': 0.2}, effective={'a': 0.05, 'b': 0.2}, metrics={'loss': nan})"
    )
    fill_two(recorder, 1, SEGMENT_ROWS)
    for at in range(SEGMENT_ROWS, SEGMENT_ROWS + 5):
        newest = recorder.newest()
        assert newest is not None
        assert newest.metrics in ({"loss": float(at - 1)}, {"loss": float(at)})
        fill_two(recorder, at + 1, 1)
        list(recorder.take(1e12))


def fill_two(recorder: Recorder, first: int, count: int) -> None:
    for step in range(first, first + count):
        recorder.row(step, 0.0, [0.1, 0.2], [0.1, 0.2])
        recorder.log_new({"loss": float(step)})


def test_many_names_and_groups_still_fit_their_frames() -> None:
    recorder = Recorder([f"group{i}" for i in range(400)])
    for step in range(40):
        recorder.row(step, 0.0, [0.1] * 400, [0.1] * 400)
        recorder.log_new({f"m{i}": 1.0 for i in range(MAX_METRICS)})
    flushes = list(recorder.take(0.0, final=True))
    assert steps(flushes) == list(range(40))
    assert all(len(encode(_numbered(f))) < MAX_FRAME for f in flushes)
    with pytest.raises(ValueError, match="512 metrics"):
        recorder.log_new({"one more": 1.0})
    recorder.log_new({"one more": 1.0})


@pytest.mark.parametrize("name", ["", "x" * 201, "a\nb", "\x00"])
def test_a_name_nobody_can_show_is_refused_once(name: str) -> None:
    recorder = Recorder(["a"])
    recorder.row(0, 0.0, [0.1], [0.1])
    with pytest.raises(ValueError, match="printable"):
        recorder.log_new({name: 1.0})
    recorder.log_new({name: 1.0})
    recorder.row(1, 0.0, [0.1], [0.1])
    assert [f.metrics for f in recorder.take(0.0, final=True)] == [{}]


class Steps:
    def __init__(self, horizon: int) -> None:
        self.step, self.horizon = 0, horizon


class Stepped:
    def __init__(self, *rates: float) -> None:
        self.param_groups: list[dict[str, object]] = [{"lr": lr} for lr in rates]


@pytest.mark.parametrize("groups", [1, 3])
def test_quick_rows_are_the_rows_that_row_would_have_written(groups: int) -> None:
    count = Steps(horizon=2 * SEGMENT_ROWS)
    names = [f"g{i}" for i in range(groups)]
    recorder = Recorder(names, count=count)
    slow: list[object] = []
    after = recorder.after_step(slow.append)
    log = recorder.log(lambda **values: recorder.log_new(values))
    for step in range(2 * SEGMENT_ROWS + 5):
        rates = [0.1 * step + i for i in range(groups)]
        before = len(slow)
        if groups == 1:
            after(Stepped(*rates), (), {})
        elif not recorder.quick(rates):
            slow.append(rates)
        if len(slow) > before:
            recorder.row(step, 0.0, rates, rates)
            count.step += 1
        log(loss=float(step))
        assert count.step == step + 1
    flushes = list(recorder.take(1e12, final=True))
    assert steps(flushes) == list(range(2 * SEGMENT_ROWS + 5))
    for part in ("planned", "effective"):
        assert values(flushes, names[-1], part) == [
            (s, 0.1 * s + (groups - 1)) for s in range(2 * SEGMENT_ROWS + 5)
        ]
    assert values(flushes, "loss") == [(s, float(s)) for s in range(2 * SEGMENT_ROWS + 5)]
    assert 5 < len(slow) < 15


def test_nothing_is_quick_where_the_groups_have_changed_or_nobody_counts() -> None:
    assert not Recorder(["a", "b"]).quick([0.1, 0.2])
    recorder = Recorder(["a"], count=Steps(100))
    slow: list[object] = []
    after = recorder.after_step(slow.append)
    two, none, odd = Stepped(0.1, 0.2), Stepped(), Stepped()
    odd.param_groups = [{}]
    for each in (two, none, odd):
        after(each, (), {})
    assert slow == [two, none, odd]
    after(Stepped(0.1), (), {})
    assert len(slow) == 3
    recorder.regroup(["a", "b"])
    after(Stepped(0.1), (), {})
    assert len(slow) == 4
    assert not recorder.quick([0.1, 0.2])


def test_once_stopped_nothing_is_written() -> None:
    """As in a forked child, whose memory of the files is its parent's."""
    recorder = Recorder(["a"], count=Steps(100))
    slow: list[object] = []
    after = recorder.after_step(slow.append)
    log = recorder.log(lambda **values: slow.append(values))
    after(Stepped(0.1), (), {})
    recorder.log_new({"loss": 1.0})
    log(loss=2.0)
    recorder.stop()
    log(loss=3.0)
    after(Stepped(0.2), (), {})
    assert len(slow) == 2
    (flush,) = recorder.take(1e12, final=True)
    assert (values([flush], "loss"), values([flush], "a", "planned")) == ([(0, 2.0)], [(0, 0.1)])
