"""CSV: exact numbers, empty cells, no formulas."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from rheostat_server.export.table import safe, table
from rheostat_server.store.rows import Block


@pytest.mark.parametrize("text", ["=1+1", "+1", "-x", "@a", "\tx", "\rx", '=HYPERLINK("http://x")'])
def test_what_looks_like_a_formula_is_quoted(text: str) -> None:
    assert safe(text) == "'" + text
    head = b"".join(table([text], [])).decode()
    assert next(csv.reader(io.StringIO(head, newline="")))[2] == "'" + text


def test_plain_names_stay() -> None:
    assert [safe(text) for text in ("loss", "a=b", "", "lr:head")] == ["loss", "a=b", "", "lr:head"]


def test_rows_with_gaps_and_odd_values() -> None:
    odd = np.array([0.1, float("nan"), -float("inf"), 5e-324])
    blocks = [
        Block(np.arange(4), np.arange(4, dtype=np.float64), {"loss": (np.arange(4), odd)}),
        Block(np.array([9]), np.array([9.0]), {'say "a, b"': (np.array([0]), np.array([2.0]))}),
    ]
    text = b"".join(table(["loss", 'say "a, b"'], blocks)).decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["step", "time", "loss", 'say "a, b"']
    assert [row[2] for row in rows[1:]] == ["0.1", "nan", "-inf", "5e-324", ""]
    assert rows[5] == ["9", "9.000", "", "2.0"]
