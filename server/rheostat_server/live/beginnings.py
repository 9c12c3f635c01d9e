"""What a viewer gets first: read and encoded once for all who begin to watch a run at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from rheostat_server.live.encode import points_message
from rheostat_server.models import LiveCommand
from rheostat_server.store.commands import list_of
from rheostat_server.store.points import read_after

__all__ = ["Beginning", "Beginnings"]

_CATCH_UP_STEPS = 20_000
_COMMANDS = 50


@dataclass(frozen=True, slots=True)
class Beginning:
    """The newest commands by id, and the points up to ``cursor``: None where the viewer must fetch anew."""

    commands: tuple[tuple[str, bytes], ...]
    cursor: int | None
    points: bytes | None


class Beginnings:
    """Reads beginnings, by the run and the cursor a viewer has.

    Who asks while a read of the same is under way waits for the next one, together with all who ask until
    that begins: the one under way may have seen the store before they were told what is new.
    """

    def __init__(self, read: Callable[[Callable[[Connection], Beginning]], Beginning]) -> None:
        self._read = read
        self._next: dict[tuple[str, int], asyncio.Task[Beginning]] = {}
        self._last: dict[tuple[str, int], asyncio.Task[Beginning]] = {}

    async def get(self, run: str, cursor: int) -> Beginning:
        """The beginning for a viewer that has seen up to ``cursor``, read after this call.

        Raises:
            StoreError: the store could not be read.
        """
        key = run, cursor
        task = self._next.get(key)
        if task is None:
            task = self._next[key] = asyncio.create_task(self._after(key, self._last.get(key)))
            task.add_done_callback(partial(self._done, key))
        # Who leaves must not end what others wait for.
        return await asyncio.shield(task)

    async def _after(self, key: tuple[str, int], before: asyncio.Task[Beginning] | None) -> Beginning:
        if before is not None:
            await asyncio.wait([before])
        self._last[key] = self._next.pop(key)
        return await run_in_threadpool(self._read, partial(_begin, *key))

    def _done(self, key: tuple[str, int], task: asyncio.Task[Beginning]) -> None:
        for kept in (self._next, self._last):
            if kept.get(key) is task:
                del kept[key]
        if not task.cancelled():
            task.exception()  # all who waited may have left


def _begin(run: str, cursor: int, connection: Connection) -> Beginning:
    found = read_after(connection, run, cursor, _CATCH_UP_STEPS)
    commands = tuple(
        (
            record.id,
            LiveCommand.model_construct(type="command", run=run, command=record).model_dump_json().encode(),
        )
        for record in list_of(connection, run)[0][-_COMMANDS:]
    )
    if found is None:
        return Beginning(commands, None, None)
    reached, series = found
    return Beginning(commands, reached, points_message(run, cursor, reached, series) if series else None)
