"""docs/convert.md is true: its examples run, and it names every class, function and family."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rheostat.schedule import convert, parse
from rheostat.schedule.convert.composites import ALL
from rheostat.schedule.convert.optax import WRITERS as OPTAX_WRITERS
from rheostat.schedule.convert.timm import WRITERS as TIMM_WRITERS
from tests.schedule.convert.families import OPTAX, TORCH, TRANSFORMERS

TEXT = (Path(__file__).parents[3] / "docs" / "convert.md").read_text()
CODE = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
PROGRAMS = re.findall(r"^    (\S.*)$", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL), flags=re.MULTILINE)
CELLS = [
    program
    for line in TEXT.splitlines()
    if line.startswith("| `") or line.startswith("| …")
    for program in re.findall(r"`([^`]+)`", line.split("|")[2])
    if "…" not in program
    and re.match(r"(linear|cosine|hold|drop|decay|poly|repeat|curve|base|plateau)\b.* ", program)
]


def test_there_are_examples() -> None:
    assert len(CODE) == 5
    assert len(PROGRAMS) == 3
    assert len(CELLS) >= 30


@pytest.mark.parametrize("code", CODE)
def test_code_runs(code: str) -> None:
    exec(compile(code, "docs/convert.md", "exec"), {})


@pytest.mark.parametrize("text", [*PROGRAMS, *CELLS])
def test_programs_bind(text: str) -> None:
    assert parse(text).bind(base=1e-3, total=200_000)(10) >= 0


def test_every_name_is_there() -> None:
    for name in (*ALL, "ReduceLROnPlateau", *convert.__all__):
        if name not in {"Fit", "TransformersArguments"}:
            assert name in TEXT, name
    families = [f"torch {n}" for n in TORCH] + [f"transformers {n}" for n in TRANSFORMERS]
    families += [f"optax {n}" for n in (*OPTAX_WRITERS, *OPTAX)] + [f"timm {n}" for n in TIMM_WRITERS]
    for family in families:
        assert f"| {family} |" in TEXT, family
