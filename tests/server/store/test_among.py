"""One statement for lists of any length, served by an index on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select

from rheostat_server.store.among import among
from rheostat_server.store.schema import chunks, runs

ASKED = select(chunks.c.id).where(among(chunks.c.id, "ids"))


@pytest.mark.parametrize("ids", [[], [3], [1 << 40, 3], list(range(40_000))])
def test_finds_those_and_no_others(engine: Engine, ids: list[int]) -> None:
    numbers = ("attempt", "count", "first_step", "last_step", "first_time", "last_time")
    row = {"run": "r", "writer": "w", "header": b"", "columns": b"", **dict.fromkeys(numbers, 0)}
    with engine.begin() as connection:
        for seq, number in enumerate((2, 3, 1 << 40)):
            connection.execute(chunks.insert().values(row | {"id": number, "seq": seq}))
        found = set(connection.scalars(ASKED, {"ids": ids}))
    assert found == {2, 3, 1 << 40} & set(ids)


@pytest.mark.parametrize("asked", [[], ["a"], ["ü 'b'\\", "a", "{c,d}"], ["none"] * 3])
def test_finds_texts(engine: Engine, asked: list[str]) -> None:
    there = ("a", "ü 'b'\\", "{c,d}", "", '"')
    row = {"created_at": 0.0, "hello": b"", "progress": b"", "revision": 0}
    with engine.begin() as connection:
        connection.execute(runs.insert(), [row | {"id": run} for run in there])
        found = connection.scalars(select(runs.c.id).where(among(runs.c.id, "ids")), {"ids": asked}).all()
    assert sorted(found) == sorted(set(there) & set(asked))


def test_an_index_serves_it(engine: Engine) -> None:
    text = str(ASKED.compile(engine))
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", ("[1]",)).all())
            assert "SEARCH chunks" in plan
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = str(connection.exec_driver_sql(f"EXPLAIN {text}", {"ids": [1]}).all())
            assert "chunks_pkey" in plan
