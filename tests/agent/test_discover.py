from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from rheostat.agent.discover import (
    Discovery,
    DiscoveryError,
    data_dir,
    discovery_file,
    find,
    read,
    websocket_url,
)

LOCAL = Discovery("http://127.0.0.1:7436", "agent-token", 42)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RHEOSTAT_SERVER", "RHEOSTAT_TOKEN", "RHEOSTAT_INSECURE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RHEOSTAT_DATA_DIR", str(tmp_path))


def leave(content: bytes | Discovery, mode: int = 0o600) -> Path:
    path = discovery_file()
    path.write_bytes(content if isinstance(content, bytes) else msgspec.json.encode(content))
    path.chmod(mode)
    return path


def test_data_dir_is_the_named_one_or_the_platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert data_dir() == tmp_path
    assert discovery_file() == tmp_path / "server.json"
    monkeypatch.delenv("RHEOSTAT_DATA_DIR")
    assert data_dir().name == "rheostat"
    assert data_dir().is_absolute()


def test_nothing_named_and_no_file_finds_nothing() -> None:
    assert find(None, None) is None
    assert read(discovery_file()) is None


def test_the_file_of_a_local_server_is_found_anew_each_time() -> None:
    leave(LOCAL)
    assert find(None, None) == LOCAL
    renewed = Discovery("http://127.0.0.1:9", "other", 43)
    leave(renewed)
    assert find(None, None) == renewed


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_others_may_touch_is_refused(mode: int) -> None:
    path = leave(LOCAL, mode)
    with pytest.raises(DiscoveryError, match="chmod 600"):
        read(path)


def test_a_file_of_another_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    path = leave(LOCAL)
    mine = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: mine + 1)
    with pytest.raises(DiscoveryError, match="another user"):
        read(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"url": 3, "agent_token": "x"}', b"\xff\xfe"])
def test_a_broken_file_is_refused_with_its_path(content: bytes) -> None:
    path = leave(content)
    with pytest.raises(DiscoveryError, match=r"server\.json"):
        read(path)


def test_arguments_win_over_environment_and_file(monkeypatch: pytest.MonkeyPatch) -> None:
    leave(LOCAL)
    monkeypatch.setenv("RHEOSTAT_SERVER", "https://env.example")
    monkeypatch.setenv("RHEOSTAT_TOKEN", "from-env")
    assert find(None, None) == Discovery("https://env.example", "from-env")
    assert find("https://arg.example", "mine") == Discovery("https://arg.example", "mine")


def test_a_local_address_takes_the_token_of_the_file() -> None:
    leave(LOCAL)
    assert find("http://localhost:7436", None) == Discovery("http://localhost:7436", "agent-token", 42)
    with pytest.raises(DiscoveryError, match="no token"):
        find("http://localhost:7437", None)
    with pytest.raises(DiscoveryError, match="no token"):
        find("https://far.example:7436", None)


def test_a_token_never_crosses_a_network_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("http://far.example:7436", "ws://10.0.0.7:7436", "far.example:7436"):
        with pytest.raises(DiscoveryError, match="in the clear"):
            find(url, "secret")
    assert find("http://127.0.0.1:1", "secret") is not None
    assert find("http://[::1]:1", "secret") is not None
    monkeypatch.setenv("RHEOSTAT_INSECURE", "1")
    assert find("http://far.example:7436", "secret") is not None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:7436", "ws://127.0.0.1:7436/ws/agent"),
        ("http://127.0.0.1:7436/", "ws://127.0.0.1:7436/ws/agent"),
        ("https://lab.example/rheostat", "wss://lab.example/rheostat/ws/agent"),
        ("ws://127.0.0.1:7436/ws/agent", "ws://127.0.0.1:7436/ws/agent"),
        ("localhost:7436", "ws://localhost:7436/ws/agent"),
    ],
)
def test_websocket_url(url: str, expected: str) -> None:
    assert websocket_url(url) == expected


@pytest.mark.parametrize("url", ["ftp://x", "http://", ""])
def test_no_address_is_refused(url: str) -> None:
    with pytest.raises(DiscoveryError, match="no address"):
        websocket_url(url)
