"""Commands to jobs: to the server that holds the job's socket, which is often this one."""

from __future__ import annotations

import logging
from collections.abc import Callable

from rheostat_server.bus import Bus, BusError, NobodyThereError, Subscription, subject
from rheostat_server.models import CommandRecord

__all__ = ["Switchboard"]

log = logging.getLogger("rheostat.bus")

Deliver = Callable[[CommandRecord], None]
_ANSWER_S = 2.0


class Switchboard:
    """Who can be reached here, and the way to all others.

    A job is reached under its run and fence: a connection that was taken over since never hears what is
    meant for the one that took over.
    """

    def __init__(self) -> None:
        self._bus: Bus | None = None
        self._here: dict[tuple[str, int], Deliver] = {}
        self._subscriptions: dict[tuple[str, int], Subscription] = {}

    async def use(self, bus: Bus) -> None:
        """Reach other servers, and be reached by them, over ``bus``."""
        self._bus = bus
        for key in list(self._here):
            await self._respond(key)

    async def connect(self, run: str, fence: int, deliver: Deliver) -> None:
        """The job of ``run`` is connected here: hand its commands to ``deliver``."""
        self._here[run, fence] = deliver
        if self._bus is not None:
            await self._respond((run, fence))

    async def disconnect(self, run: str, fence: int) -> None:
        """It is no more."""
        if self._here.pop((run, fence), None) is None:
            return
        subscription = self._subscriptions.pop((run, fence), None)
        if subscription is not None:
            await subscription.end()

    async def deliver(self, record: CommandRecord, fence: int) -> None:
        """Hand a recorded command to the job.

        Raises:
            NobodyThereError: no server holds the job's socket under ``fence``.
            BusError: whether it was handed over is unknown.
        """
        here = self._here.get((record.run, fence))
        if here is not None:
            here(record)
        elif self._bus is None:
            raise NobodyThereError(f"the job of run {record.run!r} is not connected")
        else:
            data = record.model_dump_json().encode()
            await self._bus.request(_subject((record.run, fence)), data, _ANSWER_S)

    async def _respond(self, key: tuple[str, int]) -> None:
        assert self._bus is not None

        async def answer(data: bytes) -> bytes:
            self._here[key](CommandRecord.model_validate_json(data))
            return b""

        try:
            subscription = await self._bus.respond(_subject(key), answer)
        except BusError as error:
            # Others reach this job through the database then, a second later.
            log.warning("run %s cannot be reached over the bus: %s", key[0], error)
            return
        if key in self._here:
            self._subscriptions[key] = subscription
        else:
            await subscription.end()


def _subject(key: tuple[str, int]) -> str:
    return subject("agent", key[0], str(key[1]))
