"""A token that is no longer good: its sockets close in time, and no message passes meanwhile."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import delete
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from rheostat.control.command import CommandReport
from rheostat.wire import Beat, Bye, Refused, Report, decode_from_server, encode
from rheostat_server.store.schema import tokens
from tests.server.auth.credentials import bearer, make
from tests.server.running import Agent, Server, Viewer, flush, hello

REVOKED_S = 5.0
GROUPS = ["backbone", "head"]


def agent_of(server: Server, token: str, **fields: Any) -> Agent:
    return Agent(server.socket("/ws/agent", None, headers=bearer(token)), hello(**fields))


def closing(connection: ClientConnection) -> tuple[float, int]:
    """Seconds until the server closes, and its code."""
    began = time.monotonic()
    try:
        while True:
            connection.recv(REVOKED_S)
    except ConnectionClosed as closed:
        return time.monotonic() - began, closed.rcvd.code if closed.rcvd is not None else 0


def revoke(server: Server, name: str) -> None:
    with server.client() as admin:
        found = next(t for t in admin.get("/api/tokens").json()["tokens"] if t["name"] == name)
        admin.delete(f"/api/tokens/{found['id']}").raise_for_status()


def revoke_elsewhere(server: Server, name: str) -> None:
    """As another server on the same database does it."""
    with server.dashboard.engine.begin() as connection:
        connection.execute(delete(tokens).where(tokens.c.name == name))


def expire(server: Server, name: str) -> None:
    now = server.dashboard.clock
    server.dashboard.clock = lambda: now() + 366 * 86_400.0


@pytest.mark.parametrize("end", [revoke, revoke_elsewhere, expire])
def test_the_sockets_close_within_five_seconds(server: Server, end: Any) -> None:
    agent = agent_of(server, make(server, "agent", "demo"))
    agent.begin()
    viewer = Viewer(server.socket("/ws/live", None, headers=bearer(make(server, "viewer", "demo"))))
    for name, connection, code in (
        ("agent of demo", agent.connection, 1008),
        ("viewer of demo", viewer.connection, 4401),
    ):
        end(server, name)
        took, closed = closing(connection)
        assert (took < REVOKED_S, closed) == (True, code), name


@pytest.mark.parametrize(
    "message",
    [
        flush(1, 0, 5, GROUPS),
        Beat(step=1, clock=0.0),
        Report(seq=1, report=CommandReport(id="c", state="accepted", at=0.0)),
        Bye(state="finished", step=1, last_seq=0),
    ],
    ids=["flush", "beat", "report", "bye"],
)
def test_each_message_is_judged_anew(server: Server, message: Any) -> None:
    """Even where closing the sockets failed, nothing of a revoked token counts."""
    server.dashboard.sockets.shut = lambda digests: None  # type: ignore[method-assign]
    agent = agent_of(server, make(server, "agent", "demo"))
    agent.begin()
    revoke(server, "agent of demo")
    agent.connection.send(encode(message))
    refused = decode_from_server(agent.connection.recv(REVOKED_S))  # type: ignore[arg-type]
    assert isinstance(refused, Refused)
    assert (refused.code, refused.retry) == ("forbidden", False)
    closing(agent.connection)
    with server.client() as admin:
        found = admin.get("/api/runs/r1").json()
    assert (found["step"], found["state"] in ("live", "silent")) == (0, True)


def test_each_wish_of_a_browser_is_judged_anew(server: Server) -> None:
    server.dashboard.sockets.shut = lambda digests: None  # type: ignore[method-assign]
    with server.agent():
        viewer = Viewer(server.socket("/ws/live", None, headers=bearer(make(server, "viewer"))))
        revoke(server, "viewer of None")
        viewer.say({"type": "watch", "run": "r1", "cursor": 0})
        assert closing(viewer.connection)[1] == 4401


def test_an_agent_writes_its_own_project_only(server: Server) -> None:
    token = make(server, "agent", "demo")
    with server.agent(run="theirs", project="other") as bystander:
        for fields in (
            {"run": "new", "project": "other"},
            {"run": "theirs", "project": "other"},
            # A run that is there keeps its project: naming one's own does not take it over.
            {"run": "theirs", "project": "demo"},
        ):
            agent = agent_of(server, token, restart=9, attempt="a9", **fields)
            agent.connection.send(encode(agent.hello))
            refused = decode_from_server(agent.connection.recv(REVOKED_S))  # type: ignore[arg-type]
            assert isinstance(refused, Refused)
            assert (refused.code, refused.retry) == ("forbidden", False)
            assert closing(agent.connection)[1] == 1008
        bystander.steps(0, 3)
    mine = agent_of(server, token, run="mine")
    mine.begin()
    mine.steps(0, 3)
    with server.client() as admin:
        runs = {run["id"]: run["project"] for run in admin.get("/api/runs").json()["runs"]}
    assert runs == {"theirs": "other", "mine": "demo"}


def test_a_token_holds_so_many_sockets_and_no_more(server: Server) -> None:
    limited = make(server, "viewer", connections=3)
    usual = make(server, "agent", "demo")
    for path, token, most in (("/ws/live", limited, 3), ("/ws/agent", usual, 20)):
        held = [server.socket(path, None, headers=bearer(token)) for _ in range(most)]
        with pytest.raises(InvalidStatus) as refused:
            server.socket(path, None, headers=bearer(token))
        assert refused.value.response.status_code == 429
        assert b"too_many_connections" in (refused.value.response.body or b"")
        assert refused.value.response.headers["Retry-After"] == "10"
        held.pop().close()
        until = time.monotonic() + REVOKED_S
        while True:
            try:
                held.append(server.socket(path, None, headers=bearer(token)))
                break
            except InvalidStatus:
                assert time.monotonic() < until, "a closed socket still counts"
        for connection in held:
            connection.close()
