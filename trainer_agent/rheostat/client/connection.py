"""The wire to a server: requests, what it streams, its live messages, and its refusals as one error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from rheostat.client.reach import ClientError, find_server

__all__ = ["Connection", "Json"]

Json = dict[str, Any]

_TIMEOUT_S = 60.0


class Connection:
    """A server, and who asks. Use it as a context manager, or `close` it. Every call raises ClientError."""

    def __init__(
        self,
        server: str | None = None,
        *,
        token: str | None = None,
        token_file: Path | None = None,
        folder: Path | None = None,
    ) -> None:
        """Find the server as `find_server` says; nothing is sent yet."""
        self.url, self._token = find_server(server, token, token_file, folder)
        headers = {"Authorization": f"Bearer {self._token}"}
        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def live(self, *runs: str, timeout: float | None = None) -> Iterator[Json]:
        """The messages of the live websocket while watching ``runs``; ends after ``timeout`` s of silence."""
        url = self.url.replace("http", "ws", 1) + "/ws/live"
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            with connect(url, additional_headers=headers, max_size=None) as socket:
                for run in runs:
                    socket.send(json.dumps({"type": "watch", "run": run, "cursor": 0}))
                while True:
                    yield json.loads(socket.recv(timeout))
        except TimeoutError:
            return
        except (OSError, WebSocketException) as error:
            raise ClientError(f"the server at {self.url} is gone: {error}") from None

    def _get(self, path: str, **query: Any) -> Json:
        asked = {name: value for name, value in query.items() if value is not None}
        return self._ask("GET", path, params=asked)

    def _send(self, method: str, path: str, body: Json) -> Json:
        return self._ask(method, path, json=body)

    def _delete(self, path: str) -> None:
        self._ask("DELETE", path)

    def _ask(self, method: str, path: str, **more: Any) -> Json:
        try:
            answer = self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            raise self._lost(error) from None
        if answer.is_error:
            raise _refusal(answer)
        return dict(answer.json()) if answer.content else {}

    def _download(self, path: str, to: IO[bytes], **query: str) -> None:
        try:
            with self._http.stream("GET", path, params=query) as answer:
                if answer.is_error:
                    answer.read()
                    raise _refusal(answer)
                for piece in answer.iter_bytes():
                    to.write(piece)
        except httpx.HTTPError as error:
            raise self._lost(error) from None

    def _lost(self, error: httpx.HTTPError) -> ClientError:
        return ClientError(f"no server answers at {self.url}: {error}")


def _refusal(answer: httpx.Response) -> ClientError:
    try:
        problem = answer.json()["error"]
        where = f" ({problem['where']})" if problem["where"] else ""
        more = "".join(f"; {word}" for word in (problem["expected"], problem["suggestion"]) if word)
        return ClientError(f"{problem['message']}{where}{more}", problem["code"], answer.status_code)
    except (ValueError, KeyError, TypeError):
        return ClientError(f"the server answers {answer.status_code}", status=answer.status_code)
