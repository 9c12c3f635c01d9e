"""The audit log: who changed what; two operators at once are both in it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.server.running import Server


def entries(server: Server, **query: Any) -> list[dict[str, Any]]:
    with server.client() as admin:
        found: list[dict[str, Any]] = (
            admin.get("/api/audit", params=query).raise_for_status().json()["entries"]
        )
        return found


def operator(server: Server, name: str) -> httpx.Client:
    with server.client() as admin:
        made = admin.post("/api/tokens", json={"name": name, "role": "operator"}).raise_for_status().json()
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {made['token']}"}, timeout=15)


def test_tokens_and_links(server: Server) -> None:
    with server.agent(), server.client() as admin:
        made = admin.post("/api/tokens", json={"name": "wall", "role": "viewer", "days": 3}).json()
        token = made["info"]["id"]
        fresh = admin.post(f"/api/tokens/{token}/rotate", json={}).json()
        assert admin.delete(f"/api/tokens/{token}").status_code == 204
        share = admin.post("/api/runs/r1/shares", json={"days": 2}).json()
        assert admin.delete(f"/api/runs/r1/shares/{share['share']['id']}").status_code == 204
        log = admin.get("/api/audit")
    found = log.json()["entries"]
    assert [entry["what"] for entry in found] == [
        "share.revoke",
        "share.make",
        "token.revoke",
        "token.rotate",
        "token.make",
    ]
    assert {entry["subject"] for entry in found} == {token, share["share"]["id"]}
    assert {(entry["role"], entry["address"]) for entry in found} == {("admin", "127.0.0.1")}
    assert found[-1]["after"]["role"] == "viewer"
    assert found[2]["before"] == {"name": "wall", "role": "viewer", "project": None}
    for secret in (made["token"], fresh["token"], share["url"].split("code=")[1]):
        assert secret not in log.text
    assert [entry["what"] for entry in entries(server, run="r1")] == ["share.revoke", "share.make"]
    assert [entry["what"] for entry in entries(server, before=found[3]["id"])] == ["token.make"]


def test_runs(server: Server) -> None:
    with server.agent() as agent:
        agent.steps(0, 3)
    with server.client() as admin:
        for body in ({"name": "better", "tags": ["a"]}, {"archived": True}):
            while admin.patch("/api/runs/r1", json=body).status_code == 409:
                pass
        assert admin.delete("/api/runs/r1").status_code == 204
    gone, archived, named = entries(server, run="r1")
    assert (named["what"], named["before"], named["after"]) == (
        "run.edit",
        {"tags": [], "title": None},
        {"name": "better", "tags": ["a"]},
    )
    assert archived["after"] == {"archived": True}
    assert (gone["what"], gone["before"]) == ("run.delete", {"name": "a run", "step": 3})


def test_two_operators_at_once(server: Server) -> None:
    """Both looked at the same revision: one command is taken, the other gets 409, the logs show both."""
    with server.agent() as agent, operator(server, "ann") as ann, operator(server, "bob") as bob:
        with ThreadPoolExecutor(2) as threads:
            answers = list(
                threads.map(
                    lambda who: who[0].post(
                        "/api/runs/r1/commands",
                        json={"kind": "hold", "value": who[1], "base_revision": 0, "confirmed": True},
                    ),
                    ((ann, 1e-3), (bob, 2e-3)),
                )
            )
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        taken = next(answer.json() for answer in answers if answer.status_code == 201)
        refused = next(answer.json() for answer in answers if answer.status_code == 409)
        assert refused["error"]["code"] == "stale"
        assert agent.command().id == taken["id"]
        again = ann.post(
            "/api/runs/r1/commands",
            json={"kind": "hold", "value": taken["request"]["value"], "id": taken["id"]},
        )
        assert (again.status_code, again.json()["id"]) == (200, taken["id"]), "sent twice, recorded once"
        commands = ann.get("/api/runs/r1/commands").json()["commands"]
        (late,) = [entry for entry in entries(server, run="r1") if entry["what"] == "command.refused"]
        assert [command["id"] for command in commands] == [taken["id"]]
        assert {commands[0]["issued_by"], late["who"]} == {"ann", "bob"}
        assert late["after"]["base_revision"] == 0
        assert late["after"]["revision"] == 1
