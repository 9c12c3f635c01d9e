"""The thread that compacts runs in the background, a bounded share of the time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence

import msgspec
from sqlalchemy import Connection, Engine, delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from rheostat_server.store import sqlite
from rheostat_server.store.among import among
from rheostat_server.store.codec import CodecError
from rheostat_server.store.compact import Listed, Merged, choose, merge
from rheostat_server.store.database import StoreError, reading, reclaim, release_space
from rheostat_server.store.join import Loaded
from rheostat_server.store.schema import attempts, chunks, pieces
from rheostat_server.store.writer import Writer

__all__ = ["Compactor", "compact_run", "many_chunks"]

log = logging.getLogger("rheostat.store")

_LOOK_S = 2.0
_REST = 9.0
"""Rests this many times as long as it worked."""
_RECLAIM_S = 60.0
"""PostgreSQL is told so often at most that rows are gone."""
_WORTH = 128
_LOCK = 7437
_VALUES = select(pieces.c.chunk, pieces.c.slot, pieces.c.blob).where(
    among(pieces.c.chunk, "ids"), pieces.c.level == 0
)
_OURS = among(chunks.c.id, "ids")
_ROWS = select(chunks.c.id, chunks.c["count"], chunks.c.header, chunks.c["columns"]).where(_OURS)
# As a number: every row read would hand the interpreter over once more.
_THERE = select(func.count()).select_from(chunks).where(_OURS)
_EMPTIED = delete(pieces).where(among(pieces.c.chunk, "ids"))
_REPLACED = delete(chunks).where(_OURS)


class Compactor:
    """Compacts the runs that ``due`` names, until closed. Reading and packing happen outside the writer."""

    def __init__(self, engine: Engine, writer: Writer, due: Callable[[], Iterable[str]]) -> None:
        self._engine = engine
        self._writer = writer
        self._due = due
        self._closing = threading.Event()
        self._reclaimed = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="rheostat-compactor", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop after what is under way."""
        self._closing.set()
        self._thread.join()

    def _work(self) -> None:
        merged = 0
        while not self._closing.wait(_LOOK_S):
            for run in self._due():
                begun = time.monotonic()
                try:
                    merged += compact_run(self._engine, self._writer, run)
                except (SQLAlchemyError, StoreError, CodecError) as error:
                    # Nothing is lost: the chunks stay as they are, and the next flushes bring another try.
                    log.warning("run %s was not compacted: %s", run, error)
                if self._closing.wait(_REST * (time.monotonic() - begun)):
                    return
            if merged and time.monotonic() - self._reclaimed >= _RECLAIM_S:
                merged = 0
                self._reclaim()

    def _reclaim(self) -> None:
        try:
            reclaim(self._engine)
        except SQLAlchemyError as error:
            log.warning("the room of merged flushes was not given back: %s", error)
        self._reclaimed = time.monotonic()


def compact_run(engine: Engine, writer: Writer, run: str) -> int:
    """Merge the small chunks of a run, all of it once it has ended; how many groups were merged.

    Raises:
        StoreError: a merged chunk could not be stored.
        CodecError: a chunk is damaged.
    """
    with engine.connect() as guard, guard.begin():
        if not _mine(guard, run):
            return 0
        return _compact(engine, writer, run)


def _mine(connection: Connection, run: str) -> bool:
    """Whether no other server compacts the run; holds until the connection's transaction ends."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(select(func.pg_try_advisory_xact_lock(_LOCK, func.hashtext(run)))))


def _compact(engine: Engine, writer: Writer, run: str) -> int:
    with engine.connect() as connection, connection.begin():
        groups = choose(_listed(connection, run), _ended(connection, run))
    for group in groups:
        with reading(engine).connect() as connection, connection.begin():
            loaded = _load(connection, group)
        if len(loaded) == len(group):
            merged = merge(loaded)
            writer.submit(lambda c, g=group, m=merged: _replace(c, run, g, m)).result()  # type: ignore[misc]
    return len(groups)


def many_chunks(connection: Connection) -> list[str]:
    """The runs that have so many chunks that looking at them is worth it."""
    query = select(chunks.c.run).group_by(chunks.c.run).having(func.count() >= _WORTH)
    return list(connection.scalars(query))


def _listed(connection: Connection, run: str) -> list[Listed]:
    fields = ("id", "attempt", "writer", "seq", "first_step", "last_step", "count", "state")
    query = select(*(chunks.c[name] for name in fields)).where(chunks.c.run == run)
    return [Listed(*row) for row in connection.execute(query.order_by(chunks.c.attempt, chunks.c.seq))]


def _ended(connection: Connection, run: str) -> set[int]:
    query = select(attempts.c.ordinal).where(attempts.c.run == run, attempts.c.ended_at.is_not(None))
    return set(connection.scalars(query))


def _load(connection: Connection, group: Sequence[Listed]) -> list[Loaded]:
    ids = [chunk.id for chunk in group]
    columns: dict[int, dict[int, bytes]] = {}
    for number, slot, blob in connection.execute(_VALUES, {"ids": ids}):
        columns.setdefault(number, {})[slot] = blob
    found: dict[int, Loaded] = {}
    for number, count, header, blob in connection.execute(_ROWS, {"ids": ids}):
        found[number] = Loaded(count, header, blob, columns.get(number, {}))
    return [found[number] for number in ids if number in found]


def _replace(connection: Connection, run: str, group: Sequence[Listed], merged: Sequence[Merged]) -> bool:
    ids = [chunk.id for chunk in group]
    if connection.scalar(_THERE, {"ids": ids}) != len(ids) or len(merged) > len(ids):
        return False
    connection.execute(_EMPTIED, {"ids": ids})
    connection.execute(_REPLACED, {"ids": ids})
    # The last ids and seqs of the group: what was stored up to the newest of them stays known as such.
    for one, last in zip(merged, group[-len(merged) :], strict=True):
        row = {"id": last.id, "run": run, "attempt": last.attempt, "writer": last.writer, "seq": last.seq}
        row |= {"state": one.state, **msgspec.structs.asdict(one.packed)}
        connection.execute(insert(chunks).values(row))
        _insert_pieces(connection, [(last.id, *piece) for piece in one.pieces])
    release_space(connection)
    return True


def _insert_pieces(connection: Connection, rows: Sequence[tuple[int, int, int, bytes]]) -> None:
    if connection.dialect.name == "sqlite":
        sqlite.insert_pieces(connection, rows)
    elif rows:
        names = ("chunk", "slot", "level", "blob")
        connection.execute(insert(pieces), [dict(zip(names, row, strict=True)) for row in rows])
