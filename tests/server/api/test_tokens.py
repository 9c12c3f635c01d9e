"""Tokens over HTTP: shown once, hashed in the store, replaced, revoked, void in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.server.running import Server


def make(server: Server, **body: Any) -> dict[str, Any]:
    with server.client() as admin:
        given = {"name": "laptop", "role": "viewer", **body}
        return dict(admin.post("/api/tokens", json=given).raise_for_status().json())


def status(server: Server, token: str, path: str = "/api/runs") -> int:
    with server.client(None) as client:
        return client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_is_shown_once_and_stored_as_a_digest(server: Server) -> None:
    made = make(server, project="demo", role="operator")
    assert len(made["token"]) >= 43, "256 bits"
    assert status(server, made["token"]) == 200
    with server.client() as admin:
        listed = admin.get("/api/tokens")
    assert made["token"] not in listed.text
    mine = next(info for info in listed.json()["tokens"] if info["id"] == made["info"]["id"])
    assert (mine["name"], mine["role"], mine["project"], mine["open"]) == ("laptop", "operator", "demo", 0)
    assert {"agent", "admin"} <= {info["id"] for info in listed.json()["tokens"]}
    stored = b"".join(path.read_bytes() for path in server.settings.data_dir.glob("rheostat.sqlite3*"))
    assert made["token"].encode() not in stored


def test_a_token_survives_a_restart_and_its_revocation_too(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        kept, gone = make(server), make(server)
        with server.client() as admin:
            assert admin.delete(f"/api/tokens/{gone['info']['id']}").status_code == 204
    with Server(tmp_path) as server:
        assert (status(server, kept["token"]), status(server, gone["token"])) == (200, 401)


def test_rotating_voids_the_old_secret_and_what_came_from_it(server: Server) -> None:
    made = make(server)
    with server.client(None) as browser:
        browser.post("/api/session", json={"token": made["token"]}).raise_for_status()
        assert browser.get("/api/runs").status_code == 200
        with server.client() as admin:
            fresh = admin.post(f"/api/tokens/{made['info']['id']}/rotate", json={}).json()
        assert browser.get("/api/runs").status_code == 401
    assert fresh["token"] != made["token"]
    assert fresh["info"]["id"] == made["info"]["id"]
    assert (status(server, made["token"]), status(server, fresh["token"])) == (401, 200)


def test_a_session_ends_with_the_token_it_came_from(server: Server) -> None:
    made = make(server, days=1)
    with server.client(None) as browser:
        browser.post("/api/session", json={"token": made["token"]}).raise_for_status()
        now = server.dashboard.clock
        server.dashboard.clock = lambda: now() + 86_401
        assert browser.get("/api/runs").status_code == 401
        assert status(server, made["token"]) == 401


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"role": "agent"}, "body.project"),
        ({"role": "admin", "project": "demo"}, "body.project"),
        ({"role": "root"}, "body.role"),
        ({"name": ""}, "body.name"),
        ({"name": "a\nb"}, "body.name"),
        ({"days": 0}, "body.days"),
        ({"days": 1e9}, "body.days"),
        ({"connections": 0}, "body.connections"),
        ({"project": ""}, "body.project"),
    ],
)
def test_what_makes_no_sense_is_named(server: Server, body: dict[str, Any], where: str) -> None:
    with server.client() as admin:
        answer = admin.post("/api/tokens", json={"name": "x", "role": "viewer", **body})
    assert answer.status_code == 422
    assert answer.json()["error"]["where"].startswith(where)


def test_the_servers_own_tokens_are_replaced_by_their_files(server: Server) -> None:
    with server.client() as admin:
        for answer in (admin.delete("/api/tokens/agent"), admin.post("/api/tokens/admin/rotate", json={})):
            assert answer.status_code == 409
            assert ".token" in answer.json()["error"]["suggestion"]
        assert admin.delete("/api/tokens/nothing").status_code == 404
