"""Databases of earlier versions become the present one; those of later ones are refused."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, insert, select, text

from rheostat_server.store.database import StoreUnusableError, epoch, open_engine
from rheostat_server.store.migrate import upgrade
from rheostat_server.store.progress import Progress
from rheostat_server.store.schema import SCHEMA_VERSION, alembic_version, metadata, runs
from tests.server.databases import Cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path, postgresql: Cluster) -> Path | str:
    """Where a store may be made."""
    return tmp_path / "store.sqlite3" if request.param == "sqlite" else postgresql.new()


def plain(place: Path | str) -> Engine:
    """The database without a word about its tables."""
    if isinstance(place, Path):
        return create_engine(f"sqlite:///{place}")
    return create_engine(place.replace("postgresql://", "postgresql+psycopg://"))


def version_one(place: Path | str) -> None:
    """A database as the first version left it, with a run and a chunk, and no word for Alembic."""
    engine = plain(place)
    with engine.begin() as connection:
        upgrade(connection, "0001")
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(text("INSERT INTO meta VALUES ('schema_version', '1'), ('epoch', 'e1')"))
        connection.execute(text("INSERT INTO runs VALUES ('r', 1.0, '', '', 3)"))
        old = sa.insert(
            sa.table("runs", *map(sa.column, ("id", "created_at", "hello", "progress", "revision")))
        )
        blob = msgspec.msgpack.encode(OLD_PROGRESS)
        connection.execute(old.values(id="s", created_at=0.0, hello=b"", progress=blob, revision=0))
        connection.execute(text("INSERT INTO chunks VALUES (7, 'r', 1, 'w', 1, 0, 9, 10, 0.0, 1.0, '', '')"))
    engine.dispose()


OLD_PROGRESS = {"step": 7, "metric": "loss", "sparkline": [2, [3.0, 1.5, 0.0], [2, 1, 0]]}


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_a_database_of_version_one_is_brought_up(place: Path | str) -> None:
    version_one(place)
    for _ in range(2):
        engine = open_engine(place)
        with engine.begin() as connection:
            assert epoch(connection) == "e1"
            assert connection.scalar(select(alembic_version.c.version_num)) == f"{SCHEMA_VERSION:04d}"
            of_r = text("SELECT revision, title, notes, tags FROM runs WHERE id = 'r'")
            stored = connection.execute(of_r).one()
            assert tuple(stored) == (3, None, "", "[]")
            assert connection.scalar(text("SELECT state FROM chunks")) == 0
            blob = connection.execute(select(runs.c.progress).where(runs.c.id == "s")).scalar_one()
            progress = msgspec.msgpack.decode(blob, type=Progress)
            assert (progress.step, progress.sparkline.means()) == (7, [1.5, 1.5, None])
            assert (
                int(connection.scalar(text("SELECT value FROM meta WHERE key = 'schema_version'")))
                == SCHEMA_VERSION
            )
        assert differences(engine) == []
        engine.dispose()


def test_a_new_database_has_the_tables_of_the_scripts(place: Path | str) -> None:
    engine = open_engine(place)
    assert differences(engine) == []
    with engine.begin() as connection:
        upgrade(connection)
    engine.dispose()


def test_postgresql_lays_columns_down_alike_in_new_and_upgraded_databases(postgresql: Cluster) -> None:
    query = (
        "SELECT relname, attname, attstorage, coalesce(reloptions::text, '') FROM pg_attribute "
        "JOIN pg_class ON pg_class.oid = attrelid WHERE relname IN ('chunks', 'pieces') AND attnum > 0 "
        "ORDER BY relname, attname"
    )
    found = []
    for old in (False, True):
        place = postgresql.new()
        if old:
            version_one(place)
        engine = open_engine(place)
        with engine.begin() as connection:
            found.append([tuple(row) for row in connection.execute(text(query))])
        engine.dispose()
    assert found[0] == found[1]
    assert ("pieces", "blob", "e", "") in found[0]
    assert ("chunks", "columns", "e", "{toast_tuple_target=8160}") in found[0]


def test_a_failing_upgrade_says_so_and_loses_nothing(place: Path | str) -> None:
    version_one(place)
    engine = plain(place)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE pieces (x INTEGER)"))
    with pytest.raises(StoreUnusableError, match=r'"?pieces"? already exists'):
        open_engine(place)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT value FROM meta WHERE key = 'schema_version'")) == "1"
        assert connection.scalar(text("SELECT count(*) FROM chunks")) == 1
    engine.dispose()


def test_a_later_version_is_refused(place: Path | str) -> None:
    engine = open_engine(place)
    with engine.begin() as connection:
        connection.execute(insert(alembic_version).values(version_num="9999"))
        connection.execute(text("UPDATE meta SET value = '9999' WHERE key = 'schema_version'"))
    engine.dispose()
    with pytest.raises(
        StoreUnusableError, match=f"schema version 9999, but this Rheostat reads up to {SCHEMA_VERSION}"
    ):
        open_engine(place)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "is no URL"),
        ("mysql://me@here/db", "names mysql: expected postgresql://"),
        ("postgresql://me@127.0.0.1:1/db", "(?s)cannot use the database .* Check that it runs"),
    ],
)
def test_a_database_that_is_none_is_refused_in_words(url: str, message: str) -> None:
    with pytest.raises(StoreUnusableError, match=message):
        open_engine(url)
