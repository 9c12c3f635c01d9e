from __future__ import annotations

import pickle

import numpy as np
import pytest

from rheostat.schedule import CueEvent, DropEvent, ScheduleError, Tape, parse

FLAT = np.ones(40)


def test_a_trace_becomes_events_and_events_the_curve() -> None:
    plan = parse("linear 0 -> 1x for 10; plateau(loss, factor=0.5x, patience=2)").bind(base=0.1)
    tape = plan.record({"loss": FLAT})
    assert tape.events == tuple(DropEvent(step) for step in (13, 16, 19, 22, 25, 28, 31, 34, 37))
    told = plan.replay(tape)
    assert told(np.arange(13)).tolist() == plan(np.arange(13)).tolist()
    assert [told(t) for t in (12, 13, 16, 10**9)] == [0.1, 0.05, 0.025, 0.1 * 0.5**9]
    assert plan.simulate({"loss": FLAT}).tolist() == told(np.arange(40)).tolist()
    assert plan(39) == 0.1
    assert [j.step for j in told.analyse().jumps][:2] == [13, 16]


def test_a_tape_goes_on_where_it_stands() -> None:
    plan = parse("plateau(loss, factor=0.5x, patience=4)").bind(base=0.1)
    tape = plan.record({"loss": FLAT}, steps=np.arange(40) * 100)
    assert [e.step for e in tape.events] == [500, 1000, 1500, 2000, 2500, 3000, 3500]
    again = plan.replay(tape).record({"loss": FLAT}, steps=np.arange(40) * 100)
    assert again == tape
    assert Tape.from_json(tape.to_json()) == tape


def test_two_plateaus_watch_two_metrics() -> None:
    text = "plateau(a, factor=0.5x, patience=1) * plateau(b, factor=0.1x, patience=3, mode=max)"
    plan = parse(text).bind(base=1.0)
    y = plan.simulate({"a": np.arange(8.0)[::-1], "b": np.arange(8.0)})
    assert y.tolist() == [1.0] * 8
    y = plan.simulate({"a": np.ones(8), "b": np.ones(8)})
    assert y.tolist() == pytest.approx([1, 1, 0.5, 0.5, 0.025 * 10 * 0.1, 0.025, 0.0125, 0.0125])


def test_a_cue_ends_a_part_and_wakes_the_next() -> None:
    text = "hold until @go; plateau(loss, factor=0.5x, patience=0) for 10; hold 0.01x"
    plan = parse(text).bind(base=1.0)
    assert plan(10**6) == 1.0
    y = plan.simulate({"loss": FLAT[:20]}, cues={"go": 5})
    assert y.tolist() == [1.0] * 6 + [0.5**k for k in range(1, 10)] + [0.01] * 5


def test_each_cue_moves_on_one_part() -> None:
    text = "hold until @next; 0.5x until @next; 0.25x until @next; linear -> 0 for 10"
    plan = parse(text).bind(base=1.0)
    told = plan.replay(Tape().add(CueEvent(20, "next"), CueEvent(7, "next")))
    assert [told(t) for t in (6, 7, 19, 20, 999)] == [1.0, 0.5, 0.5, 0.25, 0.25]
    done = told.replay(told.tape.add(CueEvent(30, "next")))
    assert done(np.arange(30)).tolist() == told(np.arange(30)).tolist()
    assert [done(t) for t in (30, 35, 40)] == [0.25, 0.125, 0.0]


def test_a_cue_shares_anew_what_is_left_and_leaves_the_past() -> None:
    text = "linear 0 -> 1x for 1fr; hold for 50 until @go; linear -> 0 for 1fr"
    plan = parse(text).bind(base=1.0, total=250)
    assert [plan(t) for t in (0, 100, 150, 200)] == [0.0, 1.0, 1.0, 0.5]
    told = plan.replay(Tape((CueEvent(110, "go"),)))
    assert told(np.arange(111)).tolist() == plan(np.arange(111)).tolist()
    assert told(180) == 0.5
    assert told(250) == 0.0
    assert plan.replay(Tape((CueEvent(170, "go"),)))(200) == 0.5


def test_a_block_waits_as_a_whole() -> None:
    plan = parse("{ linear 0 -> 1x for 10; hold } until @go; linear -> 0 for 10").bind(base=1.0)
    assert plan(10**9) == 1.0
    told = plan.replay(Tape((CueEvent(5, "go"),)))
    assert [told(t) for t in (4, 5, 10, 15)] == [0.4, 0.5, 0.25, 0.0]
    inside = parse("{ hold until @go; 0.5x for 5 }; 0.1x").bind(base=1.0, total=100)
    told = inside.replay(Tape((CueEvent(20, "go"),)))
    assert [told(t) for t in (19, 20, 24, 25)] == [1.0, 0.5, 0.5, 0.1]
    assert inside(99) == 1.0


def test_events_bind_with_a_tape_and_travel() -> None:
    tape = Tape((DropEvent(3),))
    schedule = parse("plateau(loss, factor=0.5x)")
    plan = schedule.bind(base=1.0, tape=tape)
    assert plan(3) == 0.5
    again = pickle.loads(pickle.dumps(plan))
    assert again == plan
    assert again.replay(Tape())(3) == 1.0


def test_the_floor_of_a_plateau_is_a_learning_rate_or_a_factor() -> None:
    plan = parse("plateau(loss, factor=0.1x, patience=0, min=0.05x)").bind(base=0.1)
    assert plan.simulate({"loss": FLAT[:5]})[-1] == pytest.approx(0.005)
    plan = parse("linear 0 -> 1x for 2 * plateau(loss, factor=0.1x, patience=0, min=2e-3)").bind(base=0.1)
    assert plan.simulate({"loss": FLAT[:5]})[-1] == 2e-3


def test_traces_that_do_not_fit_are_refused() -> None:
    plan = parse("plateau(loss)").bind(base=0.1)
    with pytest.raises(ValueError, match="expected its values, got val"):
        plan.simulate({"val": FLAT})
    with pytest.raises(ValueError, match="one for each step"):
        plan.simulate({"loss": FLAT}, steps=np.arange(3))
    with pytest.raises(ValueError, match="ascend"):
        plan.simulate({"loss": FLAT[:2]}, steps=np.array([3, 1]))
    with pytest.raises(ValueError, match="whole numbers"):
        plan.simulate({"loss": FLAT[:2]}, steps=np.array([0.5, 1]))
    for text in ("", "{}x", '{"events":[{"kind":"drop"}]}', '{"events":[{"kind":"rise","step":1}]}'):
        with pytest.raises(ScheduleError):
            Tape.from_json(text)
