"""The store as a server's connections use it: flushes put, their outcomes, and what lies in the database."""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection, Engine, func, select

from rheostat.wire import Flush, Hello
from rheostat_server.store.attempts import Admission, admit, meet
from rheostat_server.store.intake import Coming, Intake, Outcome
from rheostat_server.store.ledger import Ledger
from rheostat_server.store.progress import Progress
from rheostat_server.store.runs import Stored
from rheostat_server.store.schema import chunks
from rheostat_server.store.writer import Ticket, Writer
from tests.server.running import flush, hello

__all__ = ["Bench", "begin"]


def begin(connection: Connection, ledger: Ledger, hello: Hello, now: float = 0.0) -> Admission:
    """Have one attempt say hello."""
    (admission,) = admit(connection, ledger, meet(connection, ledger, [hello], now))
    return admission


class Bench:
    """A writer with its ledger, runs let in, and what became of the flushes put."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.ledger = Ledger()
        self.writer = Writer(engine, self.ledger.save, self.ledger.forget)
        self.intake = Intake(self.writer, self.ledger)
        self.tickets: dict[str, Ticket] = {}
        self.fences: dict[str, int] = {}
        self.stands: dict[str, Progress | None] = {}
        self._newest: dict[str, int] = {}
        self.outcomes: list[tuple[str, int, Outcome]] = []

    def let_in(self, *runs: str) -> None:
        def job(connection: Connection) -> dict[str, int]:
            return {run: begin(connection, self.ledger, hello(run=run, writer="w")).fence for run in runs}

        self.fences |= self.writer.submit(job).result(20)
        self.tickets |= {run: Ticket() for run in runs}

    def put(self, run: str, seq: int, fence: int | None = None) -> None:
        def done(flush: Flush, outcome: Outcome) -> None:
            self.outcomes.append((run, flush.seq, outcome))
            if isinstance(outcome, Stored) and flush.seq == self._newest[run]:
                self.stands[run] = outcome.progress

        sent = flush(seq, 5 * (seq - 1), 5, ["backbone", "head"])
        held = self.fences[run] if fence is None else fence
        coming = Coming(sent, run, 1, "w", 0.0, held, self.tickets[run], done, self.stands.get(run))
        self.stands[run], self._newest[run] = coming.after, seq
        self.intake.put(coming)

    async def settled(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.outcomes) < count:
                await asyncio.sleep(0.005)

    def stored(self) -> dict[str, int]:
        query = select(chunks.c.run, func.count()).group_by(chunks.c.run)
        with self.engine.connect() as connection:
            return {run: int(count) for run, count in connection.execute(query)}
