"""Several runs in one answer: on the same steps, or from the first moment of each."""

from __future__ import annotations

from typing import Any

from tests.server.running import Server


def test_by_step_and_by_time(server: Server) -> None:
    with server.agent() as one, server.agent(run="r2", attempt="b1") as two, server.client() as client:
        one.steps(0, 40)
        two.steps(10, 50, loss=[2.0] * 50)
        asked = {"run": ["r1", "r2"], "metric": ["loss", "lr:head"]}
        found = client.get("/api/compare", params=asked).raise_for_status().json()
        assert [run["run"] for run in found["runs"]] == ["r1", "r2"]
        first, second = (run["series"] for run in found["runs"])
        assert first["loss"]["x"] == list(range(40))
        assert second["loss"]["x"] == list(range(10, 60))
        assert second["lr:head"]["y"] == [5e-4] * 50
        found = client.get("/api/compare", params={**asked, "axis": "time"}).json()
        second = found["runs"][1]["series"]["loss"]
        assert (second["x"][0], round(second["x"][-1], 3)) == (0.0, 0.49)


def test_long_runs_share_their_columns(server: Server) -> None:
    with server.agent() as one, server.agent(run="r2", attempt="b1") as two, server.client() as client:
        one.steps(0, 4000)
        two.steps(0, 1000)
        asked: dict[str, Any] = {"run": ["r1", "r2"], "metric": "loss", "width": 100}
        runs = client.get("/api/compare", params=asked).json()["runs"]
        lengths = [len(run["series"]["loss"]["x"]) for run in runs]
        assert 100 <= lengths[0] <= 200
        assert 25 <= lengths[1] <= 60, "a quarter of the columns"


def test_what_is_not_there(server: Server) -> None:
    with server.agent() as agent, server.client() as client:
        agent.steps(0, 2)
        assert client.get("/api/compare", params={"run": ["r1", "x"], "metric": "loss"}).status_code == 404
        assert client.get("/api/compare", params={"run": "r1"}).status_code == 422
        found = client.get("/api/compare", params={"run": "r1", "metric": "none"}).json()
        assert found["runs"][0]["series"]["none"]["x"] == []
