"""Naming, tagging, archiving and deleting runs over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.running import Server, wait_for


def change(client: httpx.Client, **fields: Any) -> httpx.Response:
    return client.patch("/api/runs/r1", json=fields)


def listed(client: httpx.Client, **query: Any) -> list[str]:
    return [run["id"] for run in client.get("/api/runs", params=query).raise_for_status().json()["runs"]]


def leave(server: Server) -> None:
    wait_for(lambda: not server.dashboard.book.get("r1").connected)  # type: ignore[union-attr]


def test_name_notes_and_tags_stay_and_can_be_taken_back(tmp_path: Path) -> None:
    with Server(tmp_path / "s") as server, server.agent(), server.client() as client:
        assert change(client, name="best", tags=["a", "b"]).json()["name"] == "best"
        assert change(client, notes="why\nnot").json()["tags"] == ["a", "b"]
    with Server(tmp_path / "s") as server, server.client() as client:
        run = client.get("/api/runs/r1").json()
        assert (run["name"], run["notes"], run["tags"]) == ("best", "why\nnot", ["a", "b"])
        run = change(client, name=None, tags=[]).json()
        assert (run["name"], run["notes"], run["tags"]) == ("a run", "why\nnot", [])


def test_archive_and_undo(server: Server) -> None:
    with server.client() as client:
        with server.agent() as agent:
            agent.steps(0, 5)
            assert change(client, archived=True).json()["error"]["code"] == "connected"
        leave(server)
        assert change(client, archived=True).json()["archived"] is True
        assert (listed(client), listed(client, archived=True)) == ([], ["r1"])
        assert change(client, archived=False).json()["archived"] is False
        assert (listed(client), listed(client, archived=True)) == (["r1"], [])
        change(client, archived=True)
        with server.agent() as agent:
            assert listed(client) == ["r1"], "a run that goes on is back"


def test_delete_is_for_archived_runs_and_admins(server: Server) -> None:
    with server.client() as client:
        with server.agent() as agent:
            agent.steps(0, 5)
            assert client.delete("/api/runs/r1").status_code == 409
        leave(server)
        assert client.delete("/api/runs/r1").json()["error"]["code"] == "not_archived"
        change(client, archived=True)
        assert client.delete("/api/runs/r1").status_code == 204
        assert client.get("/api/runs/r1").status_code == 404
        assert client.delete("/api/runs/r1").status_code == 404
        with server.agent() as agent:
            assert agent.seq == 0
            agent.steps(0, 3)
        assert client.get("/api/runs/r1").json()["step"] == 3


@pytest.mark.parametrize(
    "fields",
    [{"name": ""}, {"name": "a\nb"}, {"name": 3}, {"notes": "\x00"}, {"tags": "a"}, {"tags": [""]}, {"x": 1}],
)
def test_bad_edits_are_refused(server: Server, fields: dict[str, Any]) -> None:
    with server.agent(), server.client() as client:
        answer = change(client, **fields)
        assert answer.status_code == 422
        assert answer.json()["error"]["where"].startswith("body.")


def test_archived_runs_are_deleted_after_their_days(tmp_path: Path) -> None:
    with Server(tmp_path / "s") as server, server.client() as client:
        with server.agent() as agent:
            agent.steps(0, 5)
        leave(server)
        change(client, archived=True)
    with Server(tmp_path / "s", keep_archived_days=30) as server, server.client() as client:
        assert listed(client, archived=True) == ["r1"]
    with Server(tmp_path / "s", keep_archived_days=1e-9) as server, server.client() as client:
        wait_for(lambda: listed(client, archived=True) == [])
