"""The table of routes: complete, and the whole matrix of roles over real HTTP."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute, Route
from websockets.exceptions import InvalidStatus

from rheostat_server.app import create_app
from rheostat_server.auth.roles import RULES, Access, Role, find, may
from rheostat_server.auth.tokens import Token, digest_of
from rheostat_server.settings import Settings
from tests.server.running import Server


def routes_of(routes: list[BaseRoute]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for route in routes:
        if isinstance(route, APIWebSocketRoute):
            found.add(("WS", route.path))
        elif isinstance(route, APIRoute | Route):
            found |= {(method, route.path) for method in (route.methods or ()) if method != "HEAD"}
        else:
            # Newer FastAPI keeps an included router as one route.
            inner = getattr(getattr(route, "original_router", route), "routes", None)
            assert inner, f"a route of an unknown kind: {route!r}"
            found |= routes_of(inner)
    return found


def test_every_route_is_listed_and_nothing_else(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path))
    try:
        assert routes_of(app.routes) == {(rule.method, rule.path) for rule in RULES}
    finally:
        app.state.dashboard.close()


def test_what_is_not_listed_does_not_exist() -> None:
    assert find("GET", "/api/secret").rule is None
    assert find("GET", "/api/secret").methods == ()
    assert find("PATCH", "/api/runs").rule is None
    assert find("PATCH", "/api/runs").methods == ("GET",)
    assert find("GET", "/ws/agent").rule is None
    assert find("GET", "/api/runs/a/b").rule is None


@pytest.mark.parametrize(
    ("method", "path", "listed"),
    [
        ("GET", "/api/schedules/saved", "/api/schedules/saved"),
        ("HEAD", "/api/runs/r1", "/api/runs/{run}"),
        ("GET", "/assets/a/b.js", "/assets/{path:path}"),
        ("POST", "/api/runs/r1/commands/preview", "/api/runs/{run}/commands/preview"),
    ],
)
def test_paths_find_their_rule(method: str, path: str, listed: str) -> None:
    rule = find(method, path).rule
    assert rule is not None
    assert rule.path == listed


def test_roles_contain_each_other_but_agents_are_apart() -> None:
    every: tuple[Access, ...] = ("public", "agent", "viewer", "operator", "admin")
    allowed: dict[Role, set[Access]] = {
        "agent": {"public", "agent"},
        "viewer": {"public", "viewer"},
        "operator": {"public", "viewer", "operator"},
        "admin": {"public", "viewer", "operator", "admin"},
    }
    for role, access in product(allowed, every):
        assert may(role, access) == (access in allowed[role]), (role, access)


def tokens(server: Server) -> dict[str, str | None]:
    made: dict[str, str | None] = {"nobody": None, "stranger": "x" * 43}
    for role in ("viewer", "operator"):
        made[role] = f"{role}-secret"
        token = Token(digest_of(f"{role}-secret"), "file", role, role, 0.0, None)
        server.dashboard.tokens.add(token)
    return made | {role: server.token(role) for role in ("agent", "admin")}


def test_the_whole_matrix_over_http(server: Server) -> None:
    """Every route with every credential: refused exactly where the table says so."""
    with server.agent(), server.client(None) as client:
        for (who, token), rule in product(tokens(server).items(), RULES):
            headers = {"X-Rheostat": "1"} | ({} if token is None else {"Authorization": f"Bearer {token}"})
            path = rule.path.replace("{run}", "r1").replace("{name}", "n").replace("{path:path}", "x.js")
            known = who not in ("nobody", "stranger")
            granted = rule.access == "public" or (known and may(who, rule.access))  # type: ignore[arg-type]
            if rule.method == "WS":
                status = upgrade(server, path, headers)
            else:
                body: dict[str, Any] = {} if rule.method == "GET" else {"json": {}}
                status = client.request(rule.method, path, headers=headers, **body).status_code
            if rule.path == "/api/session" and rule.method == "POST":
                assert status == 422, "an empty sign-in reaches the endpoint"
            elif granted:
                assert status not in (401, 403), (who, rule)
            else:
                assert status == (403 if known else 401), (who, rule, status)


def upgrade(server: Server, path: str, headers: dict[str, str]) -> int:
    """The status a websocket handshake ends with."""
    try:
        connection = server.socket(path, None, headers=headers)
    except InvalidStatus as refused:
        json.loads(refused.response.body or b"")["error"]["code"]
        return refused.response.status_code
    connection.close()
    return 101
