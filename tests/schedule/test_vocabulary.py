from __future__ import annotations

import re

import pytest

from rheostat.schedule import Example, check, examples, parse, vocabulary
from rheostat.schedule.tree.shapes import SHAPES, WORDS

FILL = {
    "p": "2",
    "lb": "-7",
    "ub": "3",
    "tau": "100",
    "to": "0",
    "length": "10",
    "parts": "hold for 5",
    "name": "g",
}


def test_every_word_of_the_parser_is_there_once() -> None:
    words = [word.word for word in vocabulary()]
    assert len(set(words)) == len(words)
    assert set(WORDS) <= set(words)


@pytest.mark.parametrize(
    "word", [w for w in vocabulary() if w.kind in ("shape", "part", "setting")], ids=lambda w: w.word
)
def test_what_is_inserted_reads(word: object) -> None:
    insert = getattr(word, "insert")  # noqa: B009
    text = re.sub(r"\$\{([^}]*)\}", lambda m: FILL.get(m[1], m[1]), insert)
    text = text.replace("expo ", "expo 1x ").replace("-> 0", "-> 0.1x")
    text = f"hold; group g = {text}" if text == "main" else text
    bare = {"base", "total", "epoch", "step", "group"}
    assert [
        d for d in check(text if text.split()[0] not in bare else f"hold; {text}") if d.severity == "error"
    ] == []


def test_every_shape_is_explained() -> None:
    for word in vocabulary():
        assert word.doc.endswith((".", "u", "1", "2", "p", "0")) or word.word in SHAPES
        assert word.signature


@pytest.mark.parametrize("example", examples(), ids=lambda e: e.name)
def test_examples_bind_without_a_doubt(example: Example) -> None:
    schedule = parse(example.text)
    for group in schedule.groups or (None,):
        found = schedule.bind(base=1e-3, total=10_000, epoch=500, group=group).analyse()
        assert found.lints == ()
        assert found.maximum > 0
