"""What the writer's thread knows of the runs being written, and the flushes that wait for its commit."""

from __future__ import annotations

from collections import Counter

import msgspec
from sqlalchemy import Connection, bindparam, func, select, text, update

from rheostat_server.store.database import FencedError, OvertakenError, insert_new
from rheostat_server.store.progress import Progress
from rheostat_server.store.schema import chunks, runs

__all__ = ["Ledger"]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Progress).decode

_WORTH = 16
_NEXT = text("SELECT nextval(pg_get_serial_sequence('chunks', 'id')) FROM generate_series(1, :count)")
# One statement however many runs a commit moves on. A run whose fence is another by now is left alone.
_SAVE = text(
    "UPDATE runs SET progress = v.blob, changed_at = extract(epoch FROM clock_timestamp()) "
    "FROM unnest(CAST(:ids AS text[]), CAST(:blobs AS bytea[]), CAST(:fences AS bigint[])) "
    "AS v(id, blob, fence) WHERE runs.id = v.id AND (v.fence IS NULL OR runs.fence = v.fence) "
    "RETURNING runs.id"
)
_SAVE_ONE = (
    update(runs)
    .where(runs.c.id == bindparam("of"), (bindparam("held").is_(None)) | (runs.c.fence == bindparam("held")))
    .values(progress=bindparam("blob"))
)


class Ledger:
    """Progress, last seq and fence of the runs being written; lives in the writer's thread.

    Flushes are inserted together when the transaction ends: `save` does that and puts changed progress
    beside them; `forget` drops everything after a rollback, to be read anew.
    """

    def __init__(self) -> None:
        self._progress: dict[str, Progress] = {}
        self._seqs: dict[tuple[str, str], int] = {}
        self._fences: dict[str, int] = {}
        self._changed: set[str] = set()
        self._rows: list[dict[str, object]] = []
        self._ids: list[int] = []
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
        found = self._seqs.get((run, writer))
        if found is None:
            query = select(func.max(chunks.c.seq)).where(chunks.c.run == run, chunks.c.writer == writer)
            found = self._seqs[run, writer] = connection.scalar(query) or 0
        return found

    def new_id(self, connection: Connection) -> int:
        """An id for a chunk, above all that were committed before."""
        if not self._ids:
            if connection.dialect.name == "postgresql":
                # Twice as many each time: what is left over at the commit is dropped.
                found = connection.scalars(_NEXT, {"count": max(1, len(self._rows))}).all()
                self._ids = [int(number) for number in reversed(found)]
            else:
                first = int(connection.scalar(select(func.max(chunks.c.id))) or 0) + len(self._rows) + 1
                self._ids = list(range(first + len(self._rows), first - 1, -1))
        return self._ids.pop()

    def advance(self, run: str, row: dict[str, object], progress: Progress) -> None:
        """Note a flush, to be inserted as the chunk ``row``."""
        self._rows.append(row)
        self.put(run, progress)
        self._seqs[run, str(row["writer"])] = int(row["seq"])  # type: ignore[call-overload]
        self._fresh[run] += 1

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

    def taken(self, run: str, fence: int) -> None:
        """A connection to this server took the run under ``fence``."""
        self._fences[run] = fence

    def many_flushes(self) -> list[str]:
        """The runs that got so many flushes since last named that compacting them is worth it."""
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
            result = connection.execute(
                insert_new(connection, chunks), self._rows, execution_options={"preserve_rowcount": True}
            )
            if result.rowcount != len(self._rows):
                raise OvertakenError({str(row["run"]) for row in self._rows})
            self._rows = []
        self._ids = []
        if self._changed:
            self._save_progress(connection, sorted(self._changed))
            self._changed.clear()

    def drop(self, connection: Connection, run: str) -> None:
        """Know nothing of ``run`` any more: it was deleted, or may have been written elsewhere."""
        if run in self._changed:
            self.save(connection)
        self._progress.pop(run, None)
        self._fences.pop(run, None)
        self._seqs = {key: seq for key, seq in self._seqs.items() if key[0] != run}

    def forget(self) -> None:
        """Drop everything that may not have been committed."""
        self._progress.clear()
        self._seqs.clear()
        self._fences.clear()
        self._changed.clear()
        self._rows = []
        self._ids = []

    def _save_progress(self, connection: Connection, changed: list[str]) -> None:
        blobs = [_encode(self._progress[run]) for run in changed]
        fences = [self._fences.get(run) for run in changed]
        if connection.dialect.name == "postgresql":
            written = {"ids": changed, "blobs": blobs, "fences": fences}
            saved = set(connection.scalars(_SAVE, written))
        else:
            # One process writes SQLite, and it has checked the fences above.
            rows = [
                {"of": run, "blob": blob, "held": fence}
                for run, blob, fence in zip(changed, blobs, fences, strict=True)
            ]
            connection.execute(_SAVE_ONE, rows)
            saved = set(changed)
        late = {run for run, fence in zip(changed, fences, strict=True) if fence is not None} - saved
        if late:
            raise OvertakenError(late)
