"""The servers of other tools, each with one series in it, as processes of the Python that has them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.e2e.processes import free_port

__all__ = ["PEERS", "PYTHON", "Peer", "serving"]

PYTHON = os.environ.get("RHEOSTAT_PEERS", sys.executable)
"""The Python of an environment with tensorboard, trackio and aim."""

_FILL_TENSORBOARD = """
import sys, numpy
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.event_file_writer import EventFileWriter
writer = EventFileWriter("logs")
for step, loss in enumerate(numpy.load(sys.argv[1]).tolist()):
    value = Summary(value=[Summary.Value(tag="loss", simple_value=loss)])
    writer.add_event(Event(wall_time=1.7e9 + 0.01 * step, step=step, summary=value))
writer.close()
"""
_FILL_TRACKIO = """
import sys, numpy
from trackio.sqlite_storage import SQLiteStorage
losses, size = numpy.load(sys.argv[1]).tolist(), 10_000
for at in range(0, len(losses), size):
    rows = [{"loss": loss} for loss in losses[at : at + size]]
    SQLiteStorage.bulk_log("bench", "r", rows, steps=list(range(at, at + len(rows))))
"""
_FILL_AIM = """
import sys, aim, numpy
run = aim.Run(repo=".", system_tracking_interval=None, log_system_params=False)
for step, loss in enumerate(numpy.load(sys.argv[1]).tolist()):
    run.track(loss, name="loss", step=step)
run.close()
print(run.hash)
"""


@dataclass(frozen=True)
class Peer:
    """One tool: how to fill its store, serve it on ``{port}``, and ask for the series once.

    ``ask`` takes a client and what the filling printed, and gives how many points came.
    """

    package: str
    fill: str
    serve: tuple[str, ...]
    ask: Callable[[httpx.Client, str], int]


def _tensorboard(client: httpx.Client, _: str) -> int:
    answer = client.get("/data/plugin/scalars/scalars", params={"run": ".", "tag": "loss"})
    return len(answer.raise_for_status().json())


def _trackio(client: httpx.Client, _: str) -> int:
    body = {"project": "bench", "run": "r", "metric_name": "loss", "max_points": 2000}
    return len(client.post("/api/get_metric_values", json=body).raise_for_status().json()["data"])


def _trackio_whole(client: httpx.Client, _: str) -> int:
    body = {"project": "bench", "run": "r", "metric_name": "loss"}
    return len(client.post("/api/get_metric_values", json=body).raise_for_status().json()["data"])


def _aim(client: httpx.Client, run: str) -> int:
    body = [{"name": "loss", "context": {}}]
    answer = client.post(f"/api/runs/{run}/metric/get-batch/", json=body).raise_for_status().json()
    return len(answer[0]["values"])


_SHOW_TRACKIO = "import trackio; trackio.show(project='bench', open_browser=False, server_port={port})"

_AIM = "from aim.cli.cli import cli_entry_point; cli_entry_point()"

PEERS: dict[str, Peer] = {
    "TensorBoard (a random 1,000)": Peer(
        "tensorboard",
        _FILL_TENSORBOARD,
        ("-m", "tensorboard.main", "--logdir", "logs", "--port", "{port}", "--bind_all"),
        _tensorboard,
    ),
    "trackio (2,000 points)": Peer("trackio", _FILL_TRACKIO, ("-c", _SHOW_TRACKIO), _trackio),
    "trackio (every point)": Peer("trackio", _FILL_TRACKIO, ("-c", _SHOW_TRACKIO), _trackio_whole),
    "aim (200 points)": Peer(
        "aim", _FILL_AIM, ("-c", _AIM, "up", "--port", "{port}", "--repo", ".", "-y"), _aim
    ),
}


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TRACKIO_DIR": str(folder / "trackio"), "PYTHONPATH": "", "HF_HUB_OFFLINE": "1"}


def fill(peer: Peer, folder: Path, losses: Path) -> str:
    """Put the losses, a file of numpy's, into the peer's own store in ``folder``; what that printed.

    A folder that was filled before is left as it is.
    """
    note = folder / "told"
    if not note.exists():
        shutil.rmtree(folder, ignore_errors=True)  # of a filling that was cut short
        folder.mkdir(parents=True)
        filled = subprocess.run(
            [PYTHON, "-c", peer.fill, str(losses.absolute())],
            cwd=folder,
            env=_environment(folder),
            check=True,
            capture_output=True,
            text=True,
        )
        note.write_text(filled.stdout.strip().rpartition("\n")[2])
    return note.read_text()


@contextlib.contextmanager
def serving(peer: Peer, folder: Path, told: str) -> Iterator[Callable[[], int]]:
    """A call that asks the peer's server on ``folder`` once; ready when the whole series has been loaded."""
    port = free_port()
    words = [word.replace("{port}", str(port)) for word in peer.serve]
    process = subprocess.Popen(
        [PYTHON, *words],
        cwd=folder,
        env=_environment(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120.0) as client:
            yield _ready(lambda: peer.ask(client, told), process)
    finally:
        # Some start processes of their own.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _ready(ask: Callable[[], int], process: subprocess.Popen[bytes]) -> Callable[[], int]:
    """Wait until the server answers with as many points twice, a second apart."""
    until, before = time.monotonic() + 120.0, -1
    while time.monotonic() < until and process.poll() is None:
        try:
            found = ask()
        except (httpx.HTTPError, LookupError, ValueError):
            found = -1
        if found > 0 and found == before:
            return ask
        before = found
        time.sleep(1.0)
    raise TimeoutError("the server did not answer")
