"""Exports over HTTP: every value, and a report that carries no one else's script."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import sync_playwright
from pyarrow import parquet
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rheostat.control.command import CommandReport
from rheostat_server.store.compactor import compact_run
from tests.chromium import FLAGS, find
from tests.server.running import Server, wait_for

EVIL = "</script><script>document.title='taken'</script>"


def test_csv_has_every_row_once_across_attempts_and_compaction(server: Server) -> None:
    with server.agent() as agent:
        for at in range(0, 40_000, 1000):
            agent.steps(at, 1000)
    with server.agent(attempt="a2", restart=1, step=20_500) as agent, server.client() as client:
        agent.steps(20_500, 5, loss=[7.0] * 5)
        compact_run(server.dashboard.engine, server.dashboard.writer, "r1")
        answer = client.get("/api/runs/r1/export").raise_for_status()
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [int(row["step"]) for row in rows] == list(range(20_505))
    assert [float(row["loss"]) for row in rows[:20_500]] == [1.0 / (step + 1) for step in range(20_500)]
    assert {row["loss"] for row in rows[20_500:]} == {"7.0"}
    assert {row["lr:head"] for row in rows} == {"0.0005"}
    assert answer.headers["Content-Disposition"] == 'attachment; filename="r1.csv"'


def test_json_has_the_run_its_series_and_its_commands(server: Server) -> None:
    with server.agent() as agent, server.client() as client:
        agent.steps(0, 5, loss=[1.0, float("nan"), 3.0, 4.0, 5.0])
        client.post("/api/runs/r1/commands", json={"kind": "hold", "value": 1e-4}).raise_for_status()
        found = json.loads(client.get("/api/runs/r1/export", params={"format": "json"}).text)
    assert found["run"]["id"] == "r1"
    assert found["series"]["loss"]["y"] == [1.0, 3.0, 4.0, 5.0]
    assert found["series"]["loss"]["marks"] == [{"step": 1, "value": "nan"}]
    assert found["commands"][0]["kind"] == "hold"


def test_a_run_without_steps_and_an_unknown_format(server: Server) -> None:
    with server.agent(), server.client() as client:
        assert client.get("/api/runs/r1/export").text.count("\r\n") == 1
        assert client.get("/api/runs/r1/export", params={"format": "xls"}).status_code == 422
        assert client.get("/api/runs/none/export").status_code == 404


@pytest.mark.browser
def test_the_report_draws_offline_and_runs_nothing_of_the_jobs(server: Server, tmp_path: Path) -> None:
    with server.agent(name=EVIL, config={"note": EVIL}) as agent, server.client() as client:
        agent.steps(0, 50, **{EVIL: [1.0] * 50})
        client.post("/api/runs/r1/commands", json={"kind": "hold", "value": 1e-4, "reason": EVIL})
        report = CommandReport(id=agent.command().id, state="applied", at=0.0, step=50)
        agent.send(report)
        wait_for(lambda: client.get("/api/runs/r1/commands").json()["commands"][0]["state"] == "applied")
        client.post("/api/runs/r1/annotations", json={"text": EVIL, "step": 3}).raise_for_status()
        page = tmp_path / "report.html"
        page.write_text(client.get("/api/runs/r1/export", params={"format": "html"}).raise_for_status().text)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        tab = browser.new_page()
        tab.context.set_offline(True)
        errors: list[str] = []
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(page.as_uri())
        tab.wait_for_selector("#c1 .main-svg")
        assert tab.title() == f"{EVIL}: demo"
        assert tab.locator("h1").inner_text() == EVIL
        assert "hold 0.0001" in tab.locator("#c0").inner_text()
        assert "applied\tat step 50" in tab.locator("table").last.inner_text()
        assert "from step 50" in tab.locator("table", has_text="Acted").inner_text()
        assert EVIL in tab.locator("table", has_text="Text").inner_text()
        assert "# @50 hold 0.0001, by admin" in tab.locator("pre").inner_text()
        assert errors == []
        browser.close()


def test_parquet_has_every_bit(server: Server) -> None:
    with server.agent() as agent, server.client() as client:
        agent.steps(0, 5, loss=[1 / 3, float("nan"), float("inf"), 4.0, 5e-324], seldom=[1.0] * 5)
        agent.steps(5, 3, loss=[6.0, 7.0, 8.0])
        answer = client.get("/api/runs/r1/export", params={"format": "parquet"}).raise_for_status()
    table = parquet.read_table(io.BytesIO(answer.content))
    names = ["plan:backbone", "lr:backbone", "plan:head", "lr:head", "loss", "seldom"]
    assert table.column_names == ["step", "time", *names]
    assert {str(field.type) for field in table.schema if field.name != "step"} == {"double"}
    loss = table["loss"].to_pylist()
    assert loss[:1] + loss[2:] == [1 / 3, float("inf"), 4.0, 5e-324, 6.0, 7.0, 8.0]
    assert loss[1] != loss[1]
    assert table["seldom"].to_pylist() == [1.0] * 5 + [None] * 3
    assert table["lr:head"].to_pylist() == [5e-4] * 8
    assert json.loads(table.schema.metadata[b"rheostat"])["id"] == "r1"


def test_tensorboard_itself_reads_what_is_written_for_it(server: Server, tmp_path: Path) -> None:
    with server.agent() as agent, server.client() as client:
        agent.steps(0, 50)
        answer = client.get("/api/runs/r1/export", params={"format": "tensorboard"}).raise_for_status()
    name = answer.headers["Content-Disposition"].split('"')[1]
    (tmp_path / name).write_bytes(answer.content)
    events = EventAccumulator(str(tmp_path)).Reload()
    assert set(events.Tags()["scalars"]) == {"plan:backbone", "lr:backbone", "plan:head", "lr:head", "loss"}
    loss = events.Scalars("loss")
    assert [event.step for event in loss] == list(range(50))
    assert [event.value for event in loss] == [float(np.float32(1 / (step + 1))) for step in range(50)]
    assert loss[7].wall_time == pytest.approx(1_700_000_000.07, abs=1e-3)


def test_a_run_without_steps_as_every_format(server: Server) -> None:
    with server.agent(), server.client() as client:
        for format in ("csv", "json", "html", "parquet", "tensorboard"):
            assert client.get("/api/runs/r1/export", params={"format": format}).status_code == 200, format
        answer = client.get("/api/runs/r1/export", params={"format": "schedule"})
        assert answer.json()["error"]["code"] == "no_schedule"
