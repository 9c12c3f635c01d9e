"""Chunks in a line: however each was stored, the same rows as flush after flush."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rheostat.wire import Column, Flush
from rheostat_server.store.chunk import SHORT, pack
from rheostat_server.store.join import Loaded, join


def flush_of(start: int, count: int, rows: list[int] | None, dense: bool) -> Flush:
    steps = np.arange(start, start + count, dtype="<i8")
    values = steps * 0.5
    metrics = {"loss": Column.of(values)} if dense else {}
    if rows:
        metrics["rare"] = Column.of(-values[rows], np.array(rows, dtype=np.uint32))
    lr = {"g": Column.of(values + 1.0)}
    return Flush(
        seq=1,
        steps=steps.tobytes(),
        times=(steps + 0.25).tobytes(),
        planned=lr,
        effective=lr,
        metrics=metrics,
    )


@st.composite
def flushes(draw: st.DrawFn) -> list[Flush]:
    found, at = [], 0
    for _ in range(draw(st.integers(1, 8))):
        count = draw(st.integers(1, 20) | st.integers(SHORT - 1, SHORT + 1))
        some = st.sets(st.integers(0, count - 1), min_size=1).map(sorted)
        found.append(flush_of(at, count, draw(st.none() | some), draw(st.booleans())))
        at += count + draw(st.integers(0, 3))
    return found


@given(flushes())
def test_the_rows_of_all_in_a_line(line: list[Flush]) -> None:
    rows = join([Loaded(p.count, p.header, p.columns, {}) for p in map(pack, line)])
    assert rows.steps.tolist() == [step for flush in line for step in flush.step_ints()]
    assert rows.times.tolist() == [time for flush in line for time in flush.time_floats()]
    expected: dict[str, list[tuple[int, float]]] = {}
    for flush in line:
        named = {"plan:g": flush.planned["g"], "lr:g": flush.effective["g"], **flush.metrics}
        for name, column in named.items():
            at = flush.step_array()[column.row_numbers(flush.count)].tolist()
            expected.setdefault(name, []).extend(zip(at, column.floats(), strict=True))
    got = {name: list(zip(x.tolist(), y.tolist(), strict=True)) for name, (x, y) in rows.series.items()}
    assert got == expected
