"""Several runs in one answer: on the same steps, or from the first moment of each."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from rheostat.wire import Column
from tests.server.running import Server, flush
from tests.server.test_smooth import one_by_one


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
        began = found["runs"][1]["first_at"]
        found = client.get("/api/compare", params={**asked, "axis": "wall"}).json()
        assert found["runs"][1]["first_at"] == began
        assert found["runs"][1]["series"]["loss"]["x"] == pytest.approx([began + at for at in second["x"]])


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


def test_by_a_metric_that_was_logged(server: Server) -> None:
    """Tokens on x, logged at every tenth step: in proportion in between, unknown outside."""
    with server.agent() as agent, server.client() as client:
        tokens = Column.of(np.arange(0.0, 4000.0, 1000.0), np.array([5, 15, 25, 35], dtype=np.uint32))
        sent = flush(1, 0, 40, ["backbone", "head"])
        agent.send(msgspec.structs.replace(sent, metrics={**sent.metrics, "tokens": tokens}))
        agent.acked(1)
        asked = {"run": "r1", "metric": ["loss"], "axis": "tokens"}
        found = client.get("/api/compare", params=asked).raise_for_status().json()
        loss = found["runs"][0]["series"]["loss"]
        assert loss["x"] == pytest.approx([100.0 * at for at in range(31)])
        assert loss["y"] == [1.0 / (step + 1) for step in range(5, 36)]
        asked["axis"] = "nothing"
        found = client.get("/api/compare", params=asked).json()
        assert found["runs"][0]["series"]["loss"]["x"] == []


def test_smoothed_before_it_is_thinned(server: Server) -> None:
    with server.agent() as agent, server.client() as client:
        agent.steps(0, 3000)
        asked: dict[str, Any] = {"metric": "loss", "width": 20, "smooth": 0.9}
        one = client.get("/api/runs/r1/series", params=asked).raise_for_status().json()["series"]["loss"]
        y = np.array([1.0 / (step + 1) for step in range(3000)])
        whole = one_by_one(np.arange(3000), y, 0.9, 3000)
        assert one["total"] == 3000
        assert len(one["x"]) <= 40
        assert one["y"] == pytest.approx(whole[one["x"]], rel=1e-12)
        many = client.get("/api/compare", params={**asked, "run": "r1"}).json()["runs"][0]["series"]["loss"]
        assert many["y"] == one["y"]
        for wrong in (-0.1, 0.995):
            assert client.get("/api/runs/r1/series", params={**asked, "smooth": wrong}).status_code == 422
