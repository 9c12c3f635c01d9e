"""``rheostat serve`` and ``rheostat open`` as processes: starting, refusing, stopping."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from rheostat import __version__
from rheostat.agent.discover import read
from rheostat.wire import Ack, decode_from_server, encode
from tests.server.running import flush, hello, wait_for

pytestmark = pytest.mark.process

RHEOSTAT = [sys.executable, "-m", "rheostat_server"]


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RHEOSTAT_DATA_DIR": str(folder)}
    return subprocess.run(
        [*RHEOSTAT, *words], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "RHEOSTAT_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [*RHEOSTAT, "serve", "--port", "0", *words], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        wait_for(lambda: _told(folder, process.pid) or process.poll() is not None)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=30)


def test_it_tells_where_it_is_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        found = read(tmp_path / "server.json")
        assert found is not None
        assert found.pid == process.pid
        assert stat.S_IMODE((tmp_path / "server.json").stat().st_mode) == 0o600
        assert process.stdout is not None
        link = process.stdout.readline().split()[-1]
        assert link.startswith(f"{found.url}/?code=")
        with httpx.Client(base_url=found.url) as browser:
            code = link.partition("code=")[2]
            assert browser.post("/api/session", json={"code": code}).json()["role"] == "admin"
            fresh = run("open", "--print", folder=tmp_path)
            assert fresh.stdout.startswith(f"{found.url}/?code=")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert not (tmp_path / "server.json").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_though_sockets_are_open(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as process:
        found = read(tmp_path / "server.json")
        assert found is not None
        url = found.url.replace("http", "ws")
        headers = {"Authorization": f"Bearer {(tmp_path / 'admin.token').read_text().strip()}"}
        agent = {"Authorization": f"Bearer {found.agent_token}"}
        wait_for(lambda: _up(found.url))
        with (
            connect(f"{url}/ws/live", additional_headers=headers, proxy=None),
            connect(f"{url}/ws/agent", additional_headers=agent, proxy=None),
        ):
            process.send_signal(number)
            assert process.wait(10) == 0
    assert not (tmp_path / "server.json").exists()


def _told(folder: Path, pid: int) -> bool:
    found = read(folder / "server.json")
    return found is not None and found.pid == pid


def _up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port), folder=tmp_path)
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("serve", "--port", "0", folder=tmp_path / "file" / "store")
    assert done.returncode == 2
    assert "cannot write to the data folder" in done.stderr
    assert "--data-dir" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "rheostat.sqlite3").write_bytes(b"not a database, but long enough to look at" * 100)
    done = run("serve", "--port", "0", folder=tmp_path)
    assert done.returncode == 2
    assert "cannot use the database" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_two_servers_on_one_folder(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        done = run("serve", "--port", "0", folder=tmp_path)
        assert done.returncode == 2
        assert "another server uses the data folder" in done.stderr
        assert first.poll() is None
        assert read(tmp_path / "server.json") is not None


def test_a_bad_setting_is_named(tmp_path: Path) -> None:
    done = run("serve", "--port", "99999", folder=tmp_path)
    assert done.returncode == 2
    assert "--port is 99999" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_no_server_to_open(tmp_path: Path) -> None:
    done = run("open", "--print", folder=tmp_path)
    assert done.returncode == 2
    assert "no server runs on" in done.stderr
    assert "rheostat serve" in done.stderr


def test_a_file_left_by_a_dead_server(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        process.kill()
        process.wait(10)
    done = run("open", "--print", folder=tmp_path)
    assert done.returncode == 2
    assert "no server answers at" in done.stderr


def test_a_wide_bind_says_what_it_exposes(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "0.0.0.0") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        process.send_signal(signal.SIGTERM)
        process.wait(10)
    assert "Listening on 0.0.0.0" in lines[2]
    assert "not encrypted" in lines[3]


def test_version_and_help(tmp_path: Path) -> None:
    assert run("--version", folder=tmp_path).stdout.strip() == f"rheostat {__version__}"
    assert run(folder=tmp_path).returncode == 2
    assert "serve" in run("--help", folder=tmp_path).stdout


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    script = (
        "import sys, importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'fastapi' else find(name, *more)\n"
        "from rheostat_server.cli import main\n"
        "code = main(['serve'])\n"
        "assert not {'fastapi', 'uvicorn', 'sqlalchemy', 'pydantic'} & set(sys.modules)\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "pip install 'rheostat[server]'" in done.stderr


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        found = read(tmp_path / "server.json")
        assert found is not None
        wait_for(lambda: _up(found.url))
        headers = {"Authorization": f"Bearer {found.agent_token}"}
        url = found.url.replace("http", "ws") + "/ws/agent"
        acked = 0
        with connect(url, additional_headers=headers, proxy=None) as agent:
            agent.send(encode(hello()))
            agent.recv()
            for seq in range(1, 400):
                agent.send(encode(flush(seq, 10 * seq, 10, ["backbone", "head"])))
            acked = _last_ack(agent.recv(10))
            process.kill()
            process.wait(10)
    with serving(tmp_path):
        again = read(tmp_path / "server.json")
        assert again is not None
        wait_for(lambda: _up(again.url))
        admin = {"Authorization": f"Bearer {(tmp_path / 'admin.token').read_text().strip()}"}
        answer = httpx.get(
            f"{again.url}/api/runs/r1/series", params={"metric": "loss", "width": 8000}, headers=admin
        )
        steps = answer.json()["series"]["loss"]["x"]
    assert acked >= 1
    assert steps == list(range(10, 10 + len(steps)))
    assert len(steps) >= 10 * acked


def _last_ack(frame: str | bytes) -> int:
    assert isinstance(frame, bytes)
    message = decode_from_server(frame)
    assert isinstance(message, Ack)
    return message.seq
