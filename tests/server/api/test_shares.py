"""Links that share a run: one run, read-only, for a time, until revoked."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.server.running import Server, Viewer


def make(server: Server, run: str = "r1", **body: Any) -> dict[str, Any]:
    with server.client() as admin:
        return dict(admin.post(f"/api/runs/{run}/shares", json=body).raise_for_status().json())


@contextlib.contextmanager
def guest(server: Server, made: dict[str, Any]) -> Iterator[httpx.Client]:
    """A browser that followed the link as the page does: the code is exchanged for a cookie."""
    code = made["url"].partition("?code=")[2]
    with httpx.Client(base_url=server.url, headers={"X-Rheostat": "1"}) as client:
        client.post("/api/session", json={"code": code}).raise_for_status()
        yield client


def test_a_link_leads_to_the_run_and_reads_it(server: Server) -> None:
    with server.agent(run="r 1") as agent, server.agent(run="r2"):
        agent.steps(0, 10)
        made = make(server, "r 1")
        address = urlsplit(made["url"])
        assert (address.path, len(address.query) > 32) == ("/runs/r%201", True)
        with guest(server, made) as browser:
            who = browser.get("/api/session").json()
            assert (who["role"], who["name"], who["run"]) == ("viewer", "guest", "r 1")
            for path in ("", "/series?metric=loss", "/plan", "/export", "/commands"):
                assert browser.get(f"/api/runs/r 1{path}").status_code == 200, path
            assert [run["id"] for run in browser.get("/api/runs").json()["runs"]] == ["r 1"]


def test_many_may_follow_a_link_but_its_code_is_no_token(server: Server) -> None:
    with server.agent():
        made = make(server)
        with guest(server, made), guest(server, made) as second:
            assert second.get("/api/runs/r1").status_code == 200
        code = made["url"].partition("?code=")[2]
        with server.client(None) as client:
            for headers in (
                {"Authorization": f"Bearer {code}"},
                {"Cookie": f"{server.dashboard.cookie}={code}"},
            ):
                assert client.get("/api/runs/r1", headers=headers).status_code == 401
            assert client.post("/api/session", json={"token": code}).status_code == 401


def live(server: Server, browser: httpx.Client) -> Viewer:
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return Viewer(server.socket("/ws/live", None, headers={"Cookie": cookie}, origin=server.url))


def test_the_live_socket_of_a_guest_knows_one_run(server: Server) -> None:
    with server.agent() as agent, server.agent(run="r2") as other, guest(server, make(server)) as browser:
        with live(server, browser) as viewer:
            viewer.say({"type": "watch", "run": "r2", "cursor": 0})
            assert viewer.next("problem")["error"]["code"] == "out_of_reach"
            viewer.say({"type": "watch", "run": "r1", "cursor": 0})
            other.steps(0, 5)
            agent.steps(0, 5)
            seen = [viewer.receive() for _ in range(2)]
        runs = {message["run"]["id"] if message["type"] == "run" else message["run"] for message in seen}
        assert runs == {"r1"}


def test_revoking_a_link_ends_what_came_through_it(server: Server) -> None:
    with server.agent(), server.client() as admin:
        made, kept = make(server), make(server)
        with guest(server, made) as browser, guest(server, kept) as other, live(server, browser) as viewer:
            listed = admin.get("/api/runs/r1/shares").json()["shares"]
            assert [share["id"] for share in listed] == [made["share"]["id"], kept["share"]["id"]]
            assert admin.delete(f"/api/runs/r1/shares/{made['share']['id']}").status_code == 204
            with pytest.raises(ConnectionClosed) as closed:
                viewer.next("nothing")
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4401
            assert browser.get("/api/runs/r1").status_code == 401
            assert other.get("/api/runs/r1").status_code == 200
        assert admin.delete(f"/api/runs/r1/shares/{made['share']['id']}").status_code == 404


def test_a_link_and_its_sessions_run_out(server: Server) -> None:
    with server.agent(), guest(server, make(server, days=2)) as browser:
        now = server.dashboard.clock
        server.dashboard.clock = lambda: now() + 2 * 86_400 + 1
        assert browser.get("/api/runs/r1").status_code == 401
        with server.client() as admin:
            assert admin.get("/api/runs/r1/shares").json() == {"shares": []}


def test_a_link_takes_nothing_from_who_is_signed_in(server: Server) -> None:
    with server.agent(), contextlib.closing(server.browser()) as browser:
        code = make(server)["url"].partition("?code=")[2]
        assert browser.post("/api/session", json={"code": code}).json()["role"] == "admin"
        assert browser.get("/api/session").json()["role"] == "admin"


def test_a_deleted_run_takes_its_links_along(server: Server) -> None:
    with server.agent():
        made = make(server)
    with guest(server, made) as browser, server.client() as admin:
        admin.patch("/api/runs/r1", json={"archived": True}).raise_for_status()
        admin.delete("/api/runs/r1").raise_for_status()
        # A run of the same name made later must not be shown by an old link.
        with server.agent():
            assert browser.get("/api/runs/r1").status_code == 401
