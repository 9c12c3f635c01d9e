"""The Keras and DeepSpeed tables of docs/convert.md are those libraries' own curves, as recorded."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rheostat.schedule import parse

FIXTURES = Path(__file__).parents[1] / "fixtures"
FOUND = json.loads((FIXTURES / "keras_deepspeed.json").read_text())
DOCS = (FIXTURES.parents[2] / "docs" / "convert.md").read_text()
STEPS = np.array(FOUND["steps"])


def agree(text: str, steps: np.ndarray[tuple[int], np.dtype[np.int64]], recorded: list[float]) -> None:
    wanted = np.array(recorded)
    plan = parse(text).bind(total=20_000)
    assert (np.abs(plan(steps) - wanted) <= 1e-11 * wanted.max() + 1e-9 * wanted).all()
    assert wanted.min() < wanted.max()


@pytest.mark.parametrize("text", FOUND["keras"])
def test_keras(text: str) -> None:
    agree(text, STEPS, FOUND["keras"][text])


@pytest.mark.parametrize("text", FOUND["deepspeed"])
def test_deepspeed(text: str) -> None:
    """Its warm-ups start with the first call of step(), behind the first update: they run one step late."""
    recorded = FOUND["deepspeed"][text]
    if text in FOUND["late"]:
        assert recorded[0] == 0.0
        agree(text, STEPS[1:] - 1, recorded[1:])
    else:
        agree(text, STEPS, recorded)


@pytest.mark.parametrize("text", [*FOUND["keras"], *FOUND["deepspeed"]])
def test_the_docs_have_it(text: str) -> None:
    assert f"`{text}`" in DOCS or f"`{text.split('; ', 1)[1]}`" in DOCS
