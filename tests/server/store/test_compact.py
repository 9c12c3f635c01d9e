"""What compaction takes together, and that nothing is lost by it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rheostat.wire import Column, Flush
from rheostat_server.store.chunk import pack, read_column, read_header, read_steps, read_times
from rheostat_server.store.compact import (
    COMPACTED,
    FRESH,
    FULL,
    FULL_STEPS,
    Listed,
    Merged,
    choose,
    merge,
)
from rheostat_server.store.join import Loaded


def listed(*counts: tuple[int, int], attempt: int = 1, writer: str = "w", first: int = 0) -> list[Listed]:
    """Chunks of (count, state), one after the other."""
    found = []
    for number, (count, state) in enumerate(counts):
        found.append(Listed(first + number, attempt, writer, number, first, first + count - 1, count, state))
        first += count
    return found


def chosen(*counts: tuple[int, int]) -> list[list[int]]:
    """What is chosen of chunks that are followed by 16 newer ones; positions in ``counts``."""
    chunks = [*listed(*counts), *listed(*[(1, FRESH)] * 16, attempt=2, first=10**9)]
    position = {chunk.id: at for at, chunk in enumerate(chunks)}
    return [[position[chunk.id] for chunk in group] for group in choose(chunks)]


def test_the_newest_chunks_are_left_alone() -> None:
    assert choose(listed(*[(5000, FRESH)] * 16)) == []
    assert len(choose(listed(*[(5000, FRESH)] * 20))) == 1


def test_enough_steps_or_enough_flushes_are_taken_together() -> None:
    assert chosen(*[(1000, FRESH)] * 16) == []
    assert chosen(*[(1000, FRESH)] * 17) == [list(range(17))]
    assert chosen(*[(1, FRESH)] * 127) == []
    assert chosen(*[(1, FRESH)] * 128) == [list(range(128))]


def test_of_what_has_ended_all_is_taken_once() -> None:
    one, two = listed((9, FRESH), (9, FRESH)), listed((9, FRESH), attempt=2, first=18)
    assert choose([*one, *two], {1}) == []
    assert choose([*one, *two], {2}) == [two]
    assert choose([*one, *two], {1, 2}) == [one, two]
    assert choose(listed((FULL_STEPS, FULL), (9, COMPACTED), (9, FRESH)), {1})[0][0].state == COMPACTED
    assert choose(listed((FULL_STEPS, FULL), (9, COMPACTED)), {1}) == []
    assert choose([], {1}) == []


def test_full_chunks_stay_and_part_what_is_around_them() -> None:
    around = [(9000, FRESH), (9000, FRESH)]
    assert chosen(*around, (FULL_STEPS, FULL), *around) == [[0, 1], [3, 4]]
    assert chosen((FULL_STEPS, FULL), (9000, COMPACTED)) == []


def test_a_slow_run_rewrites_only_what_is_no_larger() -> None:
    assert chosen((4000, COMPACTED), (100, COMPACTED), *[(1, FRESH)] * 128) == [list(range(1, 130))]


def test_rewinds_writers_and_attempts_are_not_crossed() -> None:
    one = listed(*[(9000, FRESH)] * 2)
    newer = listed(*[(1, FRESH)] * 16, attempt=9, first=10**9)
    for two in (
        listed(*[(9000, FRESH)] * 2, first=17_999),
        listed(*[(9000, FRESH)] * 2, first=18_000, writer="x"),
        listed(*[(9000, FRESH)] * 2, first=18_000, attempt=2),
    ):
        groups = choose([*one, *two, *newer])
        assert [[chunk.first for chunk in group] for group in groups] == [
            [chunk.first for chunk in part] for part in (one, two)
        ]


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.integers(1, 40) | st.integers(1, 3000), min_size=1, max_size=12),
    st.booleans(),
    st.integers(0, 2**32),
)
def test_merging_keeps_every_bit(counts: list[int], again: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at, sources = 0, []
    expected: dict[str, list[tuple[int, float]]] = {name: [] for name in ("plan:g", "lr:g", "loss", "rare")}
    every: list[int] = []
    for number, count in enumerate(counts):
        steps = at + np.sort(rng.choice(2 * count, count, replace=False))
        at = int(steps[-1]) + 1
        every += steps.tolist()
        loss = rng.normal(size=count)
        loss[rng.random(count) < 0.05] = np.nan
        planned = np.asarray(1.0 / (1.0 + steps), dtype=np.float64)
        effective = np.asarray(planned * (0.5 if number % 2 else 1.0), dtype=np.float64)
        rows = np.sort(rng.choice(count, max(1, count // 7), replace=False)).astype(np.uint32)
        metrics = {"loss": Column.of(loss)} | ({"rare": Column.of(loss[rows], rows)} if number % 3 else {})
        expected["plan:g"] += list(zip(steps, planned, strict=True))
        expected["lr:g"] += list(zip(steps, effective, strict=True))
        expected["loss"] += list(zip(steps, loss, strict=True))
        expected["rare"] += list(zip(steps[rows], loss[rows], strict=True)) if number % 3 else []
        flush = Flush(
            seq=number + 1,
            steps=steps.astype("<i8").tobytes(),
            times=(1e9 + steps * 0.25).astype("<f8").tobytes(),
            planned={"g": Column.of(planned)},
            effective={"g": Column.of(effective)},
            metrics=metrics,
        )
        packed = pack(flush)
        sources.append(Loaded(packed.count, packed.header, packed.columns, {}))
    merged = merge(sources)
    if again:
        merged = merge([loaded(one) for one in merged])
    assert all(one.packed.count == FULL_STEPS and one.state == FULL for one in merged[:-1])
    got: dict[str, list[tuple[int, float]]] = {name: [] for name in expected}
    seen: list[int] = []
    for one in map(loaded, merged):
        header = read_header(one.header)
        steps = read_steps(header, one.columns, one.count)
        seen += steps.tolist()
        assert (read_times(header, one.columns, one.count) == 1e9 + steps * 0.25).all()
        for head in header.columns:
            column = read_column(header, one.columns, one.count, head.name, one.pieces[head.offset])
            assert column is not None
            got[head.name] += list(zip(*column, strict=True))
    assert seen == every
    for name, points in expected.items():
        assert np.array(got[name]).tobytes() == np.array(points).tobytes(), name


def loaded(one: Merged) -> Loaded:
    packed, pieces = one.packed, one.pieces
    own = {slot: blob for slot, level, blob in pieces if level == 0}
    return Loaded(packed.count, packed.header, packed.columns, own)
