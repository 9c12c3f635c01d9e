"""Sync: bring to a server all that the jobs of this user left on disk, without starting one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rheostat.agent.discover import Discovery, find
from rheostat.agent.keeper import spool_dir
from rheostat.agent.leftovers import Leftover, NotTaken, find_leftovers

__all__ = ["Brought", "sync"]


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of one attempt's rows: the steps stored, or why they were not."""

    run: str
    attempt: str
    steps: int
    failure: str


def sync(
    folder: Path | None = None, server: str | None = None, token: str | None = None
) -> Iterator[Brought]:
    """Bring every attempt in ``folder`` (default: this user's) whose process is gone to the server.

    What is stored is deleted there, what is refused stays. The server is found as `rheostat.attach` does.

    Raises:
        DiscoveryError: the server or its token cannot be used.
        ConnectionError: there is no server.
    """
    found = find(server, token)
    if found is None:
        raise ConnectionError("no server: start one with `rheostat serve`, or name it")
    for leftover in find_leftovers(folder or spool_dir()):
        yield asyncio.run(_bring(leftover, found))


async def _bring(leftover: Leftover, found: Discovery) -> Brought:
    hello = leftover.hello
    try:
        steps = await leftover.bring(found, lambda: False)
        leftover.remove()
        return Brought(hello.name, hello.attempt, steps, "")
    except (NotTaken, OSError, TimeoutError) as error:
        return Brought(hello.name, hello.attempt, 0, str(error) or type(error).__name__)
    finally:
        leftover.release()
