"""``rheostat token`` against a running server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rheostat_server.cli import main
from rheostat_server.terminal.access import token_table
from tests.server.running import Server


def works(server: Server, token: str) -> bool:
    with server.client(None) as client:
        return client.get("/api/runs", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_token_from_birth_to_end(server: Server, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--data-dir", str(folder)]
    assert main(["token", "create", "viewer", "--name", "wall", "--project", "demo", *where]) == 0
    secret, told = capsys.readouterr().out.splitlines()
    assert works(server, secret)
    assert "viewer of project 'demo'" in told
    main(["token", "list", *where])
    listed = capsys.readouterr().out
    assert secret not in listed
    name = next(line for line in listed.splitlines() if "wall" in line).split()[0]
    main(["token", "rotate", name, "--json", *where])
    fresh = json.loads(capsys.readouterr().out)
    assert works(server, fresh["token"])
    assert not works(server, secret)
    main(["token", "revoke", name, *where])
    assert capsys.readouterr().out == f"revoked {name}\n"
    assert not works(server, fresh["token"])


def test_the_servers_own_folder_comes_before_what_jobs_are_told(
    server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RHEOSTAT_SERVER", "http://127.0.0.1:9")
    monkeypatch.setenv("RHEOSTAT_TOKEN", server.token("agent"))
    assert main(["token", "list"]) == 0
    assert main(["open", "--print"]) == 0
    assert f"{server.url}/?code=" in capsys.readouterr().out
    assert main(["runs"]) == 2, "others ask the server that is named"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["create", "agent"], "the name of the project"),
        (["revoke", "nothing"], "no token 'nothing'"),
        (["revoke", "../runs/r1"], "there is no"),
        (["revoke", "agent"], "delete agent.token there"),
        (["create", "viewer", "--days", "-3"], "greater than 0"),
    ],
)
def test_a_mistake_is_one_sentence(
    folder: Path, words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", *words, "--data-dir", str(folder)]) == 1
    told = capsys.readouterr().err
    assert says in told
    assert len(told.splitlines()) == 1


def test_without_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "list", "--data-dir", str(tmp_path)]) == 2
    assert "no server runs on" in capsys.readouterr().err


def test_the_table() -> None:
    token = {
        "id": "ab12",
        "role": "agent",
        "project": None,
        "expires_at": 86_400.0 * 2,
        "open": 1,
        "connections": 20,
        "name": "cluster",
    }
    assert token_table([token], 86_400.0) == [
        "ID    ROLE   PROJECT  EXPIRES   OPEN  NAME",
        "ab12  agent  (all)    in 1.0 d  1/20  cluster",
    ]
