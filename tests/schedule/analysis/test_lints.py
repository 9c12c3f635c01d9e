"""Each doubt is raised where it should be, with what to write instead, and not for its near miss."""

from __future__ import annotations

import pytest

from rheostat.schedule import Diagnostic, check, parse

RUN = {"base": 1e-3, "total": 1000, "epoch": 50}

DOUBTS = [
    # code, a text that has it, what is suggested, and texts that come near and must pass
    ("large-lr", "linear 0 -> 1 for 10; hold", "did you mean 1x?",
     ["linear 0 -> 1x for 10; hold", "linear 0 -> 0.9 for 10; hold", "expo 1e-7 -> 10"]),
    ("large-lr", "hold 500; linear -> 0", "did you mean for 500?",
     ["hold for 500; linear -> 0", "hold 0.5; linear -> 0"]),
    ("small-factor", "linear 0 -> 1e-3x for 10; hold", "did you mean 1e-3?",
     ["linear 0 -> 1e-3 for 10; hold", "cosine -> 4e-6x", "linear 1e-3x -> 1x for 10; hold",
      "linear 0 -> 0.001x for 10; hold"]),
    ("short", "linear 0 -> 1x for 0.1; cosine -> 0", "did you mean 10%?",
     ["linear 0 -> 1x for 1; cosine -> 0", "linear 0 -> 1x for 0.5ep; cosine -> 0"]),
    ("over-100", "hold for 110%", "did you mean 100%?", ["hold for 100%"]),
    ("long-warm-up", "linear 0 -> 1x for 2k; cosine -> 0", "shorten it, as 'for 5%', or raise total",
     ["linear 0 -> 1x for 999; cosine -> 0", "linear 0 -> 1x", "linear 0 -> 1x for 1000"]),
    ("too-long", "hold for 900; linear -> 0 for 200", "shorten the last part, or raise total",
     ["hold for 900; linear -> 0 for 100", "hold for 900; linear -> 0"]),
    ("never", "hold for 1000; linear -> 0", "shorten the parts before", ["hold for 999; 0.5x"]),
    ("unseen", "hold for 100.5; 0.5x for 0.005ep; 0.2x", "lengthen it to at least one step",
     ["hold for 100; 0.5x for 1; 0.2x", "hold for 100.5; 0.5x for 0.02ep; 0.2x"]),
    ("jump", "hold for 500; 0.05x", "start the part where the one before ends",
     ["hold for 500; 0.1x", "drop 0.01x at 500", "linear 0 -> 1x for 500; 0.5x"]),
    ("zero-lr", "linear -> 0 for 900", "nothing is learned there: lengthen the last part",
     ["linear -> 0", "linear -> 0.01x for 900", "linear -> 0 for 999"]),
    ("zero-start", "0 for 100; linear 0 -> 1x",
     "nothing is learned there: start above 0, as linear 0 -> 1x",
     ["linear 0 -> 1x for 100; hold", "0.01x for 100; linear -> 0.1x", "0 for 1; 0.1x"]),
    ("no-drop", "drop 0.1x every 30ep", "drop earlier, or raise total",
     ["drop 0.1x every 10ep", "drop 0.1x every 999", "drop 1x every 30ep"]),
    ("no-drop", "drop 0.1x at 30ep, 80ep", "drop earlier, or raise total", ["drop 0.1x at 10ep, 80ep"]),
    ("idle-plateau", "plateau(loss, patience=999)", "lower patience, or raise total",
     ["plateau(loss, patience=998)", "plateau(loss, patience=10)"]),
    ("idle-plateau", "plateau(loss, patience=1000, rule=keras)", "lower patience, or raise total",
     ["plateau(loss, patience=999, rule=keras)"]),
    ("idle-plateau", "plateau(loss, min=1e-3)", "lower min below 0.001",
     ["plateau(loss, min=1e-4)", "plateau(loss, min=0.5x)"]),
]  # fmt: skip


def doubts(text: str, group: str | None = None) -> tuple[Diagnostic, ...]:
    plan = parse(text).bind(group=group, **RUN)  # type: ignore[arg-type]
    return plan.analyse().lints


@pytest.mark.parametrize(("code", "text", "suggestion"), [case[:3] for case in DOUBTS])
def test_a_doubt_is_raised_once_with_its_place_and_what_to_write(
    code: str, text: str, suggestion: str
) -> None:
    found = [one for one in doubts(text) if one.code == code]
    assert len(found) == 1
    assert found[0].severity == "warning"
    assert found[0].suggestion == suggestion
    assert found[0].length > 0


@pytest.mark.parametrize(("code", "near"), [(case[0], near) for case in DOUBTS for near in case[3]])
def test_a_near_miss_passes(code: str, near: str) -> None:
    assert code not in {one.code for one in doubts(near)}


def test_a_group_may_be_frozen_on_purpose() -> None:
    text = "cosine -> 0.1x\ngroup head\ngroup backbone = { 0x for 3ep; 1x } * main"
    assert doubts(text, "backbone") == ()


def test_without_a_total_there_is_no_telling() -> None:
    for text in ("drop 0.1x every 30ep", "plateau(loss, patience=999)", "linear -> 0 for 900"):
        assert parse(text).bind(base=1e-3, epoch=50).analyse().lints == ()


def test_what_is_written_over_as_much_as_ends_stays_quiet() -> None:
    assert check("linear 0 -> 1x for 500; cosine -> 0") == ()
