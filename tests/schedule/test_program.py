from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.schedule import BindError, Diagnostic, Plan, Schedule, ScheduleError, check, examples, parse
from rheostat.schedule.tree.nodes import Seq
from tests.schedule.strategies import documents

PROGRAMS = [example.text for example in examples()] + [
    "total 100k; linear 0 -> 1x for 2k; hold; halving -> 0.1x for 20k\n"
    "group dense base 3e-4; group embed base 3e-3; group experts base 3e-5",
    "# what it is for\nbase 3e-4  # from the paper\n\nlinear 0 -> 1x for 2k # warm-up\nhold\n# the end",
    'group "a b" base 1e-3 = linear -> 0 for 10; group "\\"q\\"\\n" = 3e-4',
    "repeat 3 {\n # first up\n linear 0 -> 1x for 10 # up\n linear -> 0 for 10\n # then again\n} # thrice",
    "step 4Mtok; epoch 500; linear 0 -> 4.2e-4 for 2k; hold for 20Btok; sqrt -> 0 for 1_000",
]


@given(documents())
@settings(deadline=None, max_examples=150)
def test_text_and_json_say_the_same_tree(program: Seq) -> None:
    schedule = Schedule.of(program)
    assert schedule.program == program
    assert parse(str(schedule)) == schedule
    assert str(parse(str(schedule))) == str(schedule)
    assert Schedule.from_json(schedule.to_json()) == schedule


@pytest.mark.parametrize("text", PROGRAMS)
def test_programs_keep_comments_and_spelling(text: str) -> None:
    schedule = parse(text)
    assert parse(str(schedule)) == schedule
    assert Schedule.from_json(schedule.to_json()) == schedule
    for comment in (line.split("#", 1)[1].strip() for line in text.splitlines() if "#" in line):
        assert f"# {comment}" in str(schedule)
    for spelling in ("3e-4", "20Btok", "1_000", "4.2e-4", "4Mtok", "1e-6", "100k"):
        if spelling in text:
            assert spelling in str(schedule)


def test_a_comment_or_a_spelling_makes_another_schedule() -> None:
    assert parse("linear -> 0 # a") != parse("linear -> 0 # b")
    assert parse("3e-4") != parse("0.0003")
    assert parse("3e-4") == parse(" 3e-4 ;\n")
    assert hash(parse("3e-4")) == hash(parse("3e-4 "))


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=300)
def test_any_text_gives_a_schedule_or_diagnostics(text: str) -> None:
    assert_read(text)


WORDS = (
    "linear cosine hold drop decay repeat 3 forever every at for 0 1x 3e-4 -> { } ; * + - ( ) 5% 2k 1fr base "
    "total group main poly(2) , = # \n inclusive stretch shrink toward 0.5x rsqrt(10) 5ep "
    "plateau(val) until @x keys curve(t) (1) clip .. 0: group a[0..2] ^ /"
)


@given(st.lists(st.sampled_from([*WORDS.split(" ")]), max_size=25).map(" ".join))
@settings(deadline=None, max_examples=400)
def test_any_words_give_a_schedule_or_diagnostics(text: str) -> None:
    assert_read(text)


def assert_read(text: str) -> None:
    found = check(text)
    lines = text.split("\n")
    for d in found:
        assert 1 <= d.line <= len(lines)
        assert 1 <= d.column <= len(lines[d.line - 1]) + 1
        assert d.message
        assert d.code
    outcome = read(text)
    if isinstance(outcome, Schedule):
        assert parse(str(outcome)) == outcome
        plan = bound(outcome)
        if plan is not None:
            assert 0 <= plan(0) < float("inf")
            assert 0 <= plan(10**12) < float("inf")
    else:
        assert outcome == found != ()


def read(text: str) -> Schedule | tuple[Diagnostic, ...]:
    try:
        return parse(text)
    except ScheduleError as error:
        return error.diagnostics


def bound(schedule: Schedule) -> Plan | None:
    group = (schedule.groups or (None,))[0]
    try:
        return schedule.bind(base=0.1, total=1000, epoch=50, step_tokens=4096, group=group)
    except BindError:
        return None


@pytest.mark.parametrize(
    "text",
    [
        "{" * 40 + "hold" + "}" * 40,
        ";".join(["hold"] * 1001),
        "#" * 20_000,
        "\ud800 hold",
        "repeat 9" + "9" * 60 + " { hold for 1 }",
        "hold for 1e999",
        "1e999",
        "hold for 1e-400",
        "a" * 10_000,
        '"' * 9000,
        "1" * 9000,
        "linear -> 0 for 1" + "0" * 400,
    ],
)
def test_limits_hold(text: str) -> None:
    with pytest.raises(ScheduleError):
        parse(text)
    assert check(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"kind":"seq"}',
        '{"kind":"seq","parts":[]}',
        '{"kind":"ramp"}',
        '{"kind":"seq","parts":[{"kind":"ramp","shape":"cosin"}]}',
        '{"kind":"seq","parts":[{"kind":"ramp","colour":1}]}',
        '{"kind":"seq","parts":[{"kind":"ramp","shape":"hold","note":"a\\nlinear -> 0"}]}',
        '{"kind":"seq","parts":[{"kind":"ramp","from":{"v":1e-3,"s":"2e-3"}}]}',
        '{"kind":"seq","parts":[{"kind":"ramp","from":{"v":-1}}]}',
        '{"kind":"seq","parts":[{"kind":"main"}]}',
        '{"kind":"seq","parts":[{"kind":"drop","factor":{"v":0.1,"u":"x"}}]}',
        '{"kind":"seq","parts":['
        + '{"kind":"block","body":{"kind":"seq","parts":[' * 900
        + "]}}" * 900
        + "]}",
        '{"kind":"seq","parts":[' + '{"kind":"block","body":{"kind":"seq","parts":[' * 90 + "]}}" * 90 + "]}",
        " " * 1_000_001,
    ],
)
def test_json_that_no_text_can_say_is_refused(text: str) -> None:
    with pytest.raises(ScheduleError):
        Schedule.from_json(text)


def test_json_names_kinds_and_leaves_out_defaults() -> None:
    assert parse("linear 0 -> 1x for 2%  # up").to_json() == (
        '{"kind":"seq","parts":[{"kind":"ramp","note":"up","shape":"linear","from":{"v":0.0},'
        '"to":{"v":1.0,"u":"x"},"for":{"v":2.0,"u":"%"}}]}'
    )


def test_schedules_travel_between_processes() -> None:
    schedule = parse("base 0.1; linear 0 -> 1x for 5; hold # x")
    assert pickle.loads(pickle.dumps(schedule)) == schedule
    plan = pickle.loads(pickle.dumps(schedule.bind()))
    assert plan(3) == schedule.bind()(3)
    assert copy.deepcopy(schedule) == schedule
    with pytest.raises(ScheduleError) as caught:
        parse("cosin")
    assert pickle.loads(pickle.dumps(caught.value)).diagnostics == caught.value.diagnostics


def test_groups_bind_by_name() -> None:
    schedule = parse(
        "base 1e-3; linear -> 0 for 10\ngroup head\ngroup body base 1e-4 = { 0x for 3; 1x } * main"
    )
    assert schedule.groups == ("head", "body")
    assert schedule.bind(group="head")(5) == schedule.bind()(5) == 5e-4
    body = schedule.bind(group="body")
    assert [body(0), body(2), body(3), body(5)] == [0, 0, pytest.approx(7e-5), pytest.approx(5e-5)]
    with pytest.raises(BindError) as caught:
        schedule.bind(group="bodi")
    assert caught.value.diagnostics[0].suggestion == "did you mean 'body'?"
    with pytest.raises(BindError) as caught:
        parse("group a = 3e-4").bind()
    assert caught.value.missing == ("group",)
    with pytest.raises(BindError):
        parse("group a = 3e-4; group b").bind(group="b")


def test_a_schedule_without_groups_binds_for_any() -> None:
    assert parse("3e-4").bind(group="whatever")(0) == 3e-4


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("linear 0 -> 1x for 5", "base"),
        ("base 1; linear -> 0 for 5%", "total"),
        ("base 1; linear -> 0", "total"),
        ("base 1; hold; sqrt -> 0 for 5", "total"),
        ("base 1; hold for 5ep", "epoch"),
        ("base 1; hold for 5tok", "step"),
        ("base 1; hold for 5sp", "step"),
        ("base 1; repeat 3 { linear 1x -> 0 }", "total"),
    ],
)
def test_bind_says_what_is_missing(text: str, missing: str) -> None:
    with pytest.raises(BindError) as caught:
        parse(text).bind()
    assert caught.value.missing == (missing,)
    assert caught.value.diagnostics[0].suggestion
    assert [d for d in check(text) if d.severity == "error"] == []


def test_bind_refuses_what_is_no_number_of_steps() -> None:
    for kwargs in ({"total": 0}, {"epoch": -1}, {"base": float("nan")}, {"step_tokens": 0}):
        with pytest.raises(BindError):
            parse("hold").bind(**{"base": 1.0, **kwargs})  # type: ignore[arg-type]


def test_the_text_wins_over_the_run_with_a_warning() -> None:
    plan = parse("total 100; base 1e-3; linear -> 0").bind(base=2e-3, total=50)
    assert plan.total == 100
    assert plan(50) == pytest.approx(5e-4)
    assert {d.message for d in plan.warnings} == {
        "the text says base 0.001, the run says 0.002: the text holds",
        "the text says total 100, the run says 50: the text holds",
    }


@pytest.mark.parametrize(
    "text",
    [
        "repeat forever { linear 1x -> 0 for 1e-9; hold for 1e-9 }",
        "epoch 1e-9; drop 0.5x every 1e-9ep",
        "hold for 1e18; linear -> 0 for 1e18",
        "expo 1e-300 -> 1e30 for 10",
        "; ".join(["repeat 1000000000 stretch 1.1 { hold for 1 }"] * 100),
        "repeat 1000000000000 { repeat 1000000000000 { repeat forever { linear 1x -> 0 for 1 } for 7 } }",
        " * ".join(["drop 9x every 1"] * 16),
        "\n".join(f"group g{i}" for i in range(900)) + "\nrepeat forever { cosine 1x -> 0 for 10 }",
        "{ " * 31 + "hold for 1fr; linear 1x -> 0 for 0.3333333333333fr" + " }" * 31,
    ],
    ids=lambda text: text[:40],
)
def test_texts_that_ask_for_much_get_little(text: str) -> None:
    schedule = parse(text)
    check(text)
    steps = np.array([0, 1, 2, 3, 999, 10**6, 10**12, 2**53])
    for total in (10**4, 10**12):
        plan = schedule.bind(base=1e-3, total=total, epoch=500, group=(schedule.groups or (None,))[0])
        values = plan(steps)
        assert np.isfinite(values).all()
        assert values.tolist() == [plan(step) for step in steps.tolist()]
        assert len(plan.sample(0, total, 1000)[0]) <= 2064
        assert plan.analyse().total == total
