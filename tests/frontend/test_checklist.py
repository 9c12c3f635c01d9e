"""The page's checklist names for each of its 77 points what shows it; here: all of that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "checklist.md").read_text(encoding="utf-8")
POINTS = re.findall(r"^\| (\d+) .*? \| (.*) \|$", TEXT, re.MULTILINE)
COMMANDS = {"make faults", "npm run check"}
FUNCTION = re.compile(r"^def test_(\w+)\(", re.MULTILINE)


def functions() -> set[str]:
    """Every browser test, as the checklist writes it."""
    files = (ROOT / "tests" / "e2e").glob("test_*.py")
    return {
        f"{file.stem.removeprefix('test_')}::{name}"
        for file in files
        for name in FUNCTION.findall(file.read_text(encoding="utf-8"))
    }


def named(words: str) -> list[str]:
    """What a cell names in backticks; ``::test`` is in the file named before it."""
    found: list[str] = []
    for name in re.findall(r"`([^`]+)`", words):
        file = next((one.split("::")[0] for one in reversed(found) if "::" in one), "")
        found.append(file + name if name.startswith("::") else name)
    return found


def shows(name: str) -> bool:
    """Whether there is such a browser test, vitest file, picture, source or test on this side."""
    places = (
        f"frontend/src/{name}.test.ts",
        f"docs/pictures/{name}.png",
        f"docs/pictures/{name}-light.png",
        f"frontend/src/{name}",
        f"{name}",
        f"{name}.py",
        f"{Path(name).parent}/test_{Path(name).name}.py",
        f"tests/e2e/test_{name}.py",
    )
    if "::" in name:
        return name in functions()
    return name in COMMANDS or any((ROOT / place).exists() for place in places)


def test_no_point_is_left_out() -> None:
    assert [int(number) for number, _ in POINTS] == list(range(1, 78))


@pytest.mark.parametrize(("number", "words"), POINTS, ids=[number for number, _ in POINTS])
def test_what_shows_a_point_exists(number: str, words: str) -> None:
    names = named(words)
    assert names or "performance.md" in words, f"point {number} names nothing that shows it"
    assert [name for name in names if not shows(name)] == []
