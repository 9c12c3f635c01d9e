"""Files as the tools themselves write them become runs; damaged ones leave nothing behind."""

from __future__ import annotations

import json
import sqlite3
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest
from tensorboardX import SummaryWriter
from torch import nn
from transformers import Trainer, TrainingArguments
from websockets.exceptions import ConnectionClosed

from rheostat_server.imports.found import ImportFileError
from rheostat_server.imports.read import read
from tests.server.running import Server

STATE = {
    "max_steps": 30,
    "log_history": [
        {"epoch": 0.5, "learning_rate": 2e-5, "loss": 2.0, "step": 10},
        {"epoch": 1.0, "learning_rate": 1e-5, "loss": 1.5, "step": 20},
        {"epoch": 1.0, "eval_loss": 1.7, "step": 20},
    ],
}


def send(client: httpx.Client, data: bytes, file: str, **more: Any) -> httpx.Response:
    body = {"file": file, "content": b64encode(data).decode(), **more}
    return client.post("/api/runs/import", json=body)


def series(client: httpx.Client, run: str, name: str) -> tuple[list[int], list[float]]:
    found = client.get(f"/api/runs/{run}/series", params={"metric": name}).raise_for_status().json()
    return found["series"][name]["x"], found["series"][name]["y"]


def test_a_trainer_state_is_a_finished_run(server: Server, tmp_path: Path) -> None:
    with server.client() as client:
        answer = send(client, json.dumps(STATE).encode(), "trainer_state.json", name="bert", project="old")
        assert answer.status_code == 201, answer.text
        (run,) = answer.json()["runs"]
        assert (run["name"], run["project"], run["state"], run["origin"]) == (
            "bert",
            "old",
            "finished",
            "import",
        )
        assert (run["step"], run["total"]) == (21, 30)
        assert series(client, run["id"], "lr:lr") == ([10, 20], [2e-5, 1e-5])
        assert series(client, run["id"], "eval_loss") == ([20], [1.7])
        detail = client.get(f"/api/runs/{run['id']}").json()
        assert detail["environment"]["imported from"] == "transformers"
        assert client.get("/api/runs").json()["runs"][0]["origin"] == "import"
        sent = client.post(f"/api/runs/{run['id']}/commands", json={"kind": "hold", "value": 1e-3})
        assert sent.status_code == 409
    with Server(tmp_path / "store2") as other, other.client() as client:
        assert client.get("/api/runs").json()["runs"] == []


def test_it_outlives_the_server_and_no_job_takes_it_over(tmp_path: Path) -> None:
    with Server(tmp_path / "s") as server, server.client() as client:
        (run,) = send(client, json.dumps(STATE).encode(), "x.json").json()["runs"]
        with pytest.raises((AssertionError, ConnectionClosed)):
            server.agent(run=run["id"], restart=5)
    with Server(tmp_path / "s") as server, server.client() as client:
        again = client.get(f"/api/runs/{run['id']}").json()
        assert (again["origin"], again["state"], again["step"]) == ("import", "finished", 21)
        with pytest.raises((AssertionError, ConnectionClosed)):
            server.agent(run=run["id"], restart=5)
        assert series(client, run["id"], "loss")[1] == [2.0, 1.5]


def test_a_fitted_schedule_comes_of_an_imported_run(server: Server) -> None:
    rows = "\n".join(f"{step},{1e-3 * (1 - step / 100)}" for step in range(100))
    with server.client() as client:
        (run,) = send(client, f"step,lr\n{rows}".encode(), "wandb.csv").json()["runs"]
        found = client.get(f"/api/runs/{run['id']}/schedule").json()
    assert found["kind"] == "fitted"
    assert found["text"] == "linear 0.001 -> 0 for 100"
    assert found["error"] < 1e-3


def test_what_transformers_really_writes(tmp_path: Path) -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(1, 1)

        def forward(self, x: Any, labels: Any) -> dict[str, Any]:
            return {"loss": ((self.layer(x) - labels) ** 2).mean()}

    arguments = TrainingArguments(
        output_dir=str(tmp_path), max_steps=4, logging_steps=1, report_to=[], use_cpu=True, save_strategy="no"
    )
    trainer = Trainer(Model(), arguments, train_dataset=[{"x": [1.0], "labels": [2.0]}] * 8)
    trainer.train()
    trainer.state.save_to_json(str(tmp_path / "trainer_state.json"))
    tool, (found,) = read((tmp_path / "trainer_state.json").read_bytes(), "trainer_state.json")
    assert tool == "transformers"
    assert found.steps.tolist() == [1, 2, 3, 4]
    assert found.effective["lr"][1].tolist() == pytest.approx([5e-5, 3.75e-5, 2.5e-5, 1.25e-5])
    assert found.total == 4
    assert "loss" in found.metrics


def test_tensorboard_logs(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(20):
            writer.add_scalar("train/learning_rate", 0.5 - step / 64, step, walltime=1000.0 + step)
            writer.add_scalar("loss", 1.0 / (step + 1), step, walltime=1000.0 + step)
        writer.add_text("note", "words are no numbers")
    (file,) = tmp_path.iterdir()
    data = file.read_bytes()
    tool, (found,) = read(data, file.name)
    assert tool == "tensorboard"
    assert found.effective["lr"][1].tolist() == [0.5 - step / 64 for step in range(20)]
    assert found.times is not None
    assert found.times.tolist() == [1000.0 + step for step in range(20)]
    _, (cut,) = read(data[:-150], file.name)
    assert 0 < len(cut.steps) <= 20
    assert "was cut off" in cut.notes[0]
    spoiled = bytearray(data)
    spoiled[len(data) // 2 : len(data) // 2 + 40] = b"\xff" * 40
    with pytest.raises(ImportFileError, match="damaged"):
        read(bytes(spoiled), file.name)


def test_our_own_exports_come_back_to_the_bit(server: Server) -> None:
    values = [1 / 3, float("nan"), 5e-324]
    with server.agent() as agent, server.client() as client:
        agent.steps(0, 3, loss=values)
        text = client.get("/api/runs/r1/export").content
        (run,) = send(client, text, "r1.csv").json()["runs"]
        assert [group["name"] for group in run["groups"]] == ["backbone", "head"]
        assert client.get(f"/api/runs/{run['id']}/export").content == text
        events = client.get("/api/runs/r1/export", params={"format": "tensorboard"}).content
        (run,) = send(client, events, "events.out.tfevents.1").json()["runs"]
        assert series(client, run["id"], "plan:head")[0] == [0, 1, 2]


def trackio_database(path: Path) -> bytes:
    """As trackio 0.43 makes it."""
    with sqlite3.connect(path) as database:
        database.executescript(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, "
            "timestamp TEXT NOT NULL, run_name TEXT NOT NULL, step INTEGER NOT NULL, "
            "metrics TEXT NOT NULL, log_id TEXT, "
            "space_id TEXT);"
            "CREATE TABLE configs (id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, run_name TEXT "
            "NOT NULL, config TEXT NOT NULL, created_at TEXT NOT NULL, UNIQUE(run_id));"
        )
        for run in ("brave-owl", "calm-fox"):
            for step in range(3):
                metrics = json.dumps({"loss": 1.0 / (step + 1), "lr": 0.1, "note": "x", "odd": "NaN"})
                row = (run, f"2025-01-01T00:00:0{step}+00:00", run, step, metrics)
                database.execute(
                    "INSERT INTO metrics (run_id, timestamp, run_name, step, metrics) VALUES (?,?,?,?,?)", row
                )
        config = json.dumps({"batch": 32, "api_key": "s3cret"})
        database.execute(
            "INSERT INTO configs (run_id, run_name, config, created_at) VALUES (?,?,?,?)",
            ("brave-owl", "brave-owl", config, "2025-01-01"),
        )
    database.close()
    return path.read_bytes()


def test_a_database_of_trackio_holds_several_runs(server: Server, tmp_path: Path) -> None:
    data = trackio_database(tmp_path / "p.db")
    with server.client() as client:
        answer = send(client, data, "p.db").json()
        assert answer["tool"] == "trackio"
        assert [run["name"] for run in answer["runs"]] == ["brave-owl", "calm-fox"]
        run = answer["runs"][0]["id"]
        assert series(client, run, "lr:lr")[1] == [0.1] * 3
        assert client.get(f"/api/runs/{run}").json()["config"] == {"batch": "32", "api_key": "(hidden)"}
        assert answer["runs"][0]["started_at"] == 1735689600.0


def test_a_query_that_never_ends_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "evil.db"
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE VIEW metrics AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "SELECT 'r' AS run_name, max(i) AS step, '' AS timestamp, '{}' AS metrics, 1 AS id FROM n"
        )
    database.close()
    monkeypatch.setattr("rheostat_server.imports.trackio._MOST_TICKS", 3)
    with pytest.raises(ImportFileError, match="interrupted"):
        read(path.read_bytes(), "evil.db")


def test_csv_of_trackio_and_of_wandb() -> None:
    trackio = b"run_name,timestamp,step,loss\na,2025-01-01T00:00:00,0,1.0\nb,2025-01-01T00:00:00,0,2.0\n"
    _, found = read(trackio, "x.csv")
    assert [(one.name, one.metrics["loss"][1].tolist()) for one in found] == [("a", [1.0]), ("b", [2.0])]
    history = b",_step,_runtime,_timestamp,loss,learning_rate\n0,0,1.5,1000.5,2.0,0.1\n1,5,2.5,1001.5,,0.2\n"
    _, (one,) = read(history, "history.csv")
    assert one.steps.tolist() == [0, 5]
    assert one.effective["lr"][1].tolist() == [0.1, 0.2]
    assert list(one.metrics) == ["loss"]
    assert one.times is not None
    assert one.times.tolist() == [1000.5, 1001.5]
    panel = (
        b'"Step","r1 - loss","r1 - loss__MIN","r1 - loss__MAX","r2 - loss"\n'
        b'"0","1","1","1",""\n"1","2","2","2","3"\n'
    )
    _, found = read(panel, "wandb_export.csv")
    assert {one.name: one.metrics["loss"][1].tolist() for one in found} == {"r1": [1.0, 2.0], "r2": [3.0]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02\xff" * 9, "of no known kind"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a": 1}', "log_history"),
        (b'{"log_history": [{"loss": 1}]}', r"log_history\[0\] has no whole 'step'"),
        (b'{"log_history": []}', "no numbers"),
        (b"a,b\n1,2\n", "no step column"),
        (b"step,loss\n1.5,2\n", "row 2 has step '1.5'"),
        (b"step,loss\n-1,2\n", "row 2 has step '-1'"),
        (b"step,loss\n1,2,3\n", "row 2 has 3 cells: expected 2"),
        (b"step,loss\n1,x\n", "no numbers"),
        (b"SQLite format 3\x00nonsense", "not a database of trackio"),
        (b'step,loss\n1,"2', "no CSV"),
    ],
)
def test_one_clear_error_and_nothing_stored(server: Server, data: bytes, message: str) -> None:
    with pytest.raises(ImportFileError, match=message):
        read(data, "file")
    with server.client() as client:
        answer = send(client, data, "file")
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_file")
        assert client.get("/api/runs").json()["runs"] == []


def test_a_file_in_pieces(server: Server) -> None:
    data = json.dumps(STATE).encode()
    with server.client() as client:
        cut = len(data) // 2
        first = send(client, data[cut:], "t.json", upload="u1", piece=1, pieces=2)
        assert (first.status_code, first.json()) == (202, {"tool": "", "runs": []})
        assert send(client, data[:cut], "t.json", upload="u1", piece=0, pieces=2).status_code == 201
        assert send(client, b"x", "t.json", piece=2, pieces=2).status_code == 422
        body = {"file": "x", "content": "no base64!"}
        assert client.post("/api/runs/import", json=body).json()["error"]["code"] == "not_base64"


def test_a_failure_in_the_middle_stores_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("rheostat_server.imports.keep.runs.end", fail)
    with server.client() as client:
        assert send(client, json.dumps(STATE).encode(), "x.json").status_code == 503
        monkeypatch.undo()
        assert client.get("/api/runs").json()["runs"] == []
        assert send(client, json.dumps(STATE).encode(), "x.json").status_code == 201
        assert len(client.get("/api/runs").json()["runs"]) == 1
