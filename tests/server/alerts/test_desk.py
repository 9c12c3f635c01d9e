"""From a flush to the store, the viewer and the webhook, with a real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from rheostat_server.serve import ServeError, make_settings
from tests.server.alerts.test_webhook import Receiver, receiver  # noqa: F401 - a fixture
from tests.server.auth.credentials import bearer, make
from tests.server.running import Server, Viewer, wait_for

NAN = float("nan")


def test_a_nan_is_stored_shown_posted_acknowledged_and_cleared(tmp_path: Path, receiver: Receiver) -> None:  # noqa: F811
    with (
        Server(tmp_path, webhooks=receiver.url, webhooks_private=True) as server,
        server.agent() as agent,
        server.client() as admin,
        server.viewer() as viewer,
    ):
        agent.steps(0, 2, loss=[1.0, NAN])
        told = viewer.next("alert")["alert"]
        assert (told["kind"], told["subject"], told["step"], told["run"]) == ("nan", "loss", 1, "r1")
        wait_for(lambda: receiver.got)
        text = str(receiver.got[0][2]["text"])
        assert text == f"demo / a run: loss is nan at step 1 {server.url}/runs/r1"
        assert admin.get("/api/runs/r1/alerts").json()["alerts"] == [told]
        path = f"/api/runs/r1/alerts/{told['id']}"
        seen = admin.patch(path, json={"state": "acknowledged"}).json()
        assert seen["acknowledged_by"] == "admin"
        assert viewer.next("alert")["alert"] == seen
        agent.steps(2, 1, loss=[1.0])
        cleared = viewer.next("alert")["alert"]
        assert (cleared["cleared_by"], cleared["id"]) == ("", told["id"])
        assert admin.get("/api/alerts", params={"open": True}).json() == {"alerts": []}
        assert admin.get("/api/alerts").json()["alerts"] == [cleared]
        assert admin.patch("/api/runs/r1/alerts/999", json={"state": "cleared"}).status_code == 404


def test_a_silent_run(tmp_path: Path) -> None:
    with Server(tmp_path, alert_silent_s=0.2) as server, server.agent() as agent, server.viewer() as viewer:
        agent.steps(0, 2)
        assert viewer.next("alert")["alert"]["kind"] == "silent"


def test_alerts_of_another_project_are_not_seen(server: Server) -> None:
    with server.agent() as mine, server.agent(run="r2", project="other") as theirs:
        token = bearer(make(server, "viewer", "demo"))
        with Viewer(server.socket("/ws/live", None, headers=token)) as viewer, server.client(None) as client:
            theirs.steps(0, 1, loss=[NAN])
            mine.steps(0, 1, loss=[NAN])
            assert viewer.next("alert")["alert"]["run"] == "r1"
            found = client.get("/api/alerts", headers=token).json()["alerts"]
    assert [alert["run"] for alert in found] == ["r1"]


def test_alerts_can_be_turned_off(tmp_path: Path) -> None:
    with Server(tmp_path, alerts=False) as server, server.agent() as agent, server.client() as admin:
        agent.steps(0, 1, loss=[NAN])
        agent.steps(1, 1, loss=[NAN])
        assert admin.get("/api/alerts").json() == {"alerts": []}


def test_a_test_message_says_what_became_of_it(tmp_path: Path, receiver: Receiver) -> None:  # noqa: F811
    receiver.answers = [200, 404]
    hooks = f"{receiver.url}, {receiver.url}"
    with Server(tmp_path, webhooks=hooks, webhooks_private=True) as server, server.client() as admin:
        answer = admin.post("/api/alerts/test", json={})
    assert answer.json() == {
        "results": [
            {"host": "127.0.0.1", "problem": ""},
            {"host": "127.0.0.1", "problem": "127.0.0.1: HTTP 404"},
        ]
    }
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "url", ["http://example.com/x", "ftp://e/secret", "https://", "nonsense", "https://h:0/"]
)
def test_an_address_that_cannot_be_used(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHEOSTAT_WEBHOOKS", url)
    with pytest.raises(ServeError, match="expected https://HOST/PATH") as refused:
        make_settings()
    assert "secret" not in str(refused.value)
    assert "secret" not in repr(refused.value.__context__)
