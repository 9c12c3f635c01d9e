"""docs/preview.md is true: its code runs, and it names every option and stand-in."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from rheostat.schedule.drawing.sketch import STAND_INS
from rheostat_server.cli import main
from rheostat_server.terminal import arguments
from rheostat_server.terminal.files import LIMIT_ROWS
from rheostat_server.trace import MAX_POINTS

TEXT = (Path(__file__).parents[3] / "docs" / "preview.md").read_text()
CODE = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.mark.parametrize("code", CODE)
def test_code_runs(code: str) -> None:
    exec(compile(code, "docs/preview.md", "exec"), {})


def test_there_is_code() -> None:
    assert len(CODE) == 3


def test_every_option_is_named_and_no_other() -> None:
    commands = argparse.ArgumentParser().add_subparsers()
    arguments.add(commands)
    usage = commands.choices["preview"].format_usage()
    assert set(re.findall(r"`(--[a-z-]+)", TEXT)) == set(re.findall(r"--[a-z-]+", usage))


def test_numbers_of_the_text() -> None:
    assert f"{LIMIT_ROWS:,}" in TEXT
    assert f"{MAX_POINTS:,}" in TEXT
    assert f"`total` {STAND_INS['total']:,}, `epoch` {STAND_INS['epoch']} steps" in TEXT


def test_the_command_of_the_text_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (command,) = re.findall(r'^    rheostat preview "(.*)" --base 3e-4 --total 10k$', TEXT, re.MULTILINE)
    assert main(["preview", command, "--base", "3e-4", "--total", "10k"]) == 0
    assert "3e-4" in capsys.readouterr().out
