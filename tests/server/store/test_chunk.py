"""A flush as a row: columns come back, headers tell their extremes."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rheostat.wire import Column, Flush, encode
from rheostat_server.store.chunk import SHORT, pack, read_column, read_header, read_steps


def flush_of(planned: list[float], effective: list[float], rows: list[int], loss: list[float]) -> Flush:
    steps = np.arange(100, 100 + len(planned), dtype="<i8")
    return Flush(
        seq=1,
        steps=steps.tobytes(),
        times=steps.astype("<f8").tobytes(),
        planned={"g": Column.of(np.array(planned))},
        effective={"g": Column.of(np.array(effective))},
        metrics={"loss": Column.of(np.array(loss), np.array(rows, dtype=np.uint32))},
    )


@given(st.data())
def test_columns_come_back_and_extremes_are_true(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 30) | st.integers(SHORT - 1, SHORT + 1))
    floats = st.floats(width=64)
    planned, effective = (data.draw(st.lists(floats, min_size=count, max_size=count)) for _ in range(2))
    rows = sorted(data.draw(st.sets(st.integers(0, count - 1), min_size=1)))
    loss = data.draw(st.lists(floats, min_size=len(rows), max_size=len(rows)))
    packed = pack(flush_of(planned, effective, rows, loss))
    header = read_header(packed.header)
    assert (packed.first_step, packed.last_step, packed.count) == (100, 99 + count, count)
    assert read_steps(header, packed.columns, count).tolist() == list(range(100, 100 + count))
    wanted = {
        "plan:g": (range(count), planned),
        "lr:g": (range(count), effective),
        "loss": (rows, loss),
    }
    assert {head.name for head in header.columns} == set(wanted)
    for name, (numbers, values) in wanted.items():
        column = read_column(header, packed.columns, count, name)
        assert column is not None
        assert column[0].tolist() == [100 + row for row in numbers]
        assert column[1].tobytes() == np.array(values).tobytes()
        head = header.column(name)
        assert head is not None
        finite = [
            (value, 100 + row) for row, value in zip(numbers, values, strict=True) if math.isfinite(value)
        ]
        assert head.strange == len(values) - len(finite)
        if finite:
            assert (head.least, head.least_at) == min(finite)
            assert head.greatest == max(finite)[0]
            assert head.greatest_at == min(step for value, step in finite if value == head.greatest)


def test_a_short_flush_is_stored_as_it_came() -> None:
    flush = flush_of([1.0] * (SHORT - 1), [2.0] * (SHORT - 1), [3], [4.0])
    packed = pack(flush)
    assert (packed.header, packed.columns) == (encode(flush), b"")
    assert pack(flush_of([1.0] * SHORT, [2.0] * SHORT, [3], [4.0])).columns


def test_a_missing_series_is_none() -> None:
    packed = pack(flush_of([1.0], [1.0], [0], [1.0]))
    assert read_column(read_header(packed.header), packed.columns, 1, "other") is None


def test_effective_equal_to_planned_is_stored_once() -> None:
    values = np.random.default_rng(1).normal(size=500).tolist()
    same = pack(flush_of(values, values, [0], [1.0]))
    other = pack(flush_of(values, [value * 0.5 for value in values], [0], [1.0]))
    assert len(same.columns) < 0.6 * len(other.columns)
