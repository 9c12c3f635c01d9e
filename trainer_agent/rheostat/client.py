"""A client of the server in Python, for notebooks and scripts: whatever the page can do. Needs httpx.

    from rheostat.client import Client

    with Client() as dashboard:
        for run in dashboard.runs():
            print(run["id"], run["state"])
        dashboard.command("my-run", "scale", factor=0.5, for_steps=200)

Answers are the JSON of the API, as dicts; docs/server.md and ``/openapi.json`` describe it.
"""

from __future__ import annotations

import json
import os
import secrets
from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import quote

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from rheostat.agent.discover import DiscoveryError, data_dir, is_loopback_url, read

__all__ = ["Client", "ClientError", "find_server"]

Json = dict[str, Any]

_TIMEOUT_S = 60.0
_PIECE = 700_000
# What a command still may become; after any other state nothing more happens to it.
_OPEN = ("requested", "accepted", "scheduled")


class ClientError(Exception):
    """What was asked for cannot be done: one sentence. ``code`` is the API's, "" where it did not answer."""

    def __init__(self, message: str, code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def find_server(
    server: str | None = None,
    token: str | None = None,
    token_file: Path | None = None,
    folder: Path | None = None,
) -> tuple[str, str]:
    """Where the server is, and a token for it.

    The address: ``server``, else ``RHEOSTAT_SERVER``, else what the local server left in ``folder`` (the
    user's data folder). The token: ``token``, ``token_file``, else ``RHEOSTAT_TOKEN_FILE``, else the local
    server's own ``admin.token`` where the address is that server's, else ``RHEOSTAT_TOKEN``.

    Raises:
        ClientError: there is no server or no token, or the token would cross the network in the clear.
    """
    place = folder or data_dir()
    try:
        local = read(place / "server.json")
        url = (server or os.environ.get("RHEOSTAT_SERVER") or (local.url if local else "")).rstrip("/")
        if not url:
            raise ClientError(
                f"no server runs on {place}: start one with rheostat serve, or name it with --server"
            )
        url = url if "//" in url else f"http://{url}"
        loopback = is_loopback_url(url)
    except DiscoveryError as error:
        raise ClientError(str(error)) from None
    if url.startswith("http:") and not loopback and os.environ.get("RHEOSTAT_INSECURE") != "1":
        raise ClientError(
            f"the token would cross the network in the clear to {url}: use https://, "
            "or set RHEOSTAT_INSECURE=1 if this network is trusted"
        )
    file = token_file or (Path(named) if (named := os.environ.get("RHEOSTAT_TOKEN_FILE")) else None)
    if token is None and file is None and local is not None and local.url == url:
        file = place / "admin.token"
    try:
        secret = token or (
            file.read_text(encoding="ascii").strip() if file else os.environ.get("RHEOSTAT_TOKEN")
        )
    except (OSError, UnicodeDecodeError) as error:
        raise ClientError(f"cannot read the token in {file}: {error}") from None
    if not secret:
        raise ClientError(f"no token for {url}: give --token-file, or set RHEOSTAT_TOKEN_FILE")
    return url, secret


class Client:
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

    def runs(self, *, archived: bool = False) -> list[Json]:
        """All runs that are not archived (or all that are), the one started last first."""
        found: list[Json] = self._get("/api/runs", archived=archived)["runs"]
        return found

    def run(self, run: str) -> Json:
        """All about one run but its series and commands."""
        return self._get(_run(run))

    def series(
        self,
        run: str,
        metrics: Iterable[str],
        *,
        first: int | None = None,
        last: int | None = None,
        width: int = 1000,
    ) -> Json:
        """Series by name over the steps [first, last): each of ``width`` columns' least and greatest."""
        asked = {"metric": list(metrics), "from": first, "to": last, "width": width}
        found: Json = self._get(f"{_run(run)}/series", **asked)["series"]
        return found

    def compare(
        self, runs: Iterable[str], metrics: Iterable[str], *, axis: str = "step", width: int = 1000
    ) -> list[Json]:
        """Series of several runs on one axis: "step", or "time" in seconds from each run's first."""
        asked = {"run": list(runs), "metric": list(metrics), "axis": axis, "width": width}
        found: list[Json] = self._get("/api/compare", **asked)["runs"]
        return found

    def edit(self, run: str, **changes: Any) -> Json:
        """Change ``name``, ``notes``, ``tags`` or ``archived``."""
        return self._send("PATCH", _run(run), changes)

    def commands(self, run: str) -> list[Json]:
        """Every command of the run, oldest first, each with its whole life."""
        found: list[Json] = self._get(f"{_run(run)}/commands")["commands"]
        return found

    def command(self, run: str, kind: str, **fields: Any) -> Json:
        """Ask the job to change the lr: fields as in the API, as ``factor=0.5, for_steps=200``."""
        body = {"id": secrets.token_urlsafe(12), "kind": kind, **fields}
        return self._send("POST", f"{_run(run)}/commands", body)

    def foresee(self, run: str, kind: str, **fields: Any) -> Json:
        """What a command would do, without asking for it."""
        return self._send("POST", f"{_run(run)}/commands/preview", {"kind": kind, **fields})

    def outcome(self, run: str, command: Json, timeout: float) -> Json:
        """The record of a command once the job has applied or refused it, or after ``timeout`` seconds."""
        for message in self.live(run, timeout=timeout):
            record = message.get("command")
            if record and record["id"] == command["id"] and record["state"] not in _OPEN:
                return dict(record)
        return command

    def annotations(self, run: str) -> list[Json]:
        """What people wrote at steps of the run."""
        found: list[Json] = self._get(f"{_run(run)}/annotations")["annotations"]
        return found

    def annotate(self, run: str, text: str, step: int | None = None) -> Json:
        """Write at a step of the run, at the one it stands at by default."""
        return self._send("POST", f"{_run(run)}/annotations", {"text": text, "step": step})

    def schedule(self, run: str) -> Json:
        """The run's lr as it really was, as a schedule."""
        return self._get(f"{_run(run)}/schedule")

    def export(self, run: str, to: IO[bytes], format: str = "csv") -> None:
        """Write the run to a file: csv, json, html, parquet, tensorboard or schedule."""
        try:
            with self._http.stream("GET", f"{_run(run)}/export", params={"format": format}) as answer:
                if answer.is_error:
                    answer.read()
                    raise _refusal(answer)
                for piece in answer.iter_bytes():
                    to.write(piece)
        except httpx.HTTPError as error:
            raise self._lost(error) from None

    def import_file(self, path: Path, *, name: str | None = None, project: str = "imported") -> list[Json]:
        """Import a file of another tool, or a folder of TensorBoard's, as runs that have ended."""
        data, file = _content(path)
        upload, pieces = secrets.token_hex(8), max(1, -(-len(data) // _PIECE))
        answer: Json = {"runs": []}
        for piece in range(pieces):
            content = b64encode(data[piece * _PIECE : (piece + 1) * _PIECE]).decode()
            body = {"file": file, "content": content, "upload": upload, "piece": piece, "pieces": pieces}
            answer = self._send("POST", "/api/runs/import", {**body, "name": name, "project": project})
        found: list[Json] = answer["runs"]
        return found

    def schedules(self) -> list[Json]:
        """The latest version of every saved schedule."""
        found: list[Json] = self._get("/api/schedules/saved")["schedules"]
        return found

    def versions(self, name: str) -> list[Json]:
        """All versions of a saved schedule, newest first."""
        found: list[Json] = self._get(f"/api/schedules/saved/{quote(name, safe='')}")["versions"]
        return found

    def save(self, name: str, text: str, base_version: int | None = None) -> Json:
        """Save a text as the next version; refused if ``base_version`` is not the latest."""
        body = {"text": text, "base_version": base_version}
        return self._send("PUT", f"/api/schedules/saved/{quote(name, safe='')}", body)

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

    def _ask(self, method: str, path: str, **more: Any) -> Json:
        try:
            answer = self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            raise self._lost(error) from None
        if answer.is_error:
            raise _refusal(answer)
        return dict(answer.json())

    def _lost(self, error: httpx.HTTPError) -> ClientError:
        return ClientError(f"no server answers at {self.url}: {error}")


def _run(run: str) -> str:
    return f"/api/runs/{quote(run, safe='')}"


def _refusal(answer: httpx.Response) -> ClientError:
    try:
        problem = answer.json()["error"]
        where = f" ({problem['where']})" if problem["where"] else ""
        more = "".join(f"; {word}" for word in (problem["expected"], problem["suggestion"]) if word)
        return ClientError(f"{problem['message']}{where}{more}", problem["code"], answer.status_code)
    except (ValueError, KeyError, TypeError):
        return ClientError(f"the server answers {answer.status_code}", status=answer.status_code)


def _content(path: Path) -> tuple[bytes, str]:
    """A file's content and name; the event files of a folder one after the other."""
    try:
        if not path.is_dir():
            return path.read_bytes(), path.name
        files = sorted(path.glob("*tfevents*"))
        if not files:
            raise ClientError(f"{path} has no event files: expected names with tfevents")
        return b"".join(file.read_bytes() for file in files), path.absolute().name
    except OSError as error:
        raise ClientError(f"cannot read {path}: {error.strerror}") from None
