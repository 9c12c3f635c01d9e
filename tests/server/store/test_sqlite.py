"""Many rows in few statements: as many as one by one, whatever their number."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from rheostat_server.store.database import WRITES, open_engine
from rheostat_server.store.schema import chunks, runs
from rheostat_server.store.sqlite import insert_chunks, save_progress


def chunk(number: int) -> tuple[object, ...]:
    return (number, "r", 1, "w", number, number, number, 1, 0.0, 1.0, b"h", number.to_bytes(4, "big"))


@pytest.mark.parametrize("count", [1, 2, 7, 64, 1000, 2500])
def test_chunks_that_are_there_are_left_alone_and_not_counted(tmp_path: Path, count: int) -> None:
    engine = open_engine(tmp_path / "store.sqlite3")
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        assert insert_chunks(connection, [chunk(number) for number in range(1, count + 1)]) == count
        assert insert_chunks(connection, [chunk(number) for number in range(1, count + 6)]) == 5
        rows = connection.execute(select(chunks.c.seq, chunks.c["columns"]).order_by(chunks.c.id)).all()
    assert [(seq, int.from_bytes(blob, "big")) for seq, blob in rows] == [(n, n) for n in range(1, count + 6)]
    engine.dispose()


def test_progress_is_saved_where_the_fence_is_still_the_runs_own(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "store.sqlite3")
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        for number in range(300):
            row = {"id": f"r{number}", "created_at": 0.0, "hello": b"", "progress": b"old", "revision": 0}
            connection.execute(runs.insert().values(**row, fence=number % 3))
        save_progress(connection, [(f"r{number}", b"new", (None, 1, 2)[number % 3]) for number in range(299)])
        fresh = select(func.count()).where(runs.c.progress == b"new")
        assert connection.scalar(fresh) == 299
        save_progress(connection, [(f"r{number}", b"late", 7) for number in range(300)])
        assert connection.scalar(fresh) == 299
        assert connection.scalar(select(runs.c.progress).where(runs.c.id == "r299")) == b"old"
    engine.dispose()
