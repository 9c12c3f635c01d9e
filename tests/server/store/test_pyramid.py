"""Digests against brute force."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rheostat_server.store.pyramid import digests, pack_strange, unpack_digest, unpack_strange

VALUES = st.sampled_from([0.0, 1.0, 1.5, 0.1, -2.0, 1e308, float("nan"), float("inf"), float("-inf")])


@given(st.data(), st.sampled_from([0, 5, 10**12]), st.sampled_from([1, 9, 700, 2**33]))
def test_every_stretch_has_its_first_least_and_first_greatest(
    data: st.DataObject, origin: int, stride: int
) -> None:
    places = data.draw(st.sets(st.integers(0, 90), min_size=1, max_size=60))
    steps = sorted(origin + place * stride for place in places)
    values = data.draw(st.lists(VALUES, min_size=len(steps), max_size=len(steps)))
    packed = digests(np.array(steps), np.array(values), steps[0])
    for level, blob in enumerate(packed, 1):
        stretches: dict[int, list[tuple[int, float]]] = {}
        for step, value in zip(steps, values, strict=True):
            if math.isfinite(value):
                stretches.setdefault(step // 16**level, []).append((step, value))
        expected = []
        for points in stretches.values():
            least = min(points, key=lambda point: (point[1], point[0]))
            greatest = min(points, key=lambda point: (-point[1], point[0]))
            expected += sorted([least, greatest])
        x, y = unpack_digest(blob, steps[0])
        assert list(zip(x.tolist(), y.tolist(), strict=True)) == expected


@given(st.lists(VALUES, min_size=1, max_size=40))
def test_what_is_not_finite_is_listed(values: list[float]) -> None:
    steps = np.arange(7, 7 + 3 * len(values), 3)
    strange = [
        (step, repr(value))
        for step, value in zip(steps.tolist(), values, strict=True)
        if not math.isfinite(value)
    ]
    x, y = unpack_strange(pack_strange(steps, np.array(values)), len(strange))
    assert [(step, repr(value)) for step, value in zip(x.tolist(), y.tolist(), strict=True)] == strange


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=40))
def test_float32_values_come_back_bit_for_bit(values: list[float]) -> None:
    steps = np.arange(0, 4096 * len(values), 4096)
    for blob in digests(steps, np.array(values), 0):
        assert unpack_digest(blob, 0)[1][::2].tobytes() == np.array(values).tobytes()


def test_digests_of_a_full_chunk_cost_little() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(size=16_384)
    packed = digests(np.arange(16_384), noise, 0)
    assert sum(map(len, packed)) < 1.4 * 16_384
    packed = digests(np.arange(16_384), noise.astype(np.float32).astype(np.float64), 0)
    assert sum(map(len, packed)) < 0.82 * 16_384
