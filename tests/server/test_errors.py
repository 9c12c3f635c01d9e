"""Bad input everywhere: one JSON shape, with what, where and what was expected."""

from __future__ import annotations

import pytest

from rheostat_server.auth.roles import RULES, Rule
from tests.server.running import Server

FIELDS = {"code", "message", "where", "expected", "suggestion"}
BODIES = {
    "no JSON": b"{",
    "no UTF-8": b'{"text": "\xff"}',
    "a list": b"[]",
    "a number": b"1" * 5000,
    "nested": b"[" * 100_000,
    "nothing": b"",
    "unknown field": b'{"nonsense": 1}',
    "half a character": b'{"text": "\\ud800", "name": "\\ud800", "kind": "\\ud800", "code": "\\ud800"}',
    "wrong types": b'{"text": [], "name": {}, "kind": 7, "role": null, "days": "x", "state": 1, "code": 3}',
}
UNSAFE = [rule for rule in RULES if rule.method in ("POST", "PUT", "PATCH")]


def address(rule: Rule) -> str:
    path = rule.path.replace("{run}", "r1")
    for name in ("{name}", "{token}", "{share}", "{alert}"):
        path = path.replace(name, "7")
    return path


def test_every_route_takes_bad_bodies_in_the_one_shape(server: Server) -> None:
    wrong: list[str] = []
    refused = 0
    with server.agent(), server.client() as client:
        for rule in UNSAFE:
            for name, body in BODIES.items():
                server.dashboard.sign_ins._failures.clear()
                headers = {"Content-Type": "application/json"}
                answer = client.request(rule.method, address(rule), content=body, headers=headers)
                where = f"{rule.method} {rule.path}, {name}: {answer.status_code}"
                if answer.status_code >= 500:
                    wrong.append(where)
                elif answer.status_code >= 400:
                    refused += 1
                    error = answer.json()["error"]
                    if set(error) != FIELDS or not error["code"] or not error["message"]:
                        wrong.append(f"{where} {answer.text}")
                    if error["code"] == "invalid" and not (error["where"] and error["expected"]):
                        wrong.append(f"{where} says not what was expected: {answer.text}")
    assert not wrong, "\n".join(wrong)
    assert refused > 60


@pytest.mark.parametrize(
    ("path", "where", "expected"),
    [
        ("/api/runs/r1/series", "query.metric", "a value"),
        ("/api/runs/r1/series?metric=loss&width=1", "query.width", "ge 16"),
        ("/api/runs/r1/series?metric=loss&from=x", "query.from", "int"),
        ("/api/runs/r1/series?metric=loss&format=x", "query.format", "'json' or 'bin'"),
        ("/api/runs/r1/plan?to=-1", "query.to", "ge 1"),
        ("/api/runs/r1/plan?nonsense=1", "query.nonsense", "no such field"),
        (
            "/api/runs/r1/export?format=x",
            "query.format",
            "'csv', 'json', 'html', 'parquet', 'tensorboard' or 'schedule'",
        ),
        ("/api/runs?archived=maybe", "query.archived", "bool"),
        ("/api/alerts?open=maybe", "query.open", "bool"),
    ],
)
def test_bad_queries_say_where_and_what_was_expected(
    server: Server, path: str, where: str, expected: str
) -> None:
    with server.agent(), server.client() as client:
        answer = client.get(path)
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert (error["where"], error["expected"]) == (where, expected)
