"""What the writer's thread knows of the runs being written, and the flushes that wait for its commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, func, select, text

from rheostat_server.store import sqlite
from rheostat_server.store.chunk import Packed
from rheostat_server.store.database import FencedError, OvertakenError
from rheostat_server.store.progress import Progress
from rheostat_server.store.schema import chunks, runs

__all__ = ["Ledger"]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Progress).decode

_WORTH = 128
_STEPS = 128
"""A run is worth compacting after so many flushes, or as many with so many steps each as fill a chunk."""
_NEXT = text("SELECT nextval(pg_get_serial_sequence('chunks', 'id')) FROM generate_series(1, :count)")
_LAST = text(
    "SELECT run, writer, "
    "(SELECT coalesce(max(seq), 0) FROM chunks AS c WHERE c.run = v.run AND c.writer = v.writer) "
    "FROM unnest(CAST(:runs AS text[]), CAST(:writers AS text[])) AS v(run, writer)"
)
# One statement however many runs a commit moves on. A run whose fence is another by now is left alone.
_SAVE = text(
    "UPDATE runs SET progress = v.blob, changed_at = extract(epoch FROM clock_timestamp()) "
    "FROM unnest(CAST(:ids AS text[]), CAST(:blobs AS bytea[]), CAST(:fences AS bigint[])) "
    "AS v(id, blob, fence) WHERE runs.id = v.id AND (v.fence IS NULL OR runs.fence = v.fence) "
    "RETURNING runs.id"
)
# Through the driver itself: with so many parameters, what SQLAlchemy does for each is dearer than the rest.
_INSERT_ALL = (
    "INSERT INTO chunks (id, run, attempt, writer, seq, first_step, last_step, count, "
    "first_time, last_time, header, columns) SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[], "
    "%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::int[], %s::float8[], %s::float8[], "
    "%s::bytea[], %s::bytea[]) ON CONFLICT DO NOTHING"
)


class Ledger:
    """Progress, last seq and fence of the runs being written; lives in the writer's thread.

    Flushes are inserted together when the transaction ends: `save` does that and puts changed progress
    beside them; `forget` drops everything after a rollback, to be read anew.
    """

    def __init__(self) -> None:
        self._progress: dict[str, Progress] = {}
        self._seqs: dict[str, dict[str, int]] = {}
        self._fences: dict[str, int] = {}
        self._changed: set[str] = set()
        self._rows: list[tuple[object, ...]] = []
        self._ids: list[int] = []
        self._next = 0
        self._fresh: Counter[str] = Counter()

    def check(self, connection: Connection, run: str, fence: int, *, lock: bool = False) -> None:
        """Make sure that ``run`` is still written under ``fence``, from memory if it is there.

        What `save` writes it writes under the fence, whatever memory said. For anything else ``lock`` the
        run's row: then nobody can take the run before the transaction ends.

        Raises:
            FencedError: another connection, here or on another server, writes the run by now.
        """
        known = None if lock else self._fences.get(run)
        if known is None:
            query = select(runs.c.fence).where(runs.c.id == run)
            found = connection.scalar(query.with_for_update() if lock else query)
            known = self._fences[run] = -1 if found is None else int(found)
        if known != fence:
            raise FencedError((run,))

    def progress(self, connection: Connection, run: str) -> Progress:
        """Where ``run`` stands, uncommitted changes included."""
        found = self._progress.get(run)
        if found is None:
            stored = connection.scalar(select(runs.c.progress).where(runs.c.id == run))
            found = self._progress[run] = Progress() if stored is None else _decode(stored)
        return found

    def last_seq(self, connection: Connection, run: str, writer: str) -> int:
        """The highest seq stored for this writer, 0 before the first."""
        known = self._seqs.setdefault(run, {})
        if writer not in known:
            query = select(func.max(chunks.c.seq)).where(chunks.c.run == run, chunks.c.writer == writer)
            known[writer] = connection.scalar(query) or 0
        return known[writer]

    def last_seqs(self, connection: Connection, writers: Sequence[tuple[str, str]]) -> list[int]:
        """The same of many pairs of run and writer."""
        if connection.dialect.name == "postgresql":
            wish = {"runs": [run for run, _ in writers], "writers": [writer for _, writer in writers]}
            for run, writer, seq in connection.execute(_LAST, wish):
                self._seqs.setdefault(run, {})[writer] = seq
        return [self.last_seq(connection, run, writer) for run, writer in writers]

    def new_id(self, connection: Connection) -> int:
        """An id for a chunk, above all that were committed before."""
        if connection.dialect.name == "postgresql":
            if not self._ids:
                # Twice as many each time: what is left over at the commit is dropped.
                found = connection.scalars(_NEXT, {"count": max(1, len(self._rows))}).all()
                self._ids = [int(number) for number in reversed(found)]
            return self._ids.pop()
        if not self._next:
            # Nobody else writes SQLite, so that from here on they can be counted.
            self._next = int(connection.scalar(select(func.max(chunks.c.id))) or 0) + 1
        self._next += 1
        return self._next - 1

    def advance(
        self, run: str, attempt: int, key: tuple[str, int], packed: Packed, progress: Progress
    ) -> None:
        """Note a flush of ``key`` (writer and seq), to be inserted as the chunk that ``progress`` names."""
        self._rows.append((progress.chunk, run, attempt, *key, *msgspec.structs.astuple(packed)))
        self.put(run, progress)
        self._seqs.setdefault(run, {})[key[0]] = key[1]
        self._fresh[run] += 1 + packed.count // _STEPS

    def take_report(self, connection: Connection, run: str, attempt: str, seq: int, fence: int) -> bool:
        """Note that report ``seq`` of ``attempt`` is being stored; False if it was before.

        Raises:
            FencedError: as `check`, with the run's row locked.
        """
        self.check(connection, run, fence, lock=True)
        progress = self.progress(connection, run)
        if seq <= progress.reported.get(attempt, 0):
            return False
        self.put(run, msgspec.structs.replace(progress, reported={attempt: seq}))
        return True

    def put(self, run: str, progress: Progress) -> None:
        """Note where ``run`` stands now."""
        self._progress[run] = progress
        self._changed.add(run)

    def taken(self, run: str, fence: int, progress: Progress) -> None:
        """A connection to this server took the run under ``fence``; it stands at ``progress``, as stored."""
        self._fences[run] = fence
        self._progress[run] = progress

    def ended(self, run: str) -> None:
        """An attempt of ``run`` has ended: what it left can be compacted for good."""
        self._fresh[run] = _WORTH

    def many_flushes(self) -> list[str]:
        """The runs that got so many flushes since last named, or ended, that compacting them is worth it."""
        named = [run for run, count in list(self._fresh.items()) if count >= _WORTH]
        for run in named:
            self._fresh[run] = 0
        return named

    def save(self, connection: Connection) -> None:
        """Write what waits and what changed, at the end of a transaction or before reading it back.

        Raises:
            OvertakenError: some of it belongs to runs that are written by others by now; roll back.
        """
        if self._rows:
            if _insert(connection, self._rows) != len(self._rows):
                raise OvertakenError({str(row[1]) for row in self._rows})
            self._rows = []
        self._ids = []
        if self._changed:
            self._save_progress(connection, sorted(self._changed))
            self._changed.clear()

    def drop(self, connection: Connection, *dropped: str) -> None:
        """Know nothing of these runs any more: they were deleted, or may have been written elsewhere."""
        if not self._changed.isdisjoint(dropped):
            self.save(connection)
        for run in dropped:
            self._progress.pop(run, None)
            self._fences.pop(run, None)
            self._seqs.pop(run, None)

    def forget(self) -> None:
        """Drop everything that may not have been committed."""
        self._progress.clear()
        self._seqs.clear()
        self._fences.clear()
        self._changed.clear()
        self._rows = []
        self._ids = []
        self._next = 0

    def _save_progress(self, connection: Connection, changed: list[str]) -> None:
        blobs = [_encode(self._progress[run]) for run in changed]
        fences = [self._fences.get(run) for run in changed]
        if connection.dialect.name == "postgresql":
            written = {"ids": changed, "blobs": blobs, "fences": fences}
            saved = set(connection.scalars(_SAVE, written))
        else:
            # One process writes SQLite, and it has checked the fences above.
            sqlite.save_progress(connection, list(zip(changed, blobs, fences, strict=True)))
            saved = set(changed)
        late = {run for run, fence in zip(changed, fences, strict=True) if fence is not None} - saved
        if late:
            raise OvertakenError(late)


def _insert(connection: Connection, rows: list[tuple[object, ...]]) -> int:
    """Insert chunks unless they are there; how many were not."""
    if connection.dialect.name == "postgresql":
        columns = tuple(list(column) for column in zip(*rows, strict=True))
        keep = {"preserve_rowcount": True}
        return connection.exec_driver_sql(_INSERT_ALL, columns, execution_options=keep).rowcount
    return sqlite.insert_chunks(connection, rows)
