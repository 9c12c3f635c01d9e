"""Downsampling and rewinds against brute force."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat_server.series import MAX_MARKS, Window, column_of, draw, ends, grid, in_one_column, reduce

VALUES = st.sampled_from([0.0, -0.0, 1.0, 1.5, -2.0, 1e308, -1e308, 5e-324])
ANY = st.one_of(VALUES, st.sampled_from([float("nan"), float("inf"), float("-inf")]))


def brute_column(step: int, window: Window) -> int:
    """The column of one step, in whole numbers."""
    wide = (window.last - window.first) // window.width
    for size in (4096, 256, 16):
        if wide >= size:
            step = max(step // size * size, window.first)
            break
    return (step - window.first) * window.width // (window.last - window.first)


def brute(x: list[int], y: list[float], window: Window) -> list[int]:
    """The indices to keep, one column at a time."""
    keep: set[int] = set()
    for column in range(window.width):
        inside = [i for i, s in enumerate(x) if brute_column(s, window) == column]
        if inside:
            keep.add(min(inside, key=lambda i: (y[i], i)))
            keep.add(min(inside, key=lambda i: (-y[i], i)))
    return sorted(keep)


@st.composite
def windows(draw_from: st.DrawFn, values: st.SearchStrategy[float]) -> tuple[list[int], list[float], Window]:
    first = draw_from(st.sampled_from([0, 7, 10**12]))
    stride = draw_from(st.sampled_from([1, 1, 20, 300, 5000]))
    places = st.integers(0, 150 * stride)
    steps = sorted(first + at for at in draw_from(st.sets(places, min_size=1, max_size=80)))
    y = draw_from(st.lists(values, min_size=len(steps), max_size=len(steps)))
    last = steps[-1] + draw_from(st.integers(1, 50 * stride))
    return steps, y, Window(first, last, draw_from(st.integers(1, 30)))


@given(windows(VALUES))
def test_reduce_equals_brute_force(case: tuple[list[int], list[float], Window]) -> None:
    steps, y, window = case
    got_x, got_y = reduce(np.array(steps), np.array(y), window)
    kept = brute(steps, y, window)
    assert got_x.tolist() == [steps[i] for i in kept]
    assert got_y.tobytes() == np.array([y[i] for i in kept]).tobytes()


@given(windows(ANY))
def test_draw_marks_what_is_not_finite_and_keeps_extremes(
    case: tuple[list[int], list[float], Window],
) -> None:
    steps, y, window = case
    drawn = draw(np.array(steps), np.array(y), window)
    finite = [(s, v) for s, v in zip(steps, y, strict=True) if np.isfinite(v)]
    assert drawn.total == len(steps)
    assert [step for step, _ in drawn.marks] == [
        s for s, v in zip(steps, y, strict=True) if not np.isfinite(v)
    ]
    assert set(zip(drawn.x.tolist(), drawn.y.tolist(), strict=True)) <= set(finite)
    assert len(drawn.x) <= 2 * window.width
    if finite:
        assert drawn.y.min() == min(v for _, v in finite)
        assert drawn.y.max() == max(v for _, v in finite)
    if len(steps) <= 2 * window.width:
        assert drawn.x.tolist() == [s for s, _ in finite]


def test_marks_are_bounded() -> None:
    drawn = draw(np.arange(5000), np.full(5000, np.nan), Window(0, 5000, 100))
    assert len(drawn.marks) == MAX_MARKS
    assert drawn.marks[0] == (0, "nan")
    assert drawn.marks[-1] == (4999, "nan")
    assert drawn.total == 5000


@given(st.integers(1, 2**52), st.integers(16, 8000), st.data())
def test_columns_stay_inside_at_any_length(span: int, width: int, data: st.DataObject) -> None:
    steps = sorted(data.draw(st.lists(st.integers(0, span - 1), min_size=1, max_size=20)))
    columns = column_of(np.array(steps), Window(0, span, width))
    assert columns.min() >= 0
    assert columns.max() < width
    assert (np.diff(columns) >= 0).all()


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 8)), min_size=1, max_size=12))
def test_rewinds_equal_writing_row_by_row(written: list[tuple[int, int]]) -> None:
    rows: dict[int, int] = {}
    for number, (first, more) in enumerate(written):
        rows = {step: owner for step, owner in rows.items() if step < first}
        rows.update(dict.fromkeys(range(first, first + more + 1), number))
    firsts = np.array([first for first, _ in written])
    lasts = firsts + np.array([more for _, more in written])
    limits = ends(firsts, lasts).tolist()
    kept = [
        (step, number)
        for number, (first, end) in enumerate(zip(firsts.tolist(), limits, strict=True))
        for step in range(first, end)
    ]
    assert kept == sorted(rows.items())


@given(windows(VALUES), st.integers(0, 10**6))
def test_columns_are_whole_stretches_and_off_by_one_at_most(
    case: tuple[list[int], list[float], Window], step: int
) -> None:
    _, _, window = case
    size = grid(window)
    span = window.last - window.first
    step = window.first + step % span
    start = max(step - step % size, window.first)
    inside = np.arange(start, min(step - step % size + size, window.last))
    columns = column_of(inside, window)
    assert (columns == brute_column(step, window)).all()
    assert in_one_column(inside[:1], inside[-1:], window).all()
    exact = (step - window.first) * window.width // span
    assert exact - 1 <= columns[0] <= exact
