"""Eighteen programs that between them say what the field uses; each reads, round-trips, binds, evaluates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

import rheostat
from rheostat.schedule import CueEvent, Plan, Schedule, Tape, check, parse

FIXED = "3e-4"
STEP = "drop 0.1x every 30ep"
MULTISTEP = "drop 0.1x at 30ep, 80ep"
EXPONENTIAL = "decay 0.95x every 1ep"
PLATEAU = "plateau(val_loss, factor=0.1x, patience=10, min=1e-6)"
COSINE = "cosine -> 1e-6"
RESTARTS = "repeat forever stretch 2 { cosine 1x -> 0 for 10ep }"
CYCLIC = "repeat forever shrink 0.5x toward 1e-4 { linear 1e-4 -> 1e-3 for 2k; linear -> 1e-4 for 2k }"
ONE_CYCLE = "cosine 0.04x -> 1x for 30%; cosine -> 4e-6x"
FINDER = "expo 1e-7 -> 10 for 100"
WARM_UP = "linear 0 -> 1x for 500; linear -> 0"
NOAM = "curve(512^-0.5 * min((t+1)^-0.5, (t+1) * 4000^-1.5))"
TRANSFER = """base 1e-3; cosine -> 0
group head
group backbone base 1e-4 = { 0x for 3ep; 1x } * main"""
LAYERS = """linear 0 -> 1x for 6%; linear -> 0
group layer[0..11] base (2e-5 * 0.65^(11 - i))
group head base 1e-4"""
WSD = """total 100k; linear 0 -> 1x for 2k; hold; halving -> 0.1x for 20k
group dense base 3e-4; group embed base 3e-3; group experts base 3e-5"""
TOLD = "step 4Mtok; linear 0 -> 4.2e-4 for 2k; hold until @decay; sqrt -> 0 for 200Btok"
TOGETHER = (
    "{ linear 0.1x -> 1x for 500; hold } * { drop 0.5x every 10ep } "
    "* plateau(val_loss, factor=0.5x) clip 1e-6..1e-3"
)
KEYS = "keys { 0: 0; 5%: 1x; 80%: 1x; 100%: 0.1x cosine }"

PROGRAMS = [
    FIXED, STEP, MULTISTEP, EXPONENTIAL, PLATEAU, COSINE, RESTARTS, CYCLIC, ONE_CYCLE, FINDER, WARM_UP, NOAM,
    TRANSFER, LAYERS, WSD, TOLD, TOGETHER, KEYS,
]  # fmt: skip

BASE, TOTAL, EPOCH = 1e-3, 100_000, 500


def bound(text: str, group: str | None = None) -> Plan:
    return parse(text).bind(base=BASE, total=None if text == TOLD else TOTAL, epoch=EPOCH, group=group)


@pytest.mark.parametrize("text", PROGRAMS)
def test_it_reads_and_round_trips(text: str) -> None:
    schedule = parse(text)
    assert parse(str(schedule)) == schedule
    assert str(parse(str(schedule))) == str(schedule)
    assert Schedule.from_json(schedule.to_json()) == schedule
    assert [d for d in check(text) if d.severity == "error"] == []


@pytest.mark.parametrize("text", PROGRAMS)
def test_it_binds_and_evaluates(text: str) -> None:
    steps = np.concatenate([np.arange(0, TOTAL, 97), [10**9]])
    for group in parse(text).groups or (None,):
        plan = bound(text, group)
        y = plan(steps)
        assert y.tolist() == [plan(step) for step in steps.tolist()]
        assert (y >= 0).all()
        assert 0 < y.max() <= 10
        assert plan.analyse().lints == ()


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        (STEP, lambda t: BASE * 0.1 ** (t // 15_000)),
        (MULTISTEP, lambda t: BASE * 0.1 ** ((t >= 15_000) + (t >= 40_000))),
        (EXPONENTIAL, lambda t: BASE * 0.95 ** (t / 500)),
        (COSINE, lambda t: 1e-6 + (BASE - 1e-6) * (1 + math.cos(math.pi * t / TOTAL)) / 2),
        (WARM_UP, lambda t: BASE * (t / 500 if t < 500 else (TOTAL - t) / (TOTAL - 500))),
        (NOAM, lambda t: 512**-0.5 * min((t + 1) ** -0.5, (t + 1) * 4000**-1.5)),
        (FINDER, lambda t: 1e-7 * (1e8) ** (min(t, 100) / 100)),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_it_follows_its_formula(text: str, formula: object) -> None:
    assert callable(formula)
    steps = range(0, TOTAL, 997)
    wanted = [formula(t) for t in steps]
    assert bound(text)(np.array(steps)) == pytest.approx(wanted, rel=1e-11, abs=1e-20)


def test_layers_have_bases_of_their_own() -> None:
    for i in range(12):
        assert bound(LAYERS, f"layer{i}").analyse().maximum == pytest.approx(2e-5 * 0.65 ** (11 - i))
    assert bound(LAYERS, "head").analyse().maximum == pytest.approx(1e-4)


def test_it_holds_until_told_then_decays_over_its_tokens() -> None:
    plan = bound(TOLD)
    assert plan.cues == ("decay",)
    assert plan(10**9) == 4.2e-4
    told = plan.replay(Tape((CueEvent(30_000, "decay"),)))
    assert told(np.arange(30_000)).tolist() == plan(np.arange(30_000)).tolist()
    assert told(30_000) == 4.2e-4
    assert told(55_000) == pytest.approx(4.2e-4 * (1 - math.sqrt(0.5)))
    assert told(80_000) == 0.0


def test_keyframes_meet_their_values() -> None:
    plan = bound(KEYS)
    assert [plan(t) for t in (0, 5000, 80_000, 100_000)] == [0.0, BASE, BASE, BASE * 0.1]
    assert plan(90_000) == pytest.approx(BASE * 0.55)


def went(text: str, total: int | None) -> Tape | None:
    """What happened to a program that waits for events: a cue, or a loss that stands still three times."""
    if text == TOLD:
        return Tape((CueEvent(7000, "decay"),))
    if text not in {PLATEAU, TOGETHER}:
        return None
    loss = 1.0 / (1 + np.minimum(np.arange(60) % 20, 5) + np.arange(60) // 20)
    plan = parse(text).bind(base=BASE, total=total, epoch=EPOCH)
    tape = plan.record({"val_loss": loss}, np.arange(60) * 300)
    assert len(tape.events) >= 2
    return tape


@pytest.mark.parametrize("text", PROGRAMS)
def test_exported_code_runs_the_same_curve(text: str) -> None:
    total = 20_000 if text != TOLD else None
    tape = went(text, total)
    groups = parse(text).groups or (None,)
    space: dict[str, Any] = {}
    exec(rheostat.to_torch(text, base=BASE, total=total, epoch=EPOCH, tape=tape), space)
    optimizer = torch.optim.SGD([{"params": [torch.zeros(1)], "lr": BASE} for _ in groups])
    scheduler = space["make_scheduler"](optimizer)
    steps = [*range(200), *range(200, 20_500, 97)]
    for group, base, factor in zip(groups, scheduler.base_lrs, scheduler.lr_lambdas, strict=True):
        plan = parse(text).bind(base=BASE, total=total, epoch=EPOCH, group=group, tape=tape or Tape())
        y = plan(np.array(steps))
        got = np.array([base * factor(step) for step in steps])
        assert (np.abs(got - y) <= 1e-11 * y.max() + 1e-9 * y).all()


@pytest.mark.parametrize("text", [PLATEAU, TOLD, TOGETHER])
def test_what_waits_for_events_to_come_is_refused_by_the_export_with_the_reason(text: str) -> None:
    with pytest.raises(rheostat.ConversionError, match=r"plateau|cue|until"):
        rheostat.to_torch(text, base=BASE, total=None if text == TOLD else TOTAL, epoch=EPOCH)
