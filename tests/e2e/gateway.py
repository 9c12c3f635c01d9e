"""A reverse proxy: one port that serves a dashboard under a path prefix, as nginx does for a lab's machine.

It passes on whole connections, so that websockets and streams go through as they are. What is asked outside
of the prefix is answered with 404 and written down: a page that asks for it would break behind a real proxy.
"""

from __future__ import annotations

import asyncio

from tests.relay import Relay

__all__ = ["Gateway"]

_NOTHING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Gateway(Relay):
    """Serves the dashboard of ``port`` under ``prefix``, which ``strips`` takes off what is passed on."""

    def __init__(self, port: int, prefix: str, *, strips: bool) -> None:
        super().__init__(port)
        self._prefix = prefix
        self._strips = strips
        self.strays: list[str] = []
        self.sockets = 0

    @property
    def url(self) -> str:
        """Where the dashboard is for whoever comes through here."""
        return f"http://127.0.0.1:{self.port}{self._prefix}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, or one websocket: then the connection ends, for the next has a path of its own."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            passed = self._passed(head)
            if passed is None:
                writer.write(_NOTHING)
                return
            far_reader, far = await asyncio.open_connection("127.0.0.1", self.far)
            try:
                far.write(passed.encode("latin-1"))
                sending = asyncio.create_task(_carry(reader, far))
                await _carry(far_reader, writer)
                sending.cancel()
            finally:
                far.transport.abort()
        except (OSError, asyncio.IncompleteReadError):
            pass

    def _passed(self, head: str) -> str | None:
        """The head of a request as the dashboard gets it, ``Host`` and all; None where it is not for it."""
        first, *fields = head.split("\r\n")
        method, path, version = first.split(" ")
        if path != self._prefix and not path.startswith(f"{self._prefix}/"):
            self.strays.append(path)
            return None
        if self._strips:
            path = path.removeprefix(self._prefix) or "/"
        names = {field.partition(":")[0].lower(): field for field in fields}
        if "upgrade" in names:
            self.sockets += 1
        else:
            fields = ["Connection: close", *(one for one in fields if one != names.get("connection"))]
        return "\r\n".join([f"{method} {path} {version}", *fields])


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
