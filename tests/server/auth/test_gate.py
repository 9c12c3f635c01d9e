"""The gate before the app, over real HTTP and websockets."""

from __future__ import annotations

import contextlib
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from rheostat_server.auth.gate import MAX_BODY
from tests.server.running import Server


@pytest.fixture
def browser(server: Server) -> Iterator[httpx.Client]:
    with contextlib.closing(server.browser()) as client:
        yield client


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["error"]["code"])


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7436", "127.0.0.1.evil.example", "", "10.0.0.1"]
)
def test_a_foreign_host_is_refused_before_anything_else(server: Server, host: str) -> None:
    with server.client() as client:
        for path in ("/", "/healthz", "/api/runs", "/nothing"):
            assert code_of(client.get(path, headers={"Host": host})) == (400, "bad_host")
    with pytest.raises(InvalidStatus) as refused:
        server.socket("/ws/agent", "agent", headers={"Host": host})
    assert refused.value.response.status_code == 400, "two Host headers"


@pytest.mark.parametrize("path", ["/ws/agent", "/ws/live"])
def test_a_websocket_under_a_foreign_name_is_refused(server: Server, path: str) -> None:
    headers = {"Authorization": f"Bearer {server.token('agent')}"}
    with (
        socket.create_connection(("127.0.0.1", server.port)) as plain,
        pytest.raises(InvalidStatus) as refused,
        connect(f"ws://evil.example{path}", sock=plain, additional_headers=headers, proxy=None),
    ):
        pass
    assert refused.value.response.status_code == 400


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:99", "127.0.0.1", "[::1]:7436"])
def test_own_names_pass(server: Server, host: str) -> None:
    with server.client() as client:
        assert client.get("/api/runs", headers={"Host": host}).status_code == 200


def test_more_names_by_setting(tmp_path: Path) -> None:
    with Server(tmp_path, allowed_hosts="lab.example, other") as server, server.client() as client:
        assert client.get("/api/runs", headers={"Host": "lab.example:80"}).status_code == 200
        assert client.get("/api/runs", headers={"Host": "third"}).status_code == 400


def test_a_wildcard_bind_answers_to_addresses_but_not_to_names(tmp_path: Path) -> None:
    with Server(tmp_path, host="0.0.0.0") as server, server.client() as client:
        assert client.get("/api/runs", headers={"Host": "192.168.1.9:7436"}).status_code == 200
        assert client.get("/api/runs", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1", "file://", "http://["]
)
def test_a_foreign_origin_changes_nothing(server: Server, browser: httpx.Client, origin: str) -> None:
    answer = browser.post("/api/schedules/check", json={"text": "hold"}, headers={"Origin": origin})
    assert code_of(answer) == (403, "foreign_origin")
    signed = browser.post("/api/session", json={"token": "x"}, headers={"Origin": origin})
    assert code_of(signed) == (403, "foreign_origin")
    for role in ("admin", None):
        with pytest.raises(InvalidStatus) as refused:
            server.socket("/ws/live", role, headers=cookie(browser), origin=origin)
        assert refused.value.response.status_code == 403


def cookie(browser: httpx.Client) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}


def test_the_own_origin_passes(server: Server, browser: httpx.Client) -> None:
    answer = browser.post("/api/schedules/check", json={"text": "hold"}, headers={"Origin": server.url})
    assert answer.status_code == 200
    server.socket("/ws/live", None, headers=cookie(browser), origin=server.url).close()


def test_a_websocket_with_a_cookie_needs_an_origin(server: Server, browser: httpx.Client) -> None:
    with pytest.raises(InvalidStatus) as refused:
        server.socket("/ws/live", None, headers=cookie(browser))
    assert refused.value.response.status_code == 403
    server.socket("/ws/live", "admin").close()


def test_a_change_with_a_cookie_needs_the_mark(browser: httpx.Client) -> None:
    del browser.headers["X-Rheostat"]
    answer = browser.post("/api/schedules/check", json={"text": "hold"})
    assert code_of(answer) == (403, "not_marked")
    assert browser.get("/api/runs").status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_json_only(browser: httpx.Client, kind: str) -> None:
    answer = browser.post("/api/schedules/check", content='{"text": "hold"}', headers={"Content-Type": kind})
    assert code_of(answer) == (415, "not_json")


def test_a_body_over_the_limit(server: Server) -> None:
    headers = {"Content-Type": "application/json"}

    def endless() -> Iterator[bytes]:
        for _ in range(MAX_BODY // 1000 + 5):
            yield b" " * 1000

    with server.client() as client:
        big = client.post("/api/schedules/check", content=b" " * (MAX_BODY + 1), headers=headers)
        assert code_of(big) == (413, "too_large")
        chunked = client.post("/api/schedules/check", content=endless(), headers=headers)
        assert code_of(chunked) == (413, "too_large")


@pytest.mark.parametrize("path", ["/", "/api/runs", "/nothing", "/healthz"])
def test_every_answer_carries_the_headers(server: Server, path: str) -> None:
    with server.client(None) as client:
        headers = client.get(path).headers
    assert "script-src 'self';" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "server" not in headers


def test_a_code_signs_in_once(server: Server) -> None:
    code = server.dashboard.codes.mint(server.dashboard.clock())
    with server.client(None) as client:
        answer = client.post("/api/session", json={"code": code})
        assert answer.json()["role"] == "admin"
        set_cookie = answer.headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=strict", "Path=/"):
            assert part in set_cookie
        assert code_of(client.post("/api/session", json={"code": code})) == (403, "not_marked")
    with server.client(None) as client:
        assert code_of(client.post("/api/session", json={"code": code})) == (401, "bad_sign_in")


def test_a_token_signs_in_but_not_an_agents(server: Server) -> None:
    with server.client(None) as client:
        assert code_of(client.post("/api/session", json={"token": server.token("agent")})) == (
            401,
            "bad_sign_in",
        )
        answer = client.post("/api/session", json={"token": server.token("admin")})
        assert answer.json()["name"] == "admin"
        assert client.get("/api/session").json()["role"] == "admin"


def test_failed_sign_ins_are_limited(server: Server) -> None:
    with server.client(None) as client:
        for _ in range(5):
            assert client.post("/api/session", json={"code": "guess"}).status_code == 401
        slow = client.post("/api/session", json={"token": server.token("admin")})
        assert code_of(slow) == (429, "too_many")
        assert 0 < int(slow.headers["Retry-After"]) <= 60


def test_a_session_survives_a_restart_and_no_secret_is_stored(tmp_path: Path) -> None:
    with Server(tmp_path) as server, contextlib.closing(server.browser()) as browser:
        value = next(iter(browser.cookies.values()))
        secrets = [value, server.token("agent"), server.token("admin")]
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("rheostat.sqlite3*"))
    assert not [secret for secret in secrets if secret.encode() in stored]
    with Server(tmp_path) as server, server.client(None) as client:
        assert [server.token("agent"), server.token("admin")] == secrets[1:]
        name = server.dashboard.cookie
        assert client.get("/api/session", headers={"Cookie": f"{name}={value}"}).status_code == 200
        assert client.get("/api/session", headers={"Authorization": f"Bearer {value}"}).status_code == 401
        assert client.get("/api/session", headers={"Cookie": f"{name}={secrets[2]}"}).status_code == 401


def test_the_files_are_the_owners_alone(server: Server) -> None:
    folder = server.settings.data_dir
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for role in ("agent", "admin"):
        assert stat.S_IMODE((folder / f"{role}.token").stat().st_mode) == 0o600


def test_a_lost_token_file_makes_a_new_token(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        old = server.token("admin")
    (tmp_path / "admin.token").unlink()
    with Server(tmp_path) as server, server.client() as client:
        assert server.token("admin") != old
        assert client.get("/api/runs").status_code == 200
        stale: Any = {"Authorization": f"Bearer {old}"}
        assert client.get("/api/runs", headers=stale).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/assets/../../models.py", 404, "not_found"),
        ("GET", "/assets/%2e%2e/%2e%2e/models.py", 404, "not_found"),
        ("DELETE", "/api/runs", 405, "method_not_allowed"),
        ("GET", "/docs", 404, "not_found"),
        ("GET", "/runs/", 404, "not_found"),
    ],
)
def test_unknown_addresses_have_the_one_error_shape(
    server: Server, method: str, path: str, status: int, code: str
) -> None:
    with server.client() as client:
        answer = client.request(method, path)
    assert code_of(answer) == (status, code)
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(("path", "kind"), [("/nothing", "text/html"), ("/api/nothing", "application/json")])
def test_a_person_on_a_dead_link_gets_the_page_and_a_404(server: Server, path: str, kind: str) -> None:
    with server.client() as client:
        answer = client.get(path, headers={"Accept": "text/html,*/*"})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith(kind)


def test_broken_json_and_wrong_fields(server: Server) -> None:
    with server.client() as client:
        headers = {"Content-Type": "application/json"}
        assert code_of(client.post("/api/schedules/check", content="{", headers=headers)) == (400, "bad_json")
        wrong = client.post("/api/schedules/check", json={"text": 5})
        assert code_of(wrong) == (422, "invalid")
        assert wrong.json()["error"]["where"] == "body.text"


def test_a_mistake_of_the_server_shows_no_traceback(server: Server) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    server.dashboard.book.summaries = broken  # type: ignore[method-assign,assignment]
    with server.client() as client:
        answer = client.get("/api/runs")
    assert code_of(answer) == (500, "internal")
    assert "secret" not in answer.text


def test_a_store_that_fails_is_a_503(server: Server) -> None:
    server.dashboard.engine.dispose()
    database = server.settings.data_dir / "rheostat.sqlite3"
    with server.agent():
        server.dashboard.engine.dispose()
        for path in server.settings.data_dir.glob("rheostat.sqlite3*"):
            path.rename(path.with_name(path.name + ".gone"))
        database.mkdir()
        with server.client() as client:
            assert code_of(client.get("/api/runs/r1/commands")) == (503, "store")
            assert client.get("/healthz").status_code == 503
            assert client.get("/api/runs").status_code == 200
