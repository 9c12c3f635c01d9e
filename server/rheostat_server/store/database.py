"""Opening the database: SQLite in WAL mode, the tables, the schema version and the server's epoch."""

from __future__ import annotations

import secrets
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from rheostat_server.store.migrate import NewerError, bring_up
from rheostat_server.store.schema import meta

__all__ = ["StoreError", "StoreUnusableError", "epoch", "open_engine", "release_space"]


_PAGES = 256
_PRAGMAS = (
    "page_size=16384",
    "auto_vacuum=INCREMENTAL",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=10000",
)


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
            if bring_up(connection):
                connection.execute(insert(meta).values(key="epoch", value=secrets.token_hex(8)))
    except NewerError as error:
        engine.dispose()
        raise StoreUnusableError(
            f"the database {path} has {error}. "
            "Install the version that wrote it, or name another folder with --data-dir"
        ) from None
    except DatabaseError as error:
        engine.dispose()
        raise StoreUnusableError(
            f"cannot use the database {path}: {error.orig}. Check the folder's rights and free space, "
            "or name another folder with --data-dir"
        ) from None
    return engine


def epoch(connection: Connection) -> str:
    """The name of this database's line of history, made up when it was created."""
    found = connection.scalar(select(meta.c.value).where(meta.c.key == "epoch"))
    assert found is not None
    return str(found)


def release_space(connection: Connection) -> None:
    """Give the file's free pages back to the system, some at a time, after rows were deleted."""
    if connection.dialect.name != "sqlite":
        return
    free = connection.exec_driver_sql("PRAGMA freelist_count").scalar() or 0
    # The driver takes the pragma for a statement without rows and ends it after the first page.
    cursor = connection.connection.cursor()
    for _ in range(min(int(free), _PAGES)):
        cursor.execute("PRAGMA incremental_vacuum(1)")


def _configure(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN comes late and not before reads; `_begin` sends it instead, so that a read
    # of several statements sees one state.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
