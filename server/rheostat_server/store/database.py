"""Opening the database: SQLite in WAL mode or PostgreSQL, its tables, and the server's epoch."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    ExecutionContext,
    Table,
    create_engine,
    event,
    func,
    insert,
    make_url,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from rheostat_server.store.migrate import NewerError, bring_up
from rheostat_server.store.schema import meta

__all__ = [
    "FencedError",
    "OvertakenError",
    "StoreError",
    "StoreUnusableError",
    "epoch",
    "insert_new",
    "open_engine",
    "reading",
    "reclaim",
    "release_space",
    "shut",
    "writing",
]


WRITES = "rheostat_writes"
"""The execution option of a connection whose transactions write."""
_BINARY = "rheostat_binary"
"""The execution option of reads whose answers come in binary: as text, packed columns are twice as long."""
_PAGES = 256
_CACHE_KIB = 1 << 16
"""Pages that the writing connection keeps: those of some thousand runs."""
_LOCK = 7436
_SETTING = "RHEOSTAT_DATABASE_URL"
_ELSEWHERE = f"name another place with --data-dir or {_SETTING}"
_PRAGMAS = (
    "page_size=16384",
    "auto_vacuum=INCREMENTAL",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=10000",
    # Under load, pages are written back seldom, and once for many changes: 64 MB of them.
    "wal_autocheckpoint=4096",
)


class StoreError(Exception):
    """Something could not be stored, or not read; the message says why. Trying again may help."""


class FencedError(StoreError):
    """Not stored: another connection, to this server or another one, writes ``runs`` by now."""

    def __init__(self, runs: Collection[str]) -> None:
        super().__init__(f"another connection took the run over: {', '.join(sorted(runs))}")


class OvertakenError(FencedError):
    """As `FencedError`, but seen only when the transaction ended: it must be rolled back."""


class StoreUnusableError(Exception):
    """The database cannot be opened at all; the message says what to do."""


def open_engine(where: Path | str) -> Engine:
    """Open, or create, the database: a SQLite file, or a ``postgresql://`` URL.

    Raises:
        StoreUnusableError: it cannot be reached or written, is damaged, or was written by a newer version.
    """
    engine = _sqlite(f"sqlite:///{where}") if isinstance(where, Path) else _postgresql(where)
    place = where if isinstance(where, Path) else engine.url.render_as_string(hide_password=True)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                # Two servers that start at once make the tables one after the other.
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            if bring_up(connection):
                connection.execute(insert(meta).values(key="epoch", value=secrets.token_hex(8)))
    except NewerError as error:
        engine.dispose()
        raise StoreUnusableError(
            f"the database {place} has {error}. Install the version that wrote it, or {_ELSEWHERE}"
        ) from None
    except DatabaseError as error:
        engine.dispose()
        raise StoreUnusableError(
            f"cannot use the database {place}: {str(error.orig).strip()}. {_mend(engine)}, or {_ELSEWHERE}"
        ) from None
    return engine


def writing(engine: Engine) -> Engine:
    """The engine for the one that writes; to be disposed of by itself where its pool is another.

    On SQLite it has a connection for itself, kept: what one knows of the pages it wrote, another would have
    to read again, and with thousands of runs every commit touches thousands of pages.
    """
    if engine.dialect.name != "sqlite":
        return engine.execution_options(**{WRITES: True})
    own = _sqlite(engine.url, pool_size=1, max_overflow=0)
    event.listen(own, "connect", _widen)
    return own.execution_options(**{WRITES: True})


def reading(engine: Engine) -> Engine:
    """The engine for reads of several statements, all of which see one state of the database."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", **{_BINARY: True})
    return engine


def shut(engine: Engine) -> None:
    """Close every connection; one that a thread still reads with is closed as soon as it is given back."""
    event.listen(engine.pool, "checkin", _end)
    engine.dispose()


def insert_new(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that leaves rows alone which are there already."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


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


def reclaim(engine: Engine) -> None:
    """As `release_space`, for PostgreSQL: what follows fits into the room, and an empty end is given back."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # Another server may be at it.
            connection.exec_driver_sql("VACUUM (SKIP_LOCKED) chunks, pieces")


def _sqlite(url: str | URL, **pool: int) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 10.0}, **pool)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _postgresql(text: str) -> Engine:
    try:
        url = make_url(text)
    except ArgumentError:
        raise StoreUnusableError(f"{_SETTING} is no URL: expected postgresql://USER@HOST/DATABASE") from None
    if url.get_backend_name() != "postgresql":
        raise StoreUnusableError(
            f"{_SETTING} names {url.get_backend_name()}: expected postgresql://USER@HOST/DATABASE"
        )
    if find_spec("psycopg") is None:
        raise StoreUnusableError("PostgreSQL needs psycopg: pip install 'rheostat[server,scale]'")
    # A server that was restarted is noticed before a statement is sent.
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10, max_overflow=40
    )
    event.listen(engine, "before_cursor_execute", _choose_form, named=True)
    return engine


def _mend(engine: Engine) -> str:
    if engine.dialect.name == "postgresql":
        return "Check that it runs and lets this user in"
    return "Check the folder's rights and free space"


def _choose_form(cursor: Any, context: ExecutionContext, **_: object) -> None:
    if context.execution_options.get(_BINARY):
        cursor.format = 1  # psycopg.pq.Format.BINARY


def _end(_: object, record: ConnectionPoolEntry) -> None:
    record.invalidate()


def _configure(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN comes late and not before reads; `_begin` sends it instead, so that a read
    # of several statements sees one state.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _widen(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")


def _begin(connection: Connection) -> None:
    # A deferred transaction that reads first and writes later fails at once where another has written in
    # between; one that means to write takes its turn at the start instead.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
