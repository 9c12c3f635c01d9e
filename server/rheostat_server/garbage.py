"""When Python looks for garbage: seldom while flushes wait for their commit, and after connections ended."""

from __future__ import annotations

import gc

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Swept", "look_seldom"]

_THRESHOLDS = (20_000, 20, 20)
"""Thousands of flushes wait for their commit, and are none."""
_ENDED = 512
"""So many ended connections leave about 3 MB, in cycles that these thresholds let lie by the ten thousand."""


def look_seldom() -> None:
    """What is there now stays: it need not be looked through over and over."""
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)


class Swept:
    """ASGI middleware: looks for garbage once so many websockets have ended."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._ended = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        try:
            await self._app(scope, receive, send)
        finally:
            if scope["type"] == "websocket":
                self._ended += 1
                if self._ended % _ENDED == 0:
                    gc.collect()
