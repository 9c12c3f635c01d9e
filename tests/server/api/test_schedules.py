"""Schedules over HTTP."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
import torch

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


def test_handles_come_when_they_are_asked_for(server: Server) -> None:
    body = {"text": TEXT, "base": 3e-4, "total": 10_000, "width": 400}
    assert post(server, "preview", body)["handles"] == []
    told = post(server, "preview", {**body, "handles": True})["handles"]
    found = schedule.parse(TEXT).bind(base=3e-4, total=10_000).handles()
    assert told == [msgspec.to_builtins(handle) for handle in found]
    assert found


def test_the_curves_of_all_groups_come_when_they_are_asked_for(server: Server) -> None:
    text = "base 1e-3; cosine -> 0\ngroup head base 1e-2 = hold\ngroup body base 1e-4"
    body = {"text": text, "base": None, "total": 100, "width": 50}
    assert post(server, "preview", body)["curves"] == []
    answer = post(server, "preview", {**body, "group": "body", "each_group": True})
    assert answer["groups"] == ["head", "body"]
    (other,) = answer["curves"]
    plan = schedule.parse(text).bind(total=100, group="head")
    assert other["group"] == "head"
    assert other["y"] == [plan(step) for step in other["x"]]
    assert answer["y"][0] == 1e-4


def test_a_preview_tells_the_units_of_text_and_run(server: Server) -> None:
    answer = post(server, "preview", {"text": "hold", "total": 100, "epoch": 25})
    assert (answer["epoch"], answer["step_tokens"]) == (25, None)
    answer = post(server, "preview", {"text": "step 4Mtok; epoch 2k; hold", "total": 100})
    assert (answer["epoch"], answer["step_tokens"]) == (2000, 4e6)
    ramp = "step 1Mtok for 50, then 2Mtok; hold"
    assert post(server, "preview", {"text": ramp, "total": 100})["step_tokens"] is None


def test_a_text_as_the_code_of_each_library(server: Server) -> None:
    text = "linear 0 -> 1x for 100; cosine -> 0"
    body = {"text": text, "base": 1e-3, "total": 1000}
    plain = {to: post(server, "convert", {**body, "to": to})["code"] for to in ("torch", "optax", "json")}
    assert plain["torch"] == schedule.to_torch(text, base=1e-3, total=1000)
    assert plain["optax"] == schedule.to_optax(text, base=1e-3, total=1000)
    assert schedule.Schedule.from_json(plain["json"]) == schedule.parse(text)
    arguments = post(server, "convert", {**body, "to": "transformers"})["code"]
    assert arguments == str(schedule.to_transformers(text, base=1e-3, total=1000))


def test_what_has_no_such_code_is_told(server: Server) -> None:
    asked = {"text": "tanh(-6, 3) -> 0", "base": 1e-3, "total": 100, "to": "transformers"}
    told = post(server, "convert", asked)
    assert told["code"] is None
    assert "transformers" in told["why"]
    told = post(server, "convert", {**asked, "text": "cosin -> 0"})
    assert told["code"] is None
    assert "cosine" in told["why"]


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


PLATEAU = "plateau(val_loss, factor=0.5x, patience=2)"


def simulated(server: Server, trace: dict[str, Any], **more: Any) -> Any:
    body = {"text": PLATEAU, "base": 1.0, "total": 100, "width": 100, "trace": trace, **more}
    return post(server, "preview", body)


def test_a_plateau_without_a_trace_never_drops_and_says_what_it_watches(server: Server) -> None:
    answer = post(server, "preview", {"text": PLATEAU, "base": 1.0, "total": 100})
    assert (answer["metrics"], answer["traces"], answer["drops"]) == (["val_loss"], [], [])
    assert set(answer["y"]) == {1.0}


def test_a_typed_trace_is_simulated_as_torch_would(server: Server) -> None:
    values = [5.0, 4.0, 4.0, 4.0, 4.0, None, 3.0] + [3.0] * 20
    answer = simulated(server, {"kind": "values", "values": values, "every": 3})
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
    drops, lr = [], 1.0
    for at, value in enumerate(values):
        scheduler.step(math.nan if value is None else value)
        if optimizer.param_groups[0]["lr"] < lr:
            lr = float(optimizer.param_groups[0]["lr"])
            drops.append(3 * at)
    assert len(drops) > 2
    assert answer["drops"] == drops
    assert answer["y"][-1] == lr
    (trace,) = answer["traces"]
    assert trace["metric"] == "val_loss"
    assert trace["total"] == len(values)
    assert 15 not in trace["x"]  # what is no number is not drawn


def test_a_csv_and_a_decay(server: Server) -> None:
    rows = "\n".join(f"{step},1.0" for step in range(0, 100, 10))
    answer = simulated(server, {"kind": "csv", "text": f"step,val_loss\n{rows}"})
    assert answer["drops"] == [30, 60, 90]
    made = simulated(server, {"kind": "decay", "noise": 0.3, "share": 0.05})
    assert len(made["traces"][0]["x"]) == 100
    assert made["drops"]
    assert made == simulated(server, {"kind": "decay", "noise": 0.3, "share": 0.05})


def test_what_a_run_recorded(server: Server) -> None:
    with server.agent() as agent:
        agent.steps(0, 30, val_loss=[1.0] * 10 + [math.nan] * 10 + [0.5] * 10)
        answer = simulated(server, {"kind": "run", "run": "r1", "metric": "val_loss"})
    assert answer["drops"] == [3, 6, 9, 12, 15, 18, 23, 26, 29]
    assert answer["traces"][0]["total"] == 30


@pytest.mark.parametrize(
    ("trace", "says"),
    [
        ({"kind": "csv", "text": "step,loss\n0,1\n"}, "no values of 'val_loss'"),
        ({"kind": "csv", "text": "val_loss\nmany\n"}, "row 2 has 'many'"),
        ({"kind": "run", "run": "none", "metric": "loss"}, "there is no run 'none'"),
        ({"kind": "values", "values": []}, "at least 1"),
        ({"kind": "guess"}, "decay"),
    ],
)
def test_a_trace_that_cannot_be_had(server: Server, trace: dict[str, Any], says: str) -> None:
    with server.client() as client:
        answer = client.post("/api/schedules/preview", json={"text": PLATEAU, "total": 100, "trace": trace})
    assert answer.status_code == 422
    assert answer.json()["error"]["where"].startswith("body.trace")
    assert says in answer.json()["error"]["message"]


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


def test_what_changed_between_two_texts(server: Server) -> None:
    with server.client() as client:
        asked = {"before": "1x for 40; 0x", "after": "1x for 60; 0x", "base": 0.1, "total": 100}
        found = client.post("/api/schedules/diff", json=asked).raise_for_status().json()
        assert found["words"][0] == "changed part '1x for 40' to '1x for 60'"
        assert (found["largest"], found["step"], found["total"]) == (0.1, 40, 100)
        bad = client.post("/api/schedules/diff", json={**asked, "after": "cosin"})
        assert (bad.status_code, bad.json()["error"]["where"]) == (422, "body.after")
        bad = client.post("/api/schedules/diff", json={**asked, "before": "cosin"})
        assert bad.json()["error"]["where"] == "body.before"
