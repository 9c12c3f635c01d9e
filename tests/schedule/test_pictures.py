"""The pictures of the language reference are what the language draws, and all of them are shown."""

from __future__ import annotations

import re

import pytest

from rheostat.schedule.tree.shapes import SHAPES
from tests.schedule.pictures import FOLDER, PROGRAMS, drawn


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_picture_is_the_curve_of_today(name: str) -> None:
    assert (FOLDER / f"{name}.svg").read_text() == drawn(PROGRAMS[name]), "python -m tests.schedule.pictures"


def test_every_picture_is_in_the_reference_and_every_shape_has_one() -> None:
    text = (FOLDER.parents[1] / "language.md").read_text()
    assert set(re.findall(r"pictures/shapes/([\w-]+)\.svg", text)) == set(PROGRAMS)
    assert set(SHAPES) <= set(PROGRAMS)
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(PROGRAMS)
