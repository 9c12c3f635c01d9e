"""``rheostat demo``, as a user starts and stops it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.processes import free_port, wait_for

pytestmark = pytest.mark.process


@contextmanager
def demo(folder: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], list[int], str]]:
    """A running demo: its process, the ids of the processes it started, and the link it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rheostat_server", "demo", "--no-open", "--port", str(port)],
        env={**os.environ, "RHEOSTAT_DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    children: list[int] = []
    link = None
    try:
        while link is None:
            line = process.stdout.readline()
            assert line, "the demo ended early"
            children += [int(pid) for pid in re.findall(r"pid (\d+)", line)]
            link = re.search(r"http://\S+code=\S+", line)
        yield process, children, link[0]
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(15)
        process.stdout.close()


def alive(pid: int) -> bool:
    """Whether the process still runs (a zombie does not)."""
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip() != "" and not listed.stdout.strip().startswith("Z")


def runs(client: httpx.Client) -> dict[str, Any]:
    """The rows of the run list by name."""
    return {run["name"]: run for run in client.get("/api/runs").json()["runs"]}


def both_past(client: httpx.Client, step: int) -> dict[str, Any] | None:
    """The rows, once both runs are live and past ``step``."""
    rows = runs(client)
    good = len(rows) == 2 and all(row["state"] == "live" and row["step"] > step for row in rows.values())
    return rows if good else None


def test_the_demo_shows_two_learning_runs_and_leaves_nothing_behind(tmp_path: Path) -> None:
    port = free_port()
    with demo(tmp_path / "data", port) as (process, children, link):
        assert len(children) == 3
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10.0) as client:
            assert client.get("/").status_code == 200
            client.post("/api/session", json={"code": link.split("code=")[1]}).raise_for_status()
            rows = wait_for("both runs moving", partial(both_past, client, 120), seconds=60)
        assert rows is not None
        assert set(rows) == {"characters", "digits"}
        for name, row in rows.items():
            losses = row["sparkline"]
            assert losses[-1] < 0.9 * losses[0], f"the loss of {name} does not fall"
        assert [group["name"] for group in rows["digits"]["groups"]] == ["backbone", "head"]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    wait_for("the end of every process", lambda: not any(alive(pid) for pid in children), seconds=5)


def test_no_process_outlives_a_demo_that_was_killed(tmp_path: Path) -> None:
    with demo(tmp_path / "data", free_port()) as (process, children, _):
        process.kill()
        process.wait(10)
        wait_for("the end of every process", lambda: not any(alive(pid) for pid in children), seconds=15)
