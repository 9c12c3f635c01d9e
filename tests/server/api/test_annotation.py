"""Annotations: written, changed and taken away, and at once before those who watch."""

from __future__ import annotations

from pathlib import Path

from tests.server.running import Server

PLACE = "/api/runs/r1/annotations"


def test_they_are_written_changed_and_taken_away(tmp_path: Path) -> None:
    with Server(tmp_path / "s") as server, server.agent() as agent, server.client() as client:
        agent.steps(0, 5)
        late = client.post(PLACE, json={"text": " now "}).json()
        assert (late["step"], late["text"], late["written_by"]) == (5, "now", "admin")
        early = client.post(PLACE, json={"text": "new data", "step": 2}).json()
        changed = client.patch(f"{PLACE}/{early['id']}", json={"text": "newer"}).json()
        assert (changed["step"], changed["text"], changed["edited_by"]) == (2, "newer", "admin")
    with Server(tmp_path / "s") as server, server.client() as client:
        found = client.get(PLACE).json()["annotations"]
        assert [(note["step"], note["text"]) for note in found] == [(2, "newer"), (5, "now")]
        assert client.delete(f"{PLACE}/{early['id']}").status_code == 204
        assert client.delete(f"{PLACE}/{early['id']}").json()["error"]["code"] == "not_found"
        assert [note["id"] for note in client.get(PLACE).json()["annotations"]] == [late["id"]]


def test_who_watches_is_told(server: Server) -> None:
    with server.agent(), server.client() as client, server.viewer("r1") as viewer:
        viewer.next("run")
        note = client.post(PLACE, json={"text": "a", "step": 1}).json()
        told = viewer.next("annotation")
        assert (told["run"], told["annotation"], told["deleted"]) == ("r1", note, False)
        client.patch(f"{PLACE}/{note['id']}", json={"step": 3})
        assert viewer.next("annotation")["annotation"]["step"] == 3
        client.delete(f"{PLACE}/{note['id']}")
        assert viewer.next("annotation")["deleted"] is True


def test_what_makes_no_annotation(server: Server) -> None:
    with server.agent(), server.client() as client:
        for body in ({"text": ""}, {"text": "  "}, {"text": "a", "step": -1}, {"text": "a\0"}, {"step": 1}):
            assert client.post(PLACE, json=body).status_code == 422, body
        assert client.patch(f"{PLACE}/7", json={"text": "a"}).status_code == 404
        assert client.post("/api/runs/none/annotations", json={"text": "a"}).status_code == 404
