"""Runs over HTTP: what an agent sends comes out as it went in."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rheostat.wire import Bye, Plan
from tests.server.running import Server, flush, wait_for


def get(server: Server, path: str, **query: Any) -> Any:
    with server.client() as client:
        return client.get(path, params=query).raise_for_status().json()


def test_no_runs(server: Server) -> None:
    assert get(server, "/api/runs") == {"runs": []}


def test_a_run_is_listed_with_its_latest_values(server: Server) -> None:
    with server.agent() as agent:
        agent.steps(0, 50)
        (run,) = get(server, "/api/runs")["runs"]
    assert (run["id"], run["state"], run["step"], run["total"]) == ("r1", "live", 50, 1000)
    assert (run["metric"], run["value"]) == ("loss", 1 / 50)
    assert run["rate"] == pytest.approx(100.0)
    assert [group["effective"] for group in run["groups"]] == [1e-3, 5e-4]
    assert run["overridden"] is False
    assert len(run["sparkline"]) == 50


def test_the_detail_has_what_the_job_said(server: Server) -> None:
    with server.agent(config={"batch": "32"}, report=("Found AdamW.",)) as agent:
        agent.steps(0, 5)
        run = get(server, "/api/runs/r1")
    assert run["optimizer"] == "AdamW"
    assert run["config"] == {"batch": "32"}
    assert run["report"] == ["Found AdamW."]
    assert run["metrics"] == ["loss"]
    assert run["limits"]["kinds"] == ["hold", "scale", "ramp", "release"]
    assert [attempt["id"] for attempt in run["attempts"]] == ["a1"]


def test_series_come_back_bit_for_bit(server: Server) -> None:
    loss = [float(value) for value in np.random.default_rng(1).normal(size=40)]
    with server.agent() as agent:
        agent.steps(0, 40, loss=loss)
        agent.steps(40, 40, loss=loss)
        answer = get(server, "/api/runs/r1/series", metric=["loss", "lr:head", "plan:head", "none"])
    assert answer["series"]["loss"] == {"x": list(range(80)), "y": loss + loss, "marks": [], "total": 80}
    assert answer["series"]["lr:head"]["y"] == [5e-4] * 80
    assert answer["series"]["none"] == {"x": [], "y": [], "marks": [], "total": 0}
    assert answer["cursor"] == 2


def test_a_long_series_keeps_its_extremes(server: Server) -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=4000)
    values[1234], values[77] = 1e6, -1e6
    with server.agent() as agent:
        for at in range(0, 4000, 100):
            agent.steps(at, 100, loss=values[at : at + 100].tolist())
        full = get(server, "/api/runs/r1/series", metric="loss", width=100)["series"]["loss"]
        part = get(server, "/api/runs/r1/series", metric="loss", width=16, **{"from": 1200, "to": 1300})
    assert full["total"] == 4000
    assert len(full["x"]) <= 200
    # Columns of 40 steps, moved to multiples of 16.
    edges = [-(-start // 16) * 16 for start in range(0, 4000, 40)] + [4000]
    expected = sorted(
        {
            start + int(pick(values[start:stop]))
            for start, stop in pairwise(edges)
            for pick in (np.argmin, np.argmax)
        }
    )
    assert full["x"] == expected
    assert full["y"] == values[expected].tolist()
    loss = part["series"]["loss"]
    assert min(loss["x"]) >= 1200
    assert max(loss["x"]) < 1300
    assert 1e6 in loss["y"]


def test_what_is_no_number_becomes_a_mark(server: Server) -> None:
    with server.agent() as agent:
        agent.steps(0, 4, loss=[1.0, float("nan"), float("inf"), float("-inf")])
        series = get(server, "/api/runs/r1/series", metric="loss")["series"]["loss"]
        run = get(server, "/api/runs/r1")
    assert series["x"] == [0]
    assert [mark["value"] for mark in series["marks"]] == ["nan", "inf", "-inf"]
    assert run["value"] is None


def test_a_later_attempt_replaces_what_came_after_its_first_step(server: Server) -> None:
    with server.agent() as agent:
        agent.steps(0, 60, loss=[1.0] * 60)
    with server.agent(attempt="a2", restart=1, step=40) as agent:
        agent.steps(40, 10, loss=[2.0] * 10)
        series = get(server, "/api/runs/r1/series", metric="loss")["series"]["loss"]
        run = get(server, "/api/runs/r1")
    assert series["x"] == list(range(50))
    assert series["y"] == [1.0] * 40 + [2.0] * 10
    assert run["step"] == 50
    assert [(a["id"], a["state"]) for a in run["attempts"]] == [("a1", "crashed"), ("a2", "live")]


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    with Server(tmp_path) as server, server.agent() as agent:
        agent.steps(0, 30)
        before = get(server, "/api/runs/r1/series", metric="loss")
    with Server(tmp_path) as server:
        assert get(server, "/api/runs/r1/series", metric="loss") == before
        run = get(server, "/api/runs/r1")
        assert (run["step"], run["value"]) == (30, 1 / 30)
        with server.agent() as agent:
            assert agent.welcome is not None
            assert agent.welcome.acked == 1
            agent.send(flush(1, 0, 30, ["backbone", "head"]))
            agent.steps(30, 5)
            assert get(server, "/api/runs/r1/series", metric="loss")["series"]["loss"]["x"] == list(range(35))


@pytest.mark.parametrize("state", ["finished", "stopped", "crashed"])
def test_bye_settles_the_state(server: Server, state: Any) -> None:
    with server.agent() as agent:
        agent.steps(0, 5)
        agent.send(Bye(state=state, step=5, last_seq=1, message="over"))
        run = wait_for(lambda: (found := get(server, "/api/runs/r1"))["state"] != "live" and found)
    assert run["state"] == state
    assert run["ended_at"] >= run["started_at"]
    assert run["attempts"][0]["message"] == "over"


def test_the_plan_of_each_group(server: Server) -> None:
    with server.agent() as agent:
        agent.steps(0, 5)
        plan = get(server, "/api/runs/r1/plan", group="head", width=16)
        tail = get(server, "/api/runs/r1/plan", **{"from": 900, "width": 16})
    assert (plan["x"][0], plan["x"][-1]) == (0, 999)
    assert plan["y"][0] == 1e-2
    assert tail["x"][0] == 900
    assert tail["y"][0] < 1e-3


def test_no_plan_says_why(server: Server) -> None:
    with server.agent(plan=Plan(origin="none", why="the scheduler is a lambda")):
        assert get(server, "/api/runs/r1/plan") == {"x": [], "y": [], "why": "the scheduler is a lambda"}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/runs/none", 404, "not_found"),
        ("/api/runs/none/series?metric=loss", 404, "not_found"),
        ("/api/runs/r1/series", 422, "invalid"),
        ("/api/runs/r1/series?metric=loss&from=5&to=5", 422, "empty_range"),
        ("/api/runs/r1/series?metric=loss&width=1", 422, "invalid"),
        ("/api/runs/r1/series?metric=loss&from=-1", 422, "invalid"),
        ("/api/runs/r1/series?metric=loss&colour=red", 422, "invalid"),
        ("/api/runs/r1/plan?group=tail", 404, "unknown_group"),
    ],
)
def test_wrong_questions_have_clear_answers(server: Server, path: str, status: int, code: str) -> None:
    with server.agent(), server.client() as client:
        answer = client.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
