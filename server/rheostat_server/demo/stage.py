"""The demo's processes: a server (unless one of this user already runs) and the training jobs."""

from __future__ import annotations

import json
import os
import socket
import subprocess  # nosec B404 # our own interpreter, no shell
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from types import TracebackType

from rheostat.agent.discover import Discovery, DiscoveryError, discovery_file, read
from rheostat_server.settings import Settings

START_S = 30.0
STOP_S = 10.0
JOBS = {"characters": "rheostat_server.demo.characters", "digits": "rheostat_server.demo.digits"}


class StageError(RuntimeError):
    """The demo cannot go on; the message says why and what to do."""


class Stage:
    """Starts the processes on entering, stops every one of them on leaving, in whatever way that happens.

    ``port``: the dashboard's port; None takes the usual one, or any free one if that is taken.
    ``steps``: length of each run. ``say``: takes each line of progress.
    """

    def __init__(self, *, port: int | None, steps: int, say: Callable[[str], None]) -> None:
        self._port = port
        self._steps = steps
        self._say = say
        self._server: subprocess.Popen[bytes] | None = None
        self._jobs: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Stage:
        try:
            if find_running() is None:
                self._start_server()
            for name, module in JOBS.items():
                self._jobs[name] = _spawn(module, "--steps", str(self._steps))
                self._say(f"training    {name} (pid {self._jobs[name].pid})")
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._say("stopping")
        self._stop()

    def open(self) -> str:
        """A one-time link to the running dashboard.

        Raises:
            StageError: the server is gone.
        """
        from rheostat.client import Client, ClientError  # noqa: PLC0415 - only once the server runs

        found = find_running()
        if found is None:
            raise StageError("the server is gone")
        try:
            with Client(found.url, token_file=Settings().data_dir / "admin.token") as client:
                return str(client.link()["url"])
        except ClientError as fault:
            raise StageError(f"the server gives no link: {fault}") from fault

    def watch(self) -> None:
        """Stay until Ctrl-C, and say how each job ends.

        Raises:
            StageError: the server ended by itself.
        """
        told: set[str] = set()
        while True:
            for name, job in self._jobs.items():
                code = job.poll()
                if code is not None and name not in told:
                    told.add(name)
                    self._say(f"{name}: " + ("finished" if code == 0 else f"ended with status {code}"))
                    if len(told) == len(self._jobs):
                        self._say("all runs have ended; the dashboard stays until Ctrl-C")
            if self._server is not None and (code := self._server.poll()) is not None:
                raise StageError(f"the server ended with status {code}")
            time.sleep(0.2)

    def _start_server(self) -> None:
        port = self._port or _free_port(Settings().port)
        self._server = _spawn("rheostat_server", "serve", "--port", str(port), "--no-open")
        self._say(f"server      http://127.0.0.1:{port} (pid {self._server.pid})")
        until = time.monotonic() + START_S
        while find_running() is None:
            if (code := self._server.poll()) is not None:
                raise StageError(f"the server ended with status {code} while starting")
            if time.monotonic() > until:
                raise StageError(f"the server did not answer within {START_S:.0f} s")
            time.sleep(0.05)

    def _stop(self) -> None:
        # Jobs first, so that their last flush and their farewell still find the server.
        _end(list(self._jobs.values()))
        if self._server is not None:
            _end([self._server])


def find_running() -> Discovery | None:
    """The server of this user that answers now, if any.

    Raises:
        StageError: the file that names it cannot be trusted.
    """
    try:
        found = read(discovery_file())
    except DiscoveryError as fault:
        raise StageError(str(fault)) from fault
    if found is None:
        return None
    try:
        with urllib.request.urlopen(f"{found.url}/healthz", timeout=2.0) as answer:  # noqa: S310 # nosec B310 # our file
            healthy = json.load(answer).get("status") == "ok"
    except (OSError, ValueError, urllib.error.URLError):
        return None
    return found if healthy else None


def _spawn(module: str, *words: str) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches only the demo, which then stops the others in order.
    return subprocess.Popen(  # noqa: S603 # nosec B603 # our own modules
        [sys.executable, "-m", "rheostat_server.demo.tether", module, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + STOP_S
    for process in processes:
        try:
            process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StageError("no free port on 127.0.0.1")
