"""Databases of earlier versions become the present one; those of later ones are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, insert, select, text

from rheostat_server.store.database import StoreUnusableError, epoch, open_engine
from rheostat_server.store.migrate import upgrade
from rheostat_server.store.schema import SCHEMA_VERSION, alembic_version, metadata


def version_one(path: Path) -> None:
    """A database as the first version left it, with a run and a chunk, and no word for Alembic."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        upgrade(connection, "0001")
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(text("INSERT INTO meta VALUES ('schema_version', '1'), ('epoch', 'e1')"))
        connection.execute(text("INSERT INTO runs VALUES ('r', 1.0, x'', x'', 3)"))
        connection.execute(
            text("INSERT INTO chunks VALUES (7, 'r', 1, 'w', 1, 0, 9, 10, 0.0, 1.0, x'00', x'01')")
        )
    engine.dispose()


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_a_database_of_version_one_is_brought_up(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    version_one(path)
    for _ in range(2):
        engine = open_engine(path)
        with engine.begin() as connection:
            assert epoch(connection) == "e1"
            assert connection.scalar(select(alembic_version.c.version_num)) == f"{SCHEMA_VERSION:04d}"
            stored = connection.execute(text("SELECT revision, title, notes, tags FROM runs")).one()
            assert tuple(stored) == (3, None, "", "[]")
            assert connection.scalar(text("SELECT state FROM chunks")) == 0
            assert int(connection.scalar(text("SELECT value FROM meta WHERE key = 'schema_version'"))) == 2
        assert differences(engine) == []
        engine.dispose()


def test_a_new_database_has_the_tables_of_the_scripts(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "store.sqlite3")
    assert differences(engine) == []
    with engine.begin() as connection:
        upgrade(connection)
    engine.dispose()


def test_a_failing_upgrade_says_so_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    version_one(path)
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE pieces (x INTEGER)"))
    with pytest.raises(StoreUnusableError, match="pieces already exists"):
        open_engine(path)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT value FROM meta WHERE key = 'schema_version'")) == "1"
        assert connection.scalar(text("SELECT count(*) FROM chunks")) == 1
    engine.dispose()


def test_a_later_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    engine = open_engine(path)
    with engine.begin() as connection:
        connection.execute(insert(alembic_version).values(version_num="9999"))
        connection.execute(text("UPDATE meta SET value = '9999' WHERE key = 'schema_version'"))
    engine.dispose()
    with pytest.raises(StoreUnusableError, match="schema version 9999, but this Rheostat reads up to 2"):
        open_engine(path)
