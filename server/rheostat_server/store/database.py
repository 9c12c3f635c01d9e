"""Opening the database: SQLite in WAL mode, the tables, the schema version and the server's epoch."""

from __future__ import annotations

import secrets
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from rheostat_server.store.schema import SCHEMA_VERSION, meta, metadata

__all__ = ["StoreError", "StoreUnusableError", "epoch", "open_engine"]


class StoreError(Exception):
    """Something could not be stored, or not read; the message says why. Trying again may help."""


class StoreUnusableError(Exception):
    """The database cannot be opened at all; the message says what to do."""


def open_engine(path: Path) -> Engine:
    """Open, or create, the database file.

    Raises:
        StoreUnusableError: the file cannot be written, is damaged, or was written by a newer version.
    """
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 10.0})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    try:
        with engine.begin() as connection:
            metadata.create_all(connection)
            _check_version(connection, path)
    except DatabaseError as error:
        engine.dispose()
        raise StoreUnusableError(
            f"cannot use the database {path}: {error.orig}. Check the folder's rights and free space, "
            "or name another folder with --data-dir"
        ) from None
    except StoreUnusableError:
        engine.dispose()
        raise
    return engine


def epoch(connection: Connection) -> str:
    """The name of this database's line of history, made up when it was created."""
    found = connection.scalar(select(meta.c.value).where(meta.c.key == "epoch"))
    assert found is not None
    return str(found)


def _configure(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN comes late and not before reads; `_begin` sends it instead, so that a read
    # of several statements sees one state.
    connection.isolation_level = None
    for pragma in ("page_size=16384", "journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _check_version(connection: Connection, path: Path) -> None:
    found = connection.scalar(select(meta.c.value).where(meta.c.key == "schema_version"))
    if found is None:
        rows = [
            {"key": "schema_version", "value": str(SCHEMA_VERSION)},
            {"key": "epoch", "value": secrets.token_hex(8)},
        ]
        connection.execute(insert(meta), rows)
    elif int(found) != SCHEMA_VERSION:
        raise StoreUnusableError(
            f"the database {path} has schema version {found}, but this Rheostat reads {SCHEMA_VERSION}. "
            "Install the version that wrote it, or name another folder with --data-dir"
        )
