"""Start, watch and end the processes that the end-to-end tests are made of."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx

from tests.forks import fork

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

START_S = 90.0
_Found = TypeVar("_Found")


def wait_for(what: str, look: Callable[[], _Found], seconds: float = START_S) -> _Found:
    """The first true answer of ``look``; asks twenty times a second and fails after ``seconds``."""
    until = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        if time.monotonic() > until:
            raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.05)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Dashboard:
    """``rheostat serve`` as a process, on one data folder and one port for all its lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.command: tuple[str, ...] = (sys.executable, "-m", "rheostat_server")
        self.environment = {**os.environ, "RHEOSTAT_DATA_DIR": str(folder)}
        self._process: subprocess.Popen[bytes] | None = None
        self._client = httpx.Client(base_url=self.url, timeout=30.0)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the server and the connection to it."""
        self._client.close()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)

    def start(self) -> None:
        """Start the server and wait until it is healthy."""
        self._process = subprocess.Popen(
            [*self.command, "serve", "--port", str(self.port), "--no-open"],
            env=self.environment,
        )
        wait_for("a healthy server", self.healthy)

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None
        return self._process.pid

    def healthy(self) -> bool:
        """Whether it answers now; one that ended never will."""
        assert self._process is not None
        assert self._process.poll() is None, f"the server ended with status {self._process.returncode}"
        try:
            return bool(self._client.get("/healthz").json().get("status") == "ok")
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """Kill -9: no goodbye, no flush."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)

    def end(self) -> None:
        """End it in order, as before an upgrade."""
        assert self._process is not None
        self._process.terminate()
        assert self._process.wait(10) == 0

    def link(self) -> str:
        """A fresh one-time link that signs a browser in, as a user gets it."""
        told = subprocess.run(
            [sys.executable, "-m", "rheostat_server", "open", "--print"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return told.stdout.strip().splitlines()[-1]

    def admit(self, context: BrowserContext) -> None:
        """Sign a browser in with the one session of all that need no sign-in of their own."""
        self._sign_in()
        (found,) = (kept for kept in self._client.cookies.jar if "rheostat_session" in kept.name)
        context.add_cookies([{"name": found.name, "value": found.value or "", "url": self.url}])

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """What the API answers to a signed-in reader."""
        self._sign_in()
        answer = self._client.get(f"/api{path}", params=query)
        answer.raise_for_status()
        return dict(answer.json())

    def send(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What the API answers when its admin changes something."""
        self._sign_in()
        answer = self._client.request(method, f"/api{path}", json=body, headers={"X-Rheostat": "1"})
        answer.raise_for_status()
        return dict(answer.json())

    def _sign_in(self) -> None:
        if "rheostat_session" not in "".join(self._client.cookies.keys()):
            token = (self.folder / "admin.token").read_text().strip()
            made = self._client.post("/api/session/links", headers={"Authorization": f"Bearer {token}"})
            code = made.raise_for_status().json()["code"]
            self._client.post("/api/session", json={"code": code}).raise_for_status()


class Job:
    """The training process of ``tests/e2e/job.py`` and the record it keeps."""

    def __init__(self, dashboard: Dashboard, record: Path, *words: str) -> None:
        self.record = record
        self._process = fork(_train, str(record), *words, environment=dashboard.environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """Kill -9, if it still runs."""
        self._process.kill()
        self._process.join(10)

    def stop(self) -> list[dict[str, Any]]:
        """Ask it to end after its present step, wait, and return the record, one entry a step."""
        self.record.with_suffix(".stop").touch()
        return self.wait()

    def wait(self, seconds: float = 60.0) -> list[dict[str, Any]]:
        """Wait for its end and return the record."""
        self._process.join(seconds)
        assert self._process.exitcode == 0
        return self.entries()

    def entries(self) -> list[dict[str, Any]]:
        """What it has written so far, without a last line still being written."""
        text = self.record.read_text() if self.record.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def _train(*words: str) -> None:
    from tests.e2e.job import main  # it loads torch

    main(*words)
