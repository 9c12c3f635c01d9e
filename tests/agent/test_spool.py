from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rheostat.agent import spool as module
from rheostat.agent.spool import Spool, frame, parse, read
from rheostat.agent.thin import thin
from rheostat.wire import Column, Flush

payloads = st.lists(st.binary(max_size=40), min_size=1, max_size=6)


def flush(first: int, count: int = 3) -> Flush:
    steps = np.arange(first, first + count)
    return Flush(
        seq=0,
        steps=steps.astype("<i8").tobytes(),
        times=(1e9 + steps).astype("<f8").tobytes(),
        planned={"a": Column.of(steps.astype(np.float64))},
        effective={"a": Column.of(steps.astype(np.float64))},
        metrics={},
    )


def bare(flushes: list[Flush]) -> list[tuple[int, int]]:
    return [(f.seq, int(f.step_array()[0])) for f in flushes]


@given(payloads, st.data())
def test_a_torn_tail_costs_only_the_frame_it_tears(all_of: list[bytes], data: st.DataObject) -> None:
    frames = [frame(i, p) for i, p in enumerate(all_of, start=1)]
    content = b"".join(frames)
    cut = data.draw(st.integers(0, len(content)))
    whole = sum(1 for i in range(len(frames)) if len(b"".join(frames[: i + 1])) <= cut)
    assert [(s, p) for s, p, _ in parse(BytesIO(content[:cut]))] == list(enumerate(all_of[:whole], start=1))


@given(payloads, st.data())
def test_no_single_flipped_bit_goes_unnoticed(all_of: list[bytes], data: st.DataObject) -> None:
    frames = [frame(i, p) for i, p in enumerate(all_of, start=1)]
    content = bytearray(b"".join(frames))
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    content[bit // 8] ^= 1 << (bit % 8)
    before = sum(1 for i in range(len(frames)) if len(b"".join(frames[: i + 1])) <= bit // 8)
    assert [(s, p) for s, p, _ in parse(BytesIO(content))] == list(enumerate(all_of[:before], start=1))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=200))
def test_noise_in_a_file_is_passed_over_and_the_next_file_is_read(noise: bytes, tmp_path: Path) -> None:
    (tmp_path / "flush-000000000001.log").write_bytes(noise)
    other = Spool(tmp_path, Flush)
    other.last = 6
    path = tmp_path / "flush-000000000007.log"
    path.unlink(missing_ok=True)
    other.append(flush(30))
    other.close()
    assert bare(list(read(tmp_path, Flush)))[-1:] == [(7, 30)]


def test_what_is_appended_is_read_back_from_any_number_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FILE_BYTES", 1000)
    spool = Spool(tmp_path, Flush)
    for first in range(0, 60, 3):
        spool.append(flush(first))
    everything = [(i + 1, 3 * i) for i in range(20)]
    assert len(list(tmp_path.iterdir())) > 3
    assert bare(list(spool.after(0))) == everything == bare(list(read(tmp_path, Flush)))
    assert bare(list(spool.after(13))) == everything[13:]
    spool.close()


def test_files_whose_flushes_are_all_acked_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FILE_BYTES", 1000)
    spool = Spool(tmp_path, Flush)
    for first in range(0, 60, 3):
        spool.append(flush(first))
    spool.drop(10)
    left = bare(list(read(tmp_path, Flush)))
    assert left == [(i + 1, 3 * i) for i in range(20)][-len(left) :]
    assert left[0][0] == spool.first <= 11
    spool.drop(20)
    assert len(list(tmp_path.iterdir())) == module.KEPT_FILES + 1
    assert bare(list(spool.after(spool.first - 1))) == bare(list(read(tmp_path, Flush)))
    spool.append(flush(60))
    assert bare(list(read(tmp_path, Flush)))[-1] == (21, 60)
    spool.clear()
    assert list(tmp_path.iterdir()) == []
    assert bare([spool.append(flush(0))]) == [(1, 0)]
    spool.close()


def test_thinning_keeps_every_number_and_every_extreme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FILE_BYTES", 20_000)
    spool = Spool(tmp_path, Flush)
    rng = np.random.default_rng(0)
    sent = []
    for first in range(0, 4000, 200):
        one = flush(first, 200)
        values = rng.normal(size=150)
        rows = np.sort(rng.choice(200, 150, replace=False)).astype(np.uint32)
        values[7] = np.nan
        one.metrics["loss"] = Column.of(values, rows)
        sent.append(spool.append(one))
    size = spool.bytes
    assert spool.rewrite_largest(thin)
    assert spool.bytes < size
    assert spool.bytes == sum(path.stat().st_size for path in tmp_path.iterdir())
    kept = list(read(tmp_path, Flush))
    assert [f.seq for f in kept] == [f.seq for f in sent]
    assert sum(f.count for f in kept) < 4000
    for before, after in zip(sent, kept, strict=True):
        then, now = before.metrics["loss"].array(), after.metrics["loss"].array()
        assert (np.nanmin(then), np.nanmax(then)) == (np.nanmin(now), np.nanmax(now))
        assert np.isnan(now).sum() == 1
        steps = after.step_array()[after.metrics["loss"].row_numbers(after.count)]
        origin = before.step_array()[before.metrics["loss"].row_numbers(before.count)]
        assert np.array_equal(then[np.searchsorted(origin, steps)], now, equal_nan=True)
    spool.close()


class FailingOs:
    """``os`` for the spool, of whose calls one fails; a short write is followed by a failing truncation."""

    def __init__(self, left: int, *, short: bool) -> None:
        self.left = left
        self.short = short
        self.failed = False

    def __getattr__(self, name: str) -> object:
        real = getattr(os, name)
        return self._in_front_of(name, real) if callable(real) else real

    def _in_front_of(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*words: Any, **more: Any) -> object:
            self.left -= 1
            if self.left:
                return real(*words, **more)
            self.failed = True
            if name == "write" and self.short:
                self.left = 1
                return os.write(words[0], words[1][: len(words[1]) // 2])
            raise OSError(5, "Input/output error")

        return call


@pytest.mark.parametrize("short", [False, True])
def test_whichever_call_fails_what_was_appended_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short: bool
) -> None:
    """The n-th call of the operating system fails, n = 1, 2, ... until all pass."""
    monkeypatch.setattr(module, "FILE_BYTES", 1000)
    nth, failed = 0, True
    while failed:
        nth += 1
        folder = tmp_path / str(nth)
        folder.mkdir()
        failing = FailingOs(nth, short=short)
        monkeypatch.setattr(module, "os", failing)
        spool, appended = Spool(folder, Flush), list[Flush]()
        with suppress(OSError):
            appended.extend(spool.append(flush(first)) for first in range(0, 30, 3))
            spool.close()
        monkeypatch.setattr(module, "os", os)
        failed = failing.failed
        assert bare(appended) == [(at + 1, 3 * at) for at in range(len(appended))]
        assert bare(list(spool.after(0))) == bare(appended) == bare(list(read(folder, Flush)))
    assert len(appended) == 10
    assert nth > 10
