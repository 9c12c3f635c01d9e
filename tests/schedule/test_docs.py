"""The language reference is true: its examples run, and it names every word and limit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rheostat.schedule import check, parse
from rheostat.schedule.convert.classes import READERS
from rheostat.schedule.text.parse import LIMIT_DEPTH, LIMIT_PARTS, LIMIT_TEXT
from rheostat.schedule.text.plateaus import ARGUMENTS
from rheostat.schedule.tree.formula import FUNCTIONS, NAMES
from rheostat.schedule.tree.shapes import WORDS

TEXT = (Path(__file__).parents[2] / "docs" / "language.md").read_text()
PROSE = re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)
PROGRAMS = [
    re.sub(r"^    ", "", block, flags=re.MULTILINE)
    for block in re.findall(r"(?:^    [^\n]+\n)+", PROSE, flags=re.MULTILINE)
]
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)


def lines_that_stand_alone(program: str) -> list[str]:
    """Return the lines of a list of staircases one by one, any other program whole."""
    lines = program.strip().splitlines()
    return lines if all(line.startswith(("drop", "decay")) for line in lines) else [program]


@pytest.mark.parametrize("program", [line for p in PROGRAMS for line in lines_that_stand_alone(p)])
def test_programs_bind(program: str) -> None:
    assert [d for d in check(program) if d.severity == "error"] == []
    schedule = parse(program)
    for group in schedule.groups or (None,):
        plan = schedule.bind(base=1e-3, total=100_000, epoch=500, step_tokens=None, group=group)
        assert plan.analyse().maximum > 0


def test_there_are_programs_and_code() -> None:
    assert len(PROGRAMS) >= 9
    assert len(PYTHON) == 3


@pytest.mark.parametrize("code", PYTHON)
def test_code_runs(code: str) -> None:
    exec(compile(code, "docs/language.md", "exec"), {})


@pytest.mark.parametrize(
    "shape",
    re.findall(r"^\| `([a-z]+[^`|]*)` \|", TEXT.split("| shape")[1].split("A bare value")[0], re.MULTILINE),
)
def test_shapes_of_the_table_bind(shape: str) -> None:
    assert parse(shape).bind(base=1e-3, total=100)(50) > 0


def test_every_word_and_limit_is_named() -> None:
    for word in (
        *WORDS,
        "for",
        "inclusive",
        "every",
        "at",
        "forever",
        "stretch",
        "shrink",
        "toward",
        "until",
        "clip",
    ):
        assert re.search(rf"\b{word}\b", TEXT), word
    for name in (*NAMES, *FUNCTIONS, *ARGUMENTS):
        assert re.search(rf"`{name}`", TEXT), name
    for name in READERS:
        assert name in TEXT
    for limit in (LIMIT_TEXT, LIMIT_PARTS, LIMIT_DEPTH):
        assert f"{limit:,}" in TEXT
