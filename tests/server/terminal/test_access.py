"""Who may see and do what, on the command line: links, the audit log, and a run kept, archived, deleted."""

from __future__ import annotations

import math
import re

import httpx
import pytest

from rheostat.client import Client, ClientError
from tests.server.running import Agent, Server, wait_for
from tests.server.terminal.said import Captured, data, said


def test_the_audit_log(agent: Agent, capsys: Captured) -> None:
    said(capsys, "edit", "my run", "--name", "best one", "--tags", "a", "b")
    said(capsys, "token", "create", "viewer", "--name", "wall", "--project", "p")
    head, *rows = said(capsys, "audit").splitlines()
    assert head.split() == ["ID", "AT", "WHO", "FROM", "WHAT", "SUBJECT", "CHANGE"]
    assert [row.split()[6] for row in rows] == ["token.make", "run.edit"], "newest first"
    assert re.match(r"2 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  admin \(admin\)  127\.0\.0\.1  token\.make", rows[0])
    assert rows[1].endswith('{"tags": [], "title": null} -> {"name": "best one", "tags": ["a", "b"]}')
    (entry,) = data(capsys, "audit", "my run")
    assert (entry["what"], entry["subject"], entry["after"]["name"]) == ("run.edit", "my run", "best one")
    assert [one["id"] for one in data(capsys, "audit", "--before", "2")] == [1]
    with Client() as client:
        assert client.audit("my run") == [entry]


def test_only_an_admin_reads_it(agent: Agent, server: Server, capsys: Captured) -> None:
    secret = said(capsys, "token", "create", "operator").splitlines()[0]
    with Client(token=secret) as operator:
        assert operator.runs()
        with pytest.raises(ClientError) as refused:
            operator.audit()
        assert refused.value.status == 403


def test_a_link_to_a_run_from_birth_to_end(agent: Agent, server: Server, capsys: Captured) -> None:
    url, told = said(capsys, "shares", "my run", "--make", "--days", "1").splitlines()
    code = {"code": url.partition("?code=")[2]}
    with httpx.Client(base_url=server.url) as guest:
        assert guest.post("/api/session", json=code).json()["run"] == "my run"
        name = re.match(r"\(id (\w+), until \d{4}-", told)
        assert name is not None
        assert said(capsys, "shares", "my run").splitlines()[1].split()[:2] == [name[1], "admin"]
        assert said(capsys, "shares", "my run", "--revoke", name[1]) == f"revoked {name[1]}\n"
        assert guest.get("/api/runs/my run").status_code == 401
    assert data(capsys, "shares", "my run") == []


def test_alerts_are_listed_and_marked(agent: Agent, capsys: Captured) -> None:
    agent.steps(3, 1, loss=[math.nan])
    wait_for(lambda: data(capsys, "alerts"))
    row = said(capsys, "alerts", "my run", "--open").splitlines()[1]
    assert row.split()[0] == "1"
    assert " nan " in row
    assert " open " in row
    assert said(capsys, "alerts", "my run", "--acknowledge", "1").startswith("acknowledged 1: ")
    assert data(capsys, "alerts")[0]["acknowledged_by"] == "admin"
    assert said(capsys, "alerts", "my run", "--clear", "1").startswith("cleared 1: ")
    assert data(capsys, "alerts", "--open") == []
    assert "marked with its run" in said(capsys, "alerts", "--clear", "1", status=2)
    assert "there are no webhooks" in said(capsys, "alerts", "--test")


def test_the_log_of_commands(agent: Agent, capsys: Captured) -> None:
    said(capsys, "hold", "my run", "1e-4", "--wait", "0", "--reason", "too wild")
    head, row = said(capsys, "commands", "my run").splitlines()
    assert head.split() == ["AT", "BY", "COMMAND", "STATE", "STEP", "WHY"]
    assert re.search(r"  admin  hold 0\.0001  requested +too wild$", row)
    assert [one["state"] for one in data(capsys, "commands", "my run")[0]["events"]] == ["requested"]


def test_a_run_is_named_archived_taken_back_and_deleted(
    agent: Agent, server: Server, capsys: Captured
) -> None:
    assert said(capsys, "edit", "my run", "--name", "x", "--notes", "n").splitlines()[0] == "x: live"
    assert said(capsys, "edit", "my run", "--name", "").splitlines() == ["a run: live", "tags: ", "notes: n"]
    assert "only an archived run" not in said(capsys, "delete", "my run", status=1), "its job is connected"
    agent.connection.close()
    wait_for(lambda: server.dashboard.leases.holder("my run") is None)
    assert "only an archived run" in said(capsys, "delete", "my run", status=1)
    assert said(capsys, "edit", "my run", "--archive").startswith("a run: archived\n")
    assert data(capsys, "runs") == []
    assert not said(capsys, "edit", "my run", "--restore").startswith("a run: archived\n")
    said(capsys, "edit", "my run", "--archive")
    assert said(capsys, "delete", "my run") == "deleted my run\n"
    assert "there is no run" in said(capsys, "edit", "my run", status=1)


def test_the_plan_is_drawn(agent: Agent, capsys: Captured) -> None:
    assert any(0x2800 < ord(c) < 0x2900 for c in said(capsys, "plan", "my run", "--width", "60")), "Braille"
    assert data(capsys, "plan", "my run", "--group", "head")["x"][0] == 0
    assert "no param group 'tail'" in said(capsys, "plan", "my run", "--group", "tail", status=1)
