"""Series read from the store equal those drawn from all points at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, event

from rheostat.wire import Column, Flush
from rheostat_server.series import Window, draw
from rheostat_server.store import compact, compactor
from rheostat_server.store.ledger import Ledger
from rheostat_server.store.points import read_after, read_series
from rheostat_server.store.runs import add_flush
from rheostat_server.store.schema import chunks, pieces
from rheostat_server.store.source import Part, Source


def put(engine: Engine, parts: list[tuple[int, list[int], list[float]]]) -> list[int]:
    """Store flushes of (attempt, steps, losses); losses are on every second row too, as `half`.

    Gives the cursor after each.
    """
    cursors = []
    with engine.begin() as connection:
        connection.execute(delete(chunks))
        connection.execute(delete(pieces))
        ledger = Ledger()
        for seq, (attempt, steps, values) in enumerate(parts, 1):
            y = np.array(values)
            rows = np.arange(0, len(steps), 2, dtype=np.uint32)
            flush = Flush(
                seq=seq,
                steps=np.array(steps, dtype="<i8").tobytes(),
                times=np.array(steps, dtype="<f8").tobytes(),
                planned={"g": Column.of(np.full(len(steps), 1e-3))},
                effective={"g": Column.of(np.full(len(steps), 1e-3))},
                metrics={"loss": Column.of(y), "half": Column.of(y[rows], rows)},
            )
            stored = add_flush(connection, ledger, flush, run="r", attempt=attempt, writer="w", now=0.0)
            assert stored is not None
            cursors.append(stored.progress.chunk)
        ledger.save(connection)
    return cursors


@st.composite
def histories(pick: st.DrawFn) -> list[tuple[int, list[int], list[float]]]:
    parts, at, attempt = [], 0, 1
    for _ in range(pick(st.integers(1, 12))):
        if pick(st.integers(0, 5)) == 0:
            attempt, at = attempt + 1, pick(st.integers(0, at))
        count = pick(st.integers(1, 40))
        stride = pick(st.sampled_from([1, 1, 3, 100]))
        steps = list(range(at, at + count * stride, stride))
        special = st.sampled_from([float("nan"), float("inf"), 0.0, -1e300])
        values = [pick(special) if pick(st.integers(0, 30)) == 0 else float((s * 7919) % 101) for s in steps]
        parts.append((attempt, steps, values))
        at = steps[-1] + 1
    return parts


def everything(engine: Engine) -> None:
    """Compact the run wholly, whatever its size: half of its chunks at a time."""
    with engine.begin() as connection:
        for group in compact._groups(compactor._listed(connection, "r")):
            for part in (group[: len(group) // 2], group[len(group) // 2 :]):
                if part:
                    merged = compact.merge(compactor._load(connection, part))
                    assert compactor._replace(connection, "r", part, merged)


@settings(max_examples=60, deadline=None)
@given(
    histories(),
    st.integers(1, 40),
    st.one_of(st.none(), st.tuples(st.integers(0, 300), st.integers(1, 300))),
    st.integers(0, 2),
)
def test_reading_equals_drawing_all_points(
    kept: Engine,
    parts: list[tuple[int, list[int], list[float]]],
    width: int,
    asked: tuple[int, int] | None,
    compactions: int,
) -> None:
    newest = put(kept, parts)[-1]
    for _ in range(compactions):
        everything(kept)
    rows: dict[int, tuple[float, bool]] = {}
    for _, steps, values in parts:
        rows = {step: entry for step, entry in rows.items() if step < steps[0]}
        rows.update({s: (v, i % 2 == 0) for i, (s, v) in enumerate(zip(steps, values, strict=True))})
    first, last = (None, None) if asked is None else (asked[0], sum(asked))
    with kept.begin() as connection:
        read = read_series(connection, "r", ["loss", "half", "lr:g"], first=first, last=last, width=width)
    window = Window(min(rows) if first is None else first, max(rows) + 1 if last is None else last, width)
    inside = {s: entry for s, entry in sorted(rows.items()) if window.first <= s < window.last}
    for name, wanted in (("loss", inside), ("half", {s: e for s, e in inside.items() if e[1]})):
        x = np.array(list(wanted), dtype=np.int64)
        expected = draw(x, np.array([value for value, _ in wanted.values()], dtype=np.float64), window)
        got = read.series[name]
        assert got.x.tolist() == expected.x.tolist(), name
        assert got.y.tobytes() == expected.y.tobytes()
        assert (got.marks, got.total) == (expected.marks, expected.total)
    assert read.cursor == newest


def long_run(engine: Engine) -> np.ndarray:
    """The losses of 30,000 steps, some not finite, stored in flushes and compacted to long chunks."""
    values = np.random.default_rng(5).normal(size=30_000)
    values[[7, 4095, 4096, 16_390, 29_999]] = np.nan
    values[[8, 20_000]] = np.inf
    put(
        engine,
        [(1, list(range(at, at + 5000)), values[at : at + 5000].tolist()) for at in range(0, 30_000, 5000)],
    )
    everything(engine)
    return values


def test_a_border_may_lie_anywhere_in_a_long_chunk(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    values, rng = long_run(engine), np.random.default_rng(6)
    cut, plainly = [], Source.cut

    def counting(source: Source, part: Part, level: int) -> object:
        cut.append(level)
        return plainly(source, part, level)

    monkeypatch.setattr(Source, "cut", counting)
    with engine.begin() as connection:
        for _ in range(150):
            first, last = sorted(rng.integers(0, 30_000, 2).tolist())
            window = Window(first, last + 1, int(rng.choice([2, 7, 60, 800])))
            read = read_series(connection, "r", ["loss"], first=first, last=last + 1, width=window.width)
            expected = draw(np.arange(first, last + 1), values[first : last + 1], window)
            got = read.series["loss"]
            assert got.x.tolist() == expected.x.tolist(), window
            assert got.y.tobytes() == expected.y.tobytes()
            assert (got.marks, got.total) == (expected.marks, expected.total)
    assert len(cut) > 100, "the borders lay between the chunks"


def test_after_a_cursor(engine: Engine) -> None:
    put(engine, [(1, [0, 1], [1.0, 2.0]), (1, [2, 3], [3.0, float("nan")]), (1, [4], [5.0])])
    with engine.begin() as connection:
        found = read_after(connection, "r", 1, 100)
        assert found is not None
        cursor, series = found
        assert cursor == 3
        assert series["loss"].x.tolist() == [2, 4]
        assert series["loss"].marks == ((3, "nan"),)
        assert read_after(connection, "r", 3, 100) == (3, {})
        assert read_after(connection, "r", 1, 2) is None, "too much to catch up with"
        assert read_after(connection, "r", 99, 100) is None, "a cursor of another database"
        assert read_after(connection, "none", 0, 100) == (0, {})


def test_after_a_rewind_there_is_no_catching_up(engine: Engine) -> None:
    put(engine, [(1, [0, 1, 2], [1.0, 2.0, 3.0]), (1, [3], [3.0]), (2, [2], [5.0])])
    with engine.begin() as connection:
        assert read_after(connection, "r", 1, 100) is None
        assert read_after(connection, "r", 2, 100) is None
        assert read_after(connection, "r", 3, 100) == (3, {})


def test_nothing_recorded(engine: Engine) -> None:
    with engine.begin() as connection:
        read = read_series(connection, "none", ["loss"], first=None, last=None, width=100)
    assert (read.cursor, read.series["loss"].total) == (0, 0)


def test_equal_series_are_read_once(engine: Engine) -> None:
    long_run(engine)
    asked: list[object] = []
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[3]))
    with engine.begin() as connection:
        counts = []
        for names in (["lr:g"], ["lr:g", "plan:g"]):
            asked.clear()
            read = read_series(connection, "r", names, first=100, last=29_000, width=50)
            counts.append(len(asked))
    assert counts[0] == counts[1], "the chunks, and the pieces of the one column"
    assert read.series["lr:g"].y.tobytes() == read.series["plan:g"].y.tobytes()
