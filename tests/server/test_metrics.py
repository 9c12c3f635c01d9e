"""Figures for Prometheus, read by its own parser; and the log as JSON lines."""

from __future__ import annotations

import json
import logging.config
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from rheostat_server.logs import log_config
from rheostat_server.settings import Settings
from tests.server.running import Server


def test_prometheus_reads_them(server: Server) -> None:
    with server.agent(run='a"b\\c') as agent, server.client() as client, server.viewer():
        agent.steps(0, 7)
        text = client.get("/metrics").raise_for_status().text
        openly = client.get("/metrics", headers={"Accept": "application/openmetrics-text"})
        assert openly.text.endswith("# EOF\n")
    found = {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["rheostat_runs", ("live",)] == 1
    assert found["rheostat_runs", ("crashed",)] == 0
    assert (
        found["rheostat_agents", ()] == found["rheostat_viewers", ()] == found["rheostat_store_ok", ()] == 1
    )
    assert found["rheostat_run_step", ('a"b\\c',)] == 7
    assert found["process_resident_memory_bytes", ()] > 0


def test_who_has_no_token_sees_none(server: Server) -> None:
    with server.client(None) as client:
        assert client.get("/metrics").status_code == 401
    with server.client("agent") as client:
        assert client.get("/metrics").status_code == 403


def test_a_line_of_the_log_is_an_object(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    logging.config.dictConfig(log_config(Settings(data_dir=tmp_path, log_format="json")))
    try:
        logging.getLogger("rheostat.server").warning("not %s:\nbecause", "stored")
        logging.getLogger("uvicorn.error").error("gone")
        lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    finally:
        for name in ("rheostat", "uvicorn", "uvicorn.error", "uvicorn.access"):
            logging.getLogger(name).handlers.clear()
            logging.getLogger(name).propagate = True
    assert [(line["level"], line["logger"], line["message"]) for line in lines] == [
        ("WARNING", "rheostat.server", "not stored:\nbecause"),
        ("ERROR", "uvicorn.error", "gone"),
    ]
    assert all(line["time"] for line in lines)
