"""The table of routes: complete, and what roles and reaches mean."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute, Route

from rheostat_server.app import create_app
from rheostat_server.auth.roles import RULES, Access, Principal, Role, Rule, find, may, reaches, sees
from rheostat_server.settings import Settings


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


def test_a_path_names_its_run() -> None:
    assert find("GET", "/api/runs/r 1/series").run == "r 1"
    assert find("DELETE", "/api/runs/r1/shares/s").run == "r1"
    assert find("GET", "/api/runs").run is None


def test_what_says_no_reach_is_for_those_who_reach_everything() -> None:
    assert Rule("GET", "/new", "viewer").reach == "all"
    everything = Principal("viewer", "v", "d", "bearer")
    project = Principal("viewer", "v", "d", "bearer", project="p")
    run = Principal("viewer", "v", "d", "bearer", run="r")
    for reach, passing in (("all", 1), ("project", 2), ("run", 3)):
        assert [reaches(p, reach) for p in (everything, project, run)] == [at < passing for at in range(3)]  # type: ignore[arg-type]
    assert [sees(p, "r", "p") for p in (everything, project, run)] == [True] * 3
    assert [sees(p, "x", "q") for p in (everything, project, run)] == [True, False, False]
    assert [sees(p, "x", None) for p in (everything, project, run)] == [True, False, False]


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
