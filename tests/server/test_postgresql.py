"""A whole server on PostgreSQL: written, restarted, and through a restart of the database."""

from __future__ import annotations

from pathlib import Path

import pytest

from rheostat.control.command import CommandReport
from rheostat.wire import Bye
from tests.server.databases import Cluster
from tests.server.running import Server, wait_for


def test_runs_and_commands_outlive_the_server(tmp_path: Path, postgresql: Cluster) -> None:
    url = postgresql.new()
    with Server(tmp_path / "one", database_url=url) as server, server.agent() as agent:
        agent.steps(0, 50)
        with server.client() as client:
            asked = client.post("/api/runs/r1/commands", json={"kind": "hold", "value": 1e-4})
            assert asked.status_code == 201
            agent.send(
                CommandReport(
                    id=agent.command().id, state="applied", at=0.0, step=50, planned={}, effective={}
                )
            )
            wait_for(lambda: client.get("/api/runs/r1/commands").json()["commands"][0]["state"] == "applied")
            client.put("/api/schedules/saved/mine", json={"text": "cosine -> 0"}).raise_for_status()
    with Server(tmp_path / "one", database_url=url) as server, server.client() as client:
        series = client.get("/api/runs/r1/series", params={"metric": "loss"}).json()["series"]["loss"]
        assert series["y"] == [1.0 / (step + 1) for step in range(50)]
        (command,) = client.get("/api/runs/r1/commands").json()["commands"]
        assert [event["state"] for event in command["events"]][:2] == ["requested", "applied"]
        assert client.get("/api/schedules/saved").json()["schedules"][0]["name"] == "mine"
        assert client.get("/healthz").status_code == 200


def test_a_restart_of_the_database_loses_nothing_acknowledged(tmp_path: Path, postgresql: Cluster) -> None:
    with Server(tmp_path / "one", database_url=postgresql.new()) as server:
        with server.agent() as agent:
            agent.steps(0, 50)
            postgresql.drop_connections()
            agent.steps(50, 50)
        with server.client() as client:
            series = client.get("/api/runs/r1/series", params={"metric": "loss"}).json()["series"]["loss"]
    assert series["x"] == list(range(100))


@pytest.mark.parametrize("encoding", ["\x00", "ü"])
def test_odd_characters_in_what_a_job_says(tmp_path: Path, postgresql: Cluster, encoding: str) -> None:
    with Server(tmp_path / "one", database_url=postgresql.new()) as server, server.agent() as agent:
        agent.steps(0, 5)
        agent.send(Bye(state="crashed", step=5, last_seq=1, message=f"a{encoding}b"))
        with server.client() as client:
            wait_for(lambda: client.get("/api/runs/r1").json()["state"] == "crashed")
