"""Where jobs are let in: those that come while others are being let in share the next commit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import Connection

from rheostat.wire import Refused
from rheostat_server.live.admission import Admitted, Greeting, admit
from rheostat_server.store.database import StoreError
from rheostat_server.store.ledger import Ledger

__all__ = ["Door"]

log = logging.getLogger("rheostat.agents")

Answer = Admitted | Refused
Write = Callable[[Callable[[Connection], list[Answer]]], Awaitable[list[Answer]]]

_MOST = 200
"""Jobs that are let in at once; the flushes of all others wait meanwhile."""


class Door:
    """Lets jobs in to the server ``me``, which holds their runs from then on. Lives on the event loop.

    ``write`` runs a job in the store's writer and waits until it is committed.
    """

    def __init__(self, write: Write, ledger: Ledger, me: str, clock: Callable[[], float]) -> None:
        self._write = write
        self._ledger = ledger
        self._me = me
        self._clock = clock
        self._waiting: list[tuple[Greeting, asyncio.Future[Answer]]] = []
        self._letting_in: asyncio.Task[None] | None = None

    async def enter(self, greeting: Greeting) -> Answer:
        """Let a job in, or say why it may not write.

        Raises:
            StoreError: it could not be stored.
        """
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((greeting, answer))
        if self._letting_in is None:
            self._letting_in = asyncio.create_task(self._let_in())
        return await answer

    async def _let_in(self) -> None:
        try:
            while group := self._next():
                await self._answer(group)
        finally:
            self._letting_in = None

    def _next(self) -> list[tuple[Greeting, asyncio.Future[Answer]]]:
        """Who comes next: in turn, at most one of a run, and none that has left."""
        group: dict[str, tuple[Greeting, asyncio.Future[Answer]]] = {}
        later = []
        for waiting in self._waiting:
            run = waiting[0].hello.run
            if waiting[1].done():
                continue
            if run in group or len(group) == _MOST:
                later.append(waiting)
            else:
                group[run] = waiting
        self._waiting = later
        return list(group.values())

    async def _answer(self, group: Sequence[tuple[Greeting, asyncio.Future[Answer]]]) -> None:
        greetings, now = [greeting for greeting, _ in group], self._clock()
        try:
            answers: Sequence[Answer | Exception] = await self._write(
                lambda connection: admit(connection, self._ledger, greetings, self._me, now)
            )
        except StoreError as error:
            answers = [error] * len(group)
        except Exception as error:
            if len(group) > 1:
                # One that cannot be taken must not keep out the others.
                for one in group:
                    await self._answer([one])
                return
            log.error("run %s cannot be let in", greetings[0].hello.run, exc_info=error)
            answers = [StoreError(f"not stored: {error}")]
        for (_, waiting), answer in zip(group, answers, strict=True):
            if waiting.done():
                continue
            if isinstance(answer, Exception):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)
