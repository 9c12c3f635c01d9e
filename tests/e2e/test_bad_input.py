"""Every kind of bad input gets its clear answer, and the server goes on as if nothing had happened."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.e2e.processes import Dashboard, Job, wait_for

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """One server for all: no bad input may harm what comes after it."""
    with Dashboard(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def job(dashboard: Dashboard, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Job]:
    """One job that every command is for."""
    with Job(dashboard, tmp_path_factory.mktemp("job") / "record.jsonl") as running:
        yield running


@pytest.fixture
def admin(dashboard: Dashboard) -> Iterator[httpx.Client]:
    """A signed-in client; afterwards the server must still be well."""
    with httpx.Client(base_url=dashboard.url, headers=bearer(dashboard, "admin")) as client:
        yield client
    assert dashboard.healthy()


def bearer(dashboard: Dashboard, who: str) -> dict[str, str]:
    """The header that shows one of the tokens which the server left in its data folder."""
    token = (dashboard.folder / f"{who}.token").read_text().strip()
    return {"Authorization": f"Bearer {token}"}


def test_three_mistakes_in_a_schedule_are_shown_where_they_are(admin: httpx.Client) -> None:
    text = "linear 0 > 1x for 5%\ncosin -> 0 for 3%\nhold for 3 parsecs"
    answer = admin.post("/api/schedules/check", json={"text": text}).json()
    assert not answer["ok"]
    assert answer["formatted"] is None
    arrow, shape, unit = answer["diagnostics"]
    assert (arrow["line"], arrow["column"], arrow["length"], arrow["replacement"]) == (1, 10, 1, "->")
    assert (shape["line"], shape["column"], shape["length"], shape["replacement"]) == (2, 1, 5, "cosine")
    assert (unit["line"], unit["column"], unit["length"]) == (3, 12, 7)
    assert "cosin" in shape["message"]
    assert "parsecs" in unit["message"]
    assert all(fault["suggestion"] for fault in answer["diagnostics"])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('{"kind": "hold", "value": NaN}', "value"),
        ('{"kind": "hold", "value": -1e-3}', "value"),
        ('{"kind": "scale", "factor": -2}', "factor"),
        ('{"kind": "hold"}', "value"),
        ('{"kind": "explode"}', "kind"),
        ("not json", "JSON"),
    ],
)
def test_a_command_without_sense_is_refused_at_the_door(
    admin: httpx.Client, job: Job, body: str, says: str
) -> None:
    run = live_run(admin)
    answer = admin.post(
        f"/api/runs/{run}/commands", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 409, 422)
    error = answer.json()["error"]
    assert says in error["message"] + error["where"] + error["expected"]


def test_an_lr_of_1e9_is_refused_by_the_job_itself(admin: httpx.Client, job: Job) -> None:
    run = live_run(admin)
    sent = admin.post(f"/api/runs/{run}/commands", json={"kind": "hold", "value": 1e9, "confirmed": True})
    assert sent.status_code in (200, 201, 202), sent.text

    def refused() -> dict[str, str] | None:
        commands = admin.get(f"/api/runs/{run}/commands").json()["commands"]
        return next((c["events"][-1] for c in commands if c["state"] == "rejected"), None)

    event = wait_for("the agent's refusal", refused)
    assert event is not None
    assert "1e+09" in event["message"] or "1e9" in event["message"]
    then = len(job.entries())
    wait_for("steps after it", lambda: len(job.entries()) > then + 20)
    record = job.entries()
    assert all(entry["used"] == entry["plan"] for entry in record)


def live_run(admin: httpx.Client) -> str:
    """The id of the live run, once there is one."""

    def look() -> str | None:
        runs = admin.get("/api/runs").json()["runs"]
        return next((run["id"] for run in runs if run["state"] == "live"), None)

    found = wait_for("a live run", look)
    assert found is not None
    return found


def closing(socket: ClientConnection) -> tuple[int, str]:
    """Read on until the server closes, and say with which code and reason."""

    def read_on() -> None:
        while True:
            socket.recv(timeout=10)

    with pytest.raises(ConnectionClosed) as closed:
        read_on()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


@pytest.mark.parametrize("frame", [b"\xc1 not MessagePack", b"", b"\x81\xa4type\xa5hello", "text, not bytes"])
def test_a_malformed_frame_from_an_agent_closes_that_socket_with_a_reason(
    dashboard: Dashboard, admin: httpx.Client, frame: bytes | str
) -> None:
    address = f"ws://127.0.0.1:{dashboard.port}/ws/agent"
    with connect(address, additional_headers=bearer(dashboard, "agent")) as socket:
        socket.send(frame)
        code, reason = closing(socket)
    assert code in (1003, 1007, 1008)
    assert reason


def test_a_malformed_frame_from_a_browser_is_answered_with_a_problem(
    dashboard: Dashboard, admin: httpx.Client
) -> None:
    address = f"ws://127.0.0.1:{dashboard.port}/ws/live"
    with connect(address, additional_headers=bearer(dashboard, "admin")) as socket:
        assert '"hello"' in str(socket.recv(timeout=10))
        socket.send("{ not json")
        told = ""
        while '"problem"' not in told:
            told = str(socket.recv(timeout=10))
        assert "JSON" in told


@pytest.mark.parametrize("path", ["/ws/live", "/ws/agent"])
def test_a_foreign_origin_is_refused_on_the_websockets(dashboard: Dashboard, path: str) -> None:
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(
            f"ws://127.0.0.1:{dashboard.port}{path}",
            origin=Origin("https://evil.example"),
            additional_headers=bearer(dashboard, "admin"),
        ),
    ):
        pass
    assert refused.value.response.status_code == 403
    assert dashboard.healthy()


def test_a_foreign_host_is_refused_before_anything_else(dashboard: Dashboard) -> None:
    answer = httpx.get(f"{dashboard.url}/api/runs", headers={"Host": "evil.example"})
    assert answer.status_code in {400, 421}
    assert "evil.example" in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/api/runs", "/api/session", "/api/schedules/language"])
def test_a_missing_token_is_named(dashboard: Dashboard, path: str) -> None:
    answer = httpx.get(f"{dashboard.url}{path}")
    assert answer.status_code == 401
    assert "rheostat open" in answer.json()["error"]["suggestion"]


def test_an_agents_token_does_not_turn_the_dial(dashboard: Dashboard) -> None:
    answer = httpx.get(f"{dashboard.url}/api/runs", headers=bearer(dashboard, "agent"))
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/ws/live", "/ws/agent"])
def test_a_websocket_without_a_token_is_refused(dashboard: Dashboard, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(f"ws://127.0.0.1:{dashboard.port}{path}"):
        pass
    assert refused.value.response.status_code in (401, 403)


def serve(folder: Path | str, port: int) -> subprocess.CompletedProcess[str]:
    """Run ``rheostat serve`` where it cannot start."""
    return subprocess.run(
        [sys.executable, "-m", "rheostat_server", "serve", "--port", str(port), "--no-open"],
        env={**os.environ, "RHEOSTAT_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_port_in_use_is_one_clear_sentence(dashboard: Dashboard, tmp_path: Path) -> None:
    done = serve(tmp_path / "other", dashboard.port)
    assert done.returncode == 2
    assert str(dashboard.port) in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr
    assert dashboard.healthy()


def test_an_unwritable_data_folder_is_one_clear_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    done = serve(blocked / "data", 0)
    assert done.returncode == 2
    assert str(blocked / "data") in done.stderr
    assert "Traceback" not in done.stderr
