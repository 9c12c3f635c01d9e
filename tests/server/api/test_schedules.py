"""Schedules over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from rheostat import schedule
from tests.server.running import Server

TEXT = "linear 0 -> 1x for 5%; hold; sqrt -> 0.1x for 20%"


def post(server: Server, what: str, body: dict[str, Any]) -> Any:
    with server.client() as client:
        return client.post(f"/api/schedules/{what}", json=body).raise_for_status().json()


def test_a_preview_is_the_plan_bit_for_bit(server: Server) -> None:
    answer = post(server, "preview", {"text": TEXT, "base": 3e-4, "total": 10_000, "width": 400})
    plan = schedule.parse(TEXT).bind(base=3e-4, total=10_000)
    assert answer["ok"]
    assert len(answer["x"]) <= 1000
    assert (answer["x"][0], answer["x"][-1]) == (0, 9999)
    assert answer["y"] == [plan(step) for step in answer["x"]]
    found = plan.analyse()
    told = answer["analysis"]
    assert (told["maximum"], told["last"], told["area"]) == (found.maximum, found.last, found.area)
    assert [part["label"] for part in told["parts"]] == [part.label for part in found.parts]


def test_a_part_of_the_curve(server: Server) -> None:
    body = {"text": TEXT, "base": 1.0, "total": 10_000, "width": 16, "from_step": 100, "to_step": 200}
    answer = post(server, "preview", body)
    assert (answer["x"][0], answer["x"][-1]) == (100, 199)


@pytest.mark.parametrize("what", ["check", "preview"])
def test_three_mistakes_each_with_place_and_help(server: Server, what: str) -> None:
    answer = post(server, what, {"text": "linaer 0 -> 1x for 5;\nhold for;\ncosin -> 0"})
    assert not answer["ok"]
    errors = [found for found in answer["diagnostics"] if found["severity"] == "error"]
    assert [found["line"] for found in errors] == [1, 2, 3]
    assert all(found["message"] and found["column"] and found["code"] for found in errors)
    assert "linear" in errors[0]["suggestion"] + str(errors[0]["replacement"])


def test_what_a_run_must_supply_is_a_diagnostic(server: Server) -> None:
    answer = post(server, "preview", {"text": "cosine -> 0 for 50%", "base": None, "total": None})
    assert not answer["ok"]
    assert answer["diagnostics"]
    assert answer["x"] == []


def test_check_gives_the_canonical_spelling(server: Server) -> None:
    answer = post(server, "check", {"text": "hold   for 5 ;cosine->0"})
    assert answer["ok"]
    assert answer["formatted"] == str(schedule.parse("hold for 5; cosine -> 0"))


def test_every_example_of_the_language_draws(server: Server) -> None:
    with server.client() as client:
        language = client.get("/api/schedules/language").json()
    assert {word["word"] for word in language["words"]} >= {"hold", "linear", "cosine"}
    for example in language["examples"]:
        body = {"text": example["text"], "base": 1e-3, "total": 1000, "epoch": 100}
        assert post(server, "preview", body)["ok"], example["name"]


def test_every_preset_draws_with_its_own_run(server: Server) -> None:
    with server.client() as client:
        found = client.get("/api/schedules/presets").raise_for_status().json()["presets"]
    assert [one["name"] for one in found] == [one.name for one in schedule.presets()]
    for one in found:
        body = {name: one[name] for name in ("text", "base", "total", "epoch")}
        answer = post(server, "preview", body)
        assert answer["ok"], one["name"]
        assert max(answer["y"]) <= one["base"] * (1 + 1e-12)


@pytest.mark.parametrize(
    "body",
    [
        {"text": "hold", "width": 5},
        {"text": "hold", "base": -1},
        {"text": "h" * 20_000},
        {"text": "hold", "from_step": 5, "to_step": 5},
        {},
    ],
)
def test_requests_out_of_bounds(server: Server, body: dict[str, Any]) -> None:
    with server.client() as client:
        answer = client.post("/api/schedules/preview", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["where"].startswith("body")


def test_saved_schedules_have_versions(server: Server) -> None:
    with server.client() as client:
        path = "/api/schedules/saved/warm up (short)"
        assert client.get(path).status_code == 404
        first = client.put(path, json={"text": "hold", "base_version": 0}).json()
        assert (first["version"], first["saved_by"]) == (1, "admin")
        assert client.put(path, json={"text": "hold"}).json()["version"] == 1
        assert client.put(path, json={"text": "cosine -> 0", "base_version": 1}).json()["version"] == 2
        stale = client.put(path, json={"text": "linear -> 0", "base_version": 1})
        assert (stale.status_code, stale.json()["error"]["expected"]) == (409, "2")
        wrong = client.put(path, json={"text": "cosin -> 0"})
        assert wrong.status_code == 422
        assert "line 1, column 1" in wrong.json()["error"]["where"]
        assert [v["text"] for v in client.get(path).json()["versions"]] == ["cosine -> 0", "hold"]
        assert [s["version"] for s in client.get("/api/schedules/saved").json()["schedules"]] == [2]
        assert client.put("/api/schedules/saved/a%0Ab", json={"text": "hold"}).status_code in (404, 422)
