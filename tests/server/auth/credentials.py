"""One credential of every kind, made the way people make them, for a running server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from rheostat_server.auth.tokens import Token, digest_of, keep
from tests.server.running import Server

__all__ = ["Credential", "credentials", "make", "share"]


@dataclass(frozen=True)
class Credential:
    """Headers to send, and what they must be good for: ``role`` None is nobody."""

    name: str
    headers: dict[str, str]
    role: str | None = None
    project: str | None = None
    run: str | None = None


def make(server: Server, role: str, project: str | None = None, **more: Any) -> str:
    """A token from the API, in clear."""
    with server.client() as admin:
        body = {"name": f"{role} of {project}", "role": role, "project": project, **more}
        return str(admin.post("/api/tokens", json=body).raise_for_status().json()["token"])


def share(server: Server, run: str) -> str:
    """The code in a fresh link to ``run``."""
    with server.client() as admin:
        made = admin.post(f"/api/runs/{run}/shares", json={}).raise_for_status().json()
    return str(made["url"]).partition("?code=")[2]


def signed_in(server: Server, **proof: str) -> dict[str, str]:
    """The cookie for a code or a token."""
    with httpx.Client(base_url=server.url) as client:
        client.post("/api/session", json=proof).raise_for_status()
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}


def expired(server: Server) -> str:
    """A token of an admin that has run out a second ago."""
    now = server.dashboard.clock()
    token = Token(digest_of("stale"), "token", "admin", "stale", now - 60, now - 1, id="stale")
    with server.dashboard.engine.begin() as connection:
        keep(connection, token)
    server.dashboard.tokens.add(token)
    return "stale"


def revoked(server: Server) -> str:
    """A token of an admin that was taken back."""
    with server.client() as admin:
        body = {"name": "gone", "role": "admin"}
        made = admin.post("/api/tokens", json=body).raise_for_status().json()
        admin.delete(f"/api/tokens/{made['info']['id']}").raise_for_status()
    return str(made["token"])


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def credentials(server: Server) -> list[Credential]:
    """Every kind. Run ``r1`` of project ``demo`` and ``r2`` of ``other`` must be there."""
    cookie = server.dashboard.cookie
    code = server.dashboard.codes.mint(server.dashboard.clock())
    link, session = share(server, "r1"), signed_in(server, token=make(server, "viewer"))
    viewer, agent = make(server, "viewer"), make(server, "agent", "demo")
    return [
        Credential("nobody", {}),
        Credential("a stranger", bearer("x" * 43)),
        Credential("expired", bearer(expired(server))),
        Credential("revoked", bearer(revoked(server))),
        Credential("a token as a cookie", {"Cookie": f"{cookie}={viewer}"}),
        Credential("an agent's token as a cookie", {"Cookie": f"{cookie}={agent}"}),
        Credential("a session as a token", bearer(session["Cookie"].partition("=")[2])),
        Credential("the code of a link as a token", bearer(link)),
        Credential("the code of a link as a cookie", {"Cookie": f"{cookie}={link}"}),
        Credential("viewer", bearer(viewer), "viewer"),
        Credential("operator", bearer(make(server, "operator")), "operator"),
        Credential("admin", bearer(make(server, "admin")), "admin"),
        Credential("own admin", bearer(server.token("admin")), "admin"),
        Credential("own agent", bearer(server.token("agent")), "agent"),
        Credential("agent of demo", bearer(agent), "agent", "demo"),
        Credential("agent of other", bearer(make(server, "agent", "other")), "agent", "other"),
        Credential("viewer of demo", bearer(make(server, "viewer", "demo")), "viewer", "demo"),
        Credential("viewer of other", bearer(make(server, "viewer", "other")), "viewer", "other"),
        Credential("operator of demo", bearer(make(server, "operator", "demo")), "operator", "demo"),
        Credential("operator of other", bearer(make(server, "operator", "other")), "operator", "other"),
        Credential("owner's cookie", signed_in(server, code=code), "admin"),
        Credential("viewer's cookie", session, "viewer"),
        Credential(
            "cookie of demo", signed_in(server, token=make(server, "operator", "demo")), "operator", "demo"
        ),
        Credential("link to r1", signed_in(server, code=link), "viewer", run="r1"),
        Credential("link to r2", signed_in(server, code=share(server, "r2")), "viewer", run="r2"),
    ]
