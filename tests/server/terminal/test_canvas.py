"""Braille dots: where they are put, and that nothing is drawn outside."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rheostat_server.terminal.canvas import Canvas

COLUMNS, ROWS = 3, 2


def line(canvas: Canvas, *points: tuple[float, float]) -> None:
    canvas.line(np.array([x for x, _ in points]), np.array([y for _, y in points]), 0)


def dots(rows: list[str]) -> set[tuple[int, int]]:
    """Which dots are set, from the lower left corner: read from the characters by their code."""
    bits = {0x01: (0, 3), 0x02: (0, 2), 0x04: (0, 1), 0x40: (0, 0)}
    bits |= {0x08: (1, 3), 0x10: (1, 2), 0x20: (1, 1), 0x80: (1, 0)}
    return {
        (2 * column + dx, 4 * (len(rows) - 1 - row) + dy)
        for row, text in enumerate(rows)
        for column, mark in enumerate(text)
        if mark != " "
        for bit, (dx, dy) in bits.items()
        if (ord(mark) - 0x2800) & bit
    }


@given(st.integers(0, 2 * COLUMNS - 1), st.integers(0, 4 * ROWS - 1))
def test_a_point_sets_its_dot_alone(x: int, y: int) -> None:
    canvas = Canvas(COLUMNS, ROWS)
    line(canvas, (x, y))
    assert dots(canvas.text()) == {(x, y)}


def test_a_diagonal_is_joined() -> None:
    canvas = Canvas(COLUMNS, ROWS)
    line(canvas, (0, 0), (5, 5))
    assert dots(canvas.text()) == {(n, n) for n in range(6)}
    line(canvas, (0, 7), (0, 0))
    assert {(0, n) for n in range(8)} <= dots(canvas.text())


def test_what_lies_outside_is_cut() -> None:
    canvas = Canvas(COLUMNS, ROWS)
    line(canvas, (-4, 2), (20, 2))
    assert dots(canvas.text()) == {(x, 2) for x in range(2 * COLUMNS)}


def test_colours_and_stars() -> None:
    canvas = Canvas(COLUMNS, ROWS)
    line(canvas, (0, 0))
    assert canvas.text(plain=True) == ["   ", "*  "]
    assert canvas.text(("<",))[1].startswith("<")
    assert canvas.text(("<",))[0] == "   "
