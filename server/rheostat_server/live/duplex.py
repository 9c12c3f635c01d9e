"""The two halves of a socket, one that reads and one that writes, for as long as both go on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

__all__ = ["duplex"]

_CLOSING_S = 5.0


async def duplex(read: Coroutine[object, object, None], write: Coroutine[object, object, None]) -> None:
    """Run both until one ends. A writer ends once it has closed: the other side gets a moment to answer."""
    tasks = [asyncio.create_task(read), asyncio.create_task(write)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[1].done():
            await asyncio.wait(tasks[:1], timeout=_CLOSING_S)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
