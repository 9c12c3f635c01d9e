"""Whatever the API can do, the client and the command line can do: each route has two ways, or a reason."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from rheostat.client import Client
from rheostat_server.auth.roles import find
from rheostat_server.cli import main
from tests.server.running import Agent, Server, wait_for

RUN = "my run"


@dataclass(frozen=True)
class Way:
    """A route, how the client takes it, and the words that take it; both may look something up first."""

    route: str
    call: Callable[[Client], object]
    words: Callable[[Client], Sequence[str]]


def words(*given: str) -> Callable[[Client], Sequence[str]]:
    return lambda _: given


def last(client: Client, of: str) -> str:
    """The id of the link or token made last."""
    return str((client.shares(RUN) if of == "share" else client.tokens())[-1]["id"])


def alert(client: Client) -> int:
    return int(client.alerts(RUN)[0]["id"])


def note(client: Client) -> int:
    return int(client.annotations(RUN)[0]["id"])


def old(client: Client) -> str:
    """The id of an archived run."""
    ended = client.runs(archived=True) or [
        client.edit(one["id"], archived=True) for one in client.runs() if one["origin"] == "import"
    ]
    return str(ended[0]["id"])


TABLE = Path("table.csv")
WAYS = (
    Way("GET /api/runs", lambda c: c.runs(), words("runs")),
    Way("GET /api/runs/{run}", lambda c: c.run(RUN), words("edit", RUN)),
    Way("PATCH /api/runs/{run}", lambda c: c.edit(RUN, notes="n"), words("edit", RUN, "--tags", "a", "b")),
    Way("GET /api/runs/{run}/series", lambda c: c.series(RUN, ["loss"]), words("watch", RUN, "--once")),
    Way("GET /api/runs/{run}/plan", lambda c: c.plan(RUN), words("plan", RUN, "--group", "head")),
    Way("GET /api/compare", lambda c: c.compare([RUN], ["loss"]), words("compare", RUN)),
    Way("GET /api/runs/{run}/export", lambda c: c.export(RUN, io.BytesIO()), words("export", RUN, "-o", "x")),
    Way("GET /api/runs/{run}/schedule", lambda c: c.schedule(RUN), words("diff", f"run:{RUN}", f"run:{RUN}")),
    Way("POST /api/runs/import", lambda c: c.import_file(TABLE), words("import", str(TABLE))),
    Way("DELETE /api/runs/{run}", lambda c: c.delete(old(c)), lambda c: ["delete", old(c)]),
    Way("POST /api/runs/{run}/annotations", lambda c: c.annotate(RUN, "x"), words("annotate", RUN, "y")),
    Way("GET /api/runs/{run}/annotations", lambda c: c.annotations(RUN), words("annotate", RUN)),
    Way(
        "PATCH /api/runs/{run}/annotations/{number}",
        lambda c: c.edit_annotation(RUN, note(c), text="z"),
        lambda c: ["annotate", RUN, "--edit", str(note(c)), "--step", "1"],
    ),
    Way(
        "DELETE /api/runs/{run}/annotations/{number}",
        lambda c: c.delete_annotation(RUN, note(c)),
        lambda c: ["annotate", RUN, "--delete", str(note(c))],
    ),
    Way(
        "POST /api/runs/{run}/commands/preview",
        lambda c: c.foresee(RUN, "scale", factor=0.5),
        words("scale", RUN, "0.5", "--dry-run"),
    ),
    Way(
        "POST /api/runs/{run}/commands",
        lambda c: c.command(RUN, "scale", factor=0.5),
        words("scale", RUN, "0.5", "--wait", "0"),
    ),
    Way("GET /api/runs/{run}/commands", lambda c: c.commands(RUN), words("commands", RUN)),
    Way("GET /api/alerts", lambda c: c.alerts(), words("alerts")),
    Way("GET /api/runs/{run}/alerts", lambda c: c.alerts(RUN, only_open=True), words("alerts", RUN)),
    Way(
        "PATCH /api/runs/{run}/alerts/{alert}",
        lambda c: c.mark_alert(RUN, alert(c), "acknowledged"),
        lambda c: ["alerts", RUN, "--clear", str(alert(c))],
    ),
    Way("POST /api/alerts/test", lambda c: c.test_webhooks(), words("alerts", "--test")),
    Way("POST /api/runs/{run}/shares", lambda c: c.share(RUN, days=1), words("shares", RUN, "--make")),
    Way("GET /api/runs/{run}/shares", lambda c: c.shares(RUN), words("shares", RUN)),
    Way(
        "DELETE /api/runs/{run}/shares/{share}",
        lambda c: c.revoke_share(RUN, last(c, "share")),
        lambda c: ["shares", RUN, "--revoke", last(c, "share")],
    ),
    Way(
        "PUT /api/schedules/saved/{name}",
        lambda c: c.save("mine", "hold"),
        words("schedules", "mine", "--save", "cosine -> 0"),
    ),
    Way("GET /api/schedules/saved", lambda c: c.schedules(), words("schedules")),
    Way("GET /api/schedules/saved/{name}", lambda c: c.versions("mine"), words("schedules", "mine")),
    Way("POST /api/session/links", lambda c: c.link(), words("open", "--print")),
    Way("POST /api/tokens", lambda c: c.make_token("viewer", "wall"), words("token", "create", "viewer")),
    Way("GET /api/tokens", lambda c: c.tokens(), words("token", "list")),
    Way(
        "POST /api/tokens/{token}/rotate",
        lambda c: c.rotate_token(last(c, "token")),
        lambda c: ["token", "rotate", last(c, "token")],
    ),
    Way(
        "DELETE /api/tokens/{token}",
        lambda c: c.revoke_token(last(c, "token")),
        lambda c: ["token", "revoke", last(c, "token")],
    ),
    Way("GET /api/audit", lambda c: c.audit(), words("audit", RUN)),
)
NEITHER = {
    "GET /healthz": "for what watches over the server; it takes no token",
    "GET /metrics": "for Prometheus",
    "POST /api/session": "a browser's cookie; a token needs no session",
    "GET /api/session": "likewise",
    "DELETE /api/session": "likewise",
    "POST /api/schedules/check": "rheostat.check, rheostat preview: no server needed",
    "POST /api/schedules/preview": "Plan.sample, rheostat preview: likewise",
    "POST /api/schedules/diff": "rheostat diff: likewise",
    "POST /api/schedules/convert": "rheostat.to_torch and its kin, rheostat convert: likewise",
    "GET /api/schedules/presets": "rheostat preview --list-presets: likewise",
    "GET /api/schedules/language": "for the completion of an editor",
}


@contextmanager
def asked() -> Iterator[list[str]]:
    """The routes that requests of this process take meanwhile."""
    routes: list[str] = []
    send = httpx.Client.send

    def noted(client: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
        rule = find(request.method, request.url.path).rule
        routes.append(f"{request.method} {rule.path if rule else request.url.path}")
        return send(client, request, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.Client, "send", noted)
        yield routes


def test_every_route_has_two_ways_or_a_reason_why_not(server: Server) -> None:
    routes = {
        f"{method.upper()} {path}" for path, item in server.app.openapi()["paths"].items() for method in item
    }
    ways = {way.route for way in WAYS}
    assert not ways & NEITHER.keys()
    assert ways | NEITHER.keys() == routes


def test_each_way_is_taken(
    agent: Agent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    TABLE.write_text("step,loss\n0,1.0\n1,0.5\n")
    agent.steps(3, 1, loss=[math.nan])
    with Client() as client:
        wait_for(lambda: client.alerts(RUN))
        for way in WAYS:
            with asked() as routes:
                way.call(client)
            assert way.route in routes, "the client"
        client.import_file(TABLE)
        for text in ("more", "and more"):
            client.annotate(RUN, text)
        client.share(RUN)
        for way in WAYS:
            given = way.words(client)
            with asked() as routes:
                status = main(list(given))
            assert (status, capsys.readouterr().err) == (0, ""), given
            assert way.route in routes, given
