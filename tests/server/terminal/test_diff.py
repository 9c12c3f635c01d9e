from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rheostat.schedule import diff
from rheostat_server.cli import main

A = "linear 0 -> 1x for 500; cosine -> 0"
B = "linear 0 -> 1x for 1k; cosine -> 0"
RUN = ["--base", "3e-4", "--total", "10k"]


def test_it_draws_both_and_says_what_changed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", A, B, *RUN, "--width", "80"]) == 1
    out = capsys.readouterr().out
    assert "⡇" in out
    assert "before" in out
    assert str(diff(A, B, base=3e-4, total=10_000)) in out
    assert "changed part 'linear 0 -> 1x for 500' to 'linear 0 -> 1x for 1000'" in out


def test_the_same_schedule_in_other_words_differs_in_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", A, A.replace("500", "0.5k") + "  # down"]) == 0
    assert "the same curve over 10000 steps" in capsys.readouterr().out


def test_sides_are_files_and_presets_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.sched"
    path.write_text(A)
    assert main(["diff", str(path), A, *RUN]) == 0
    capsys.readouterr()
    assert main(["diff", "LLaMA 7B", "BERT", "--base", "3e-4", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["changes"]


def compared(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    main(["diff", *words, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_presets_bring_their_own_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """The same text, but twice the lr and half the steps."""
    assert main(["diff", "LLaMA 7B", "Llama 2 70B"]) == 1
    out = capsys.readouterr().out
    assert "changed the run's base '0.0003' to '0.00015'" in out
    assert "changed the run's total '250000' to '500000'" in out
    found = compared(capsys, "LLaMA 7B", "Llama 2 70B")
    assert found["total"] == 500_000
    same = compared(capsys, "LLaMA 7B", "Llama 2 70B", "--base", "1e-4", "--total", "10k")
    assert (same["changes"], same["largest"], same["total"]) == ([], 0.0, 10_000)


@pytest.mark.parametrize("turned", [False, True])
def test_a_text_is_compared_in_the_run_of_the_preset(
    turned: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    sides = ["LLaMA 7B", "linear 0 -> 1x for 2k; cosine -> 0"]
    found = compared(capsys, *(reversed(sides) if turned else sides))
    assert [change["kind"] for change in found["changes"]] == ["part"]
    assert (found["total"], abs(found["largest"])) == (250_000, pytest.approx(3e-5, rel=1e-3))


def test_it_writes_a_page(tmp_path: Path) -> None:
    page = tmp_path / "diff.html"
    assert main(["diff", A, B, *RUN, "--html", str(page)]) == 1
    assert '"before"' in page.read_text()


def test_a_fault_is_told_and_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "cosin -> 0", A]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "did you mean 'cosine'?" in told.err
