"""The whole matrix: every route and every kind of message with every kind of credential."""

from __future__ import annotations

import json
from itertools import product
from typing import Any, get_args

import httpx
import msgspec
import pytest
from websockets.exceptions import InvalidStatus

from rheostat import wire
from rheostat_server.auth.messages import MESSAGES, barred
from rheostat_server.auth.roles import RULES, Principal, Rule
from rheostat_server.models import FromBrowser
from tests.server.auth.credentials import Credential, credentials
from tests.server.running import Server

RANK = {"viewer": 1, "operator": 2, "admin": 3}
REACHES = {"run": ("run", "project", "all"), "project": ("project", "all"), "all": ("all",)}


def expected(who: Credential, access: str, reach: str, run: str | None) -> int:
    """The status a refusal must have; 0: it must not be refused. Said anew, apart from the code's own way."""
    if access == "public":
        return 0
    if who.role is None:
        return 401
    fits = who.role == access if "agent" in (who.role, access) else RANK[who.role] >= RANK[access]
    width = "run" if who.run else "project" if who.project else "all"
    fits = fits and width in REACHES[reach]
    if run is not None:
        fits = fits and who.run in (None, run)
        fits = fits and who.project in (None, {"r1": "demo", "r2": "other"}.get(run, "nowhere"))
    return 0 if fits else 403


def status_of(server: Server, client: httpx.Client, rule: Rule, run: str, who: Credential) -> int:
    path = rule.path.replace("{run}", run).replace("{path:path}", "x.js")
    for name in ("{name}", "{token}", "{share}", "{alert}", "{number}"):
        path = path.replace(name, "7")
    assert "{" not in path, f"the matrix knows no value for {rule.path}"
    if rule.method == "WS":
        return upgrade(server, path, who.headers)
    body: dict[str, Any] = {} if rule.method == "GET" else {"json": {}}
    return client.request(rule.method, path, headers={"X-Rheostat": "1", **who.headers}, **body).status_code


def upgrade(server: Server, path: str, headers: dict[str, str]) -> int:
    """The status a websocket handshake ends with."""
    try:
        server.socket(path, None, headers=dict(headers), origin=server.url).close()
    except InvalidStatus as refused:
        json.loads(refused.response.body or b"")["error"]["code"]
        return refused.response.status_code
    return 101


def test_every_route_with_every_credential(server: Server) -> None:
    # Signing out ends what the later rows need.
    rules = sorted(RULES, key=lambda rule: rule.path == "/api/session" and rule.method == "DELETE")
    wrong: list[str] = []
    count = 0
    with server.agent(), server.agent(run="r2", project="other"), httpx.Client(base_url=server.url) as client:
        everybody = credentials(server)
        for rule, who in product(rules, everybody):
            limited = who.project is not None or who.run is not None
            for run in ("r1", "r2", "none") if limited and "{run}" in rule.path else ("r1",):
                status = status_of(server, client, rule, run, who)
                client.cookies.clear()
                count += 1
                wanted = expected(who, rule.access, rule.reach, run if "{run}" in rule.path else None)
                signing_in = (rule.method, rule.path) == ("POST", "/api/session")
                good = (
                    status == (422 if signing_in else wanted)
                    if wanted or signing_in
                    else status not in (401, 403)
                )
                if not good:
                    wrong.append(f"{rule.method} {rule.path} ({run}) as {who.name}: {status}, not {wanted}")
    assert not wrong, "\n".join(wrong)
    assert count > len(RULES) * len(everybody)


def test_rows_written_by_hand(server: Server) -> None:
    """A few that matter most, so that a mistake in the table itself shows too."""
    closed: dict[str, list[tuple[str, str]]] = {
        "agent of demo": [("GET", "/api/runs"), ("GET", "/api/runs/r1"), ("POST", "/api/runs/r1/commands")],
        "viewer": [("POST", "/api/runs/r1/commands"), ("PATCH", "/api/runs/r1"), ("GET", "/api/tokens")],
        "operator": [("GET", "/api/tokens"), ("POST", "/api/tokens"), ("DELETE", "/api/runs/r1")],
        "operator of other": [("GET", "/api/runs/r1"), ("POST", "/api/runs/r1/commands")],
        "link to r1": [
            ("GET", "/api/runs/r2"),
            ("POST", "/api/runs/r1/commands"),
            ("POST", "/api/runs/r1/commands/preview"),
            ("POST", "/api/runs/r1/shares"),
            ("PATCH", "/api/runs/r1"),
            *(("GET", path) for path in ("/api/tokens", "/openapi.json", "/api/schedules/saved")),
        ],
    }
    with server.agent(), server.agent(run="r2", project="other"), httpx.Client(base_url=server.url) as client:
        by_name = {who.name: who for who in credentials(server)}
        for name, requests in closed.items():
            for method, path in requests:
                body: dict[str, Any] = {} if method == "GET" else {"json": {}}
                headers = {"X-Rheostat": "1", **by_name[name].headers}
                assert client.request(method, path, headers=headers, **body).status_code == 403, (name, path)
        link = by_name["link to r1"].headers
        runs = client.get("/api/runs", headers=link).json()["runs"]
        assert [run["id"] for run in runs] == ["r1"]
        assert client.get("/api/session", headers=link).json()["run"] == "r1"
        other = by_name["viewer of other"].headers
        assert [run["id"] for run in client.get("/api/runs", headers=other).json()["runs"]] == ["r2"]


def tags(union: Any) -> set[str]:
    return {str(message.__struct_config__.tag) for message in get_args(union)}


def test_every_kind_of_message_is_listed_and_nothing_else() -> None:
    browser = {message.model_fields["type"].annotation for message in get_args(get_args(FromBrowser)[0])}
    kinds = {("/ws/agent", tag) for tag in tags(wire.FromAgent)}
    kinds |= {("/ws/live", get_args(literal)[0]) for literal in browser}
    assert {(message.socket, message.kind) for message in MESSAGES} == kinds
    assert len(MESSAGES) == len(kinds)


def test_every_kind_of_message_from_every_credential() -> None:
    runs = {"r1": "demo", "r2": "other", "none": None}
    roles = ("agent", "viewer", "operator", "admin")
    reaches: list[dict[str, str]] = [
        {},
        {"project": "demo"},
        {"project": "other"},
        {"run": "r1"},
        {"run": "r2"},
    ]
    unlisted = [("/ws/agent", "shout"), ("/ws/live", "hello"), ("/ws/agent", "watch"), ("/ws/else", "beat")]
    listed = {(message.socket, message.kind): message for message in MESSAGES}
    for kind, role, reach, (run, project), valid in product(
        [*listed, *unlisted], roles, reaches, runs.items(), (True, False)
    ):
        who = Principal(role, "x", "d", "bearer", **reach)  # type: ignore[arg-type]
        why = barred(who, *kind, run=run, project=project, valid=valid)
        rule = listed.get(kind)
        credential = Credential("", {}, role, reach.get("project"), reach.get("run"))
        wanted = rule is not None and valid and not expected(credential, rule.access, rule.reach, run)
        assert (not why) == wanted, (kind, role, reach, run, valid, why)


def test_the_matrix_would_see_a_new_message() -> None:
    class Shout(msgspec.Struct, tag="shout"):
        pass

    assert "shout" in tags(wire.FromAgent | Shout)
    assert ("/ws/agent", "shout") not in {(message.socket, message.kind) for message in MESSAGES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.method} {rule.path}")
def test_no_rule_lets_a_link_change_anything(rule: Rule) -> None:
    if rule.reach == "run" and rule.method not in ("GET", "WS"):
        assert (rule.method, rule.path) == ("DELETE", "/api/session")
