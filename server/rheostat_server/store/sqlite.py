"""Many rows in few SQLite statements.

The driver gives up the interpreter for every step of a statement, and an `executemany` takes a step a row:
beside a busy event loop, getting the interpreter back so often costs more than all of SQLite's work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import chain

from sqlalchemy import Connection

__all__ = ["insert_chunks", "insert_pieces", "save_progress"]

_MOST = 1024
"""Rows in one statement; with twelve columns, SQLite takes 2,730."""


def insert_chunks(connection: Connection, rows: Sequence[tuple[object, ...]]) -> int:
    """Insert rows of ``chunks`` (all columns but `state`) unless they are there; how many were not."""
    return sum(_run(connection, _insert, rows))


def insert_pieces(connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows of ``pieces``: chunk, slot, level, blob."""
    for _ in _run(connection, _insert_piece, rows):
        pass


def save_progress(connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
    """Set the progress of runs, by rows of id, progress and fence; where the fence is another, not."""
    for _ in _run(connection, _update, rows):
        pass


def _run(
    connection: Connection, text: Callable[[int], str], rows: Sequence[tuple[object, ...]]
) -> Iterator[int]:
    at = 0
    while at < len(rows):
        # Powers of two, so that there are few statements and the driver knows them all.
        size = min(_MOST, 1 << (len(rows) - at).bit_length() - 1)
        values = tuple(chain.from_iterable(rows[at : at + size]))
        keep = {"preserve_rowcount": True}
        yield connection.exec_driver_sql(text(size), values, execution_options=keep).rowcount
        at += size


@cache
def _insert(count: int) -> str:
    names = (
        "id, run, attempt, writer, seq, first_step, last_step, count, first_time, last_time, header, columns"
    )
    return " ".join(("INSERT OR IGNORE INTO chunks (", names, ") VALUES", _values(12, count)))


@cache
def _insert_piece(count: int) -> str:
    return " ".join(("INSERT INTO pieces (chunk, slot, level, blob) VALUES", _values(4, count)))


@cache
def _update(count: int) -> str:
    values = f"WITH v(id, progress, fence) AS (VALUES {_values(3, count)})"
    update = "UPDATE runs SET progress = v.progress FROM v WHERE runs.id = v.id"
    return f"{values} {update} AND (v.fence IS NULL OR runs.fence = v.fence)"


def _values(columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return ", ".join([row] * rows)
