"""What holds of one server holds of two: the job on one, viewers and operators on the other."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from websockets.exceptions import ConnectionClosed

from rheostat.control.command import CommandReport
from rheostat.wire import Ack, Bye, Refused, encode
from tests.server.imports.test_imports import STATE, send
from tests.server.running import Agent, Server, Viewer, flush, hello, wait_for
from tests.server.scale.conftest import Pair

GROUPS = ["backbone", "head"]


def known(server: Server, run: str = "r1") -> None:
    with server.client() as client:
        wait_for(lambda: client.get(f"/api/runs/{run}").status_code == 200)
        wait_for(lambda: client.get(f"/api/runs/{run}").json()["state"] == "live")


def connected(server: Server) -> bool:
    """Whether the server is connected to NATS."""
    bus = server.dashboard.others.bus
    return bus is not None and bus.connected


def steps_seen(viewer: Viewer, until: int) -> list[int]:
    """The steps of the loss that a viewer was sent, in order, up to ``until``."""
    seen: list[int] = []
    while not seen or seen[-1] < until:
        message = viewer.receive()
        assert message["type"] != "reset", "the view was not gap-free"
        if message["type"] == "points":
            seen += message["series"]["loss"]["x"]
    return seen


def hold(server: Server, **more: Any) -> httpx.Response:
    with server.client() as client:
        return client.post("/api/runs/r1/commands", json={"kind": "hold", "value": 1e-4, **more})


def applied(agent: Agent) -> str:
    command = agent.command()
    agent.send(CommandReport(id=command.id, state="applied", at=0.0, step=1, planned={}, effective={}))
    return command.id


def test_points_and_commands_cross(pair: Pair) -> None:
    with pair.a.agent() as agent:
        agent.steps(0, 5)
        known(pair.b)
        with pair.b.viewer("r1") as viewer:
            for at in range(1, 20):
                agent.steps(5 * at, 5)
            assert steps_seen(viewer, 99) == list(range(100))
            asked = hold(pair.b)
            assert asked.status_code == 201
            assert applied(agent) == asked.json()["id"]
            record = viewer.next("command", lambda m: m["command"]["state"] == "applied")["command"]
            assert record["id"] == asked.json()["id"]
            with pair.b.client() as client:
                wait_for(lambda: client.get("/api/runs/r1").json()["revision"] == 1)


def test_a_run_nobody_watches_stays_off_the_bus(pair: Pair) -> None:
    with pair.a.agent() as agent:
        agent.steps(0, 5)
        known(pair.b)
        before = pair.a.dashboard.others.relay.published
        for at in range(1, 20):
            agent.steps(5 * at, 5)
        assert pair.a.dashboard.others.relay.published == before


def test_a_job_that_is_gone_is_told_at_once(pair: Pair) -> None:
    with pair.a.agent() as agent:
        agent.steps(0, 5)
        known(pair.b)
        entry = pair.b.dashboard.book.get("r1")
        assert entry is not None
    wait_for(lambda: pair.a.dashboard.leases.holder("r1") is None)
    entry.connected = True  # as the other server saw it a moment ago
    begun = time.monotonic()
    asked = hold(pair.b)
    # Had a timeout been waited for, it would have been taken: nobody would know.
    assert (asked.status_code, asked.json()["error"]["code"]) == (409, "not_connected")
    print(f"refused after {time.monotonic() - begun:.2f} s")
    with pair.b.client() as client:
        (record,) = client.get("/api/runs/r1/commands").json()["commands"]
    assert record["state"] == "rejected"
    with pair.b.agent() as again:
        again.steps(5, 1)
        assert again.commands == [], "what was told lost is not delivered later"


def test_of_two_operators_on_two_servers_one_gets_409(pair: Pair) -> None:
    with pair.a.agent() as agent:
        agent.steps(0, 5)
        known(pair.b)
        answers: list[int] = []
        for base in range(5):
            both = [
                threading.Thread(
                    target=lambda server, base=base: answers.append(
                        hold(server, base_revision=base).status_code
                    ),
                    args=(server,),
                )
                for server in (pair.a, pair.b)
            ]
            for thread in both:
                thread.start()
            for thread in both:
                thread.join()
            applied(agent)
        assert sorted(answers) == [201] * 5 + [409] * 5


def test_one_writer_across_servers(pair: Pair) -> None:
    with pair.a.agent() as first:
        first.steps(0, 5)
        second = Agent(pair.b.socket("/ws/agent", "agent"), hello(attempt="a2"))
        second.connection.send(encode(second.hello))
        refused = second.receive()
        assert isinstance(refused, Refused)
        assert (refused.code, refused.retry) == ("run_taken", True)
        first.steps(5, 5)
        with pair.b.agent(attempt="a2", restart=1) as third:
            third.steps(10, 5)
            # The first one's next flush is refused by the database, then its connection is closed.
            first.send(flush(3, 10, 5, GROUPS, loss=[9.0] * 5))
            answer = first.receive()
            assert isinstance(answer, Refused)
            assert answer.code == "fenced"
            third.steps(15, 5)
    with pair.a.client() as client:
        series = client.get("/api/runs/r1/series", params={"metric": "loss"}).json()["series"]["loss"]
    assert series["y"] == [1.0 / (step + 1) for step in range(20)]


def test_nothing_of_a_fenced_job_is_noted(pair: Pair) -> None:
    with pair.a.agent() as first:
        first.steps(0, 5)
        known(pair.b)
        assert hold(pair.a).status_code == 201
        command = first.command()
        with pair.b.agent(attempt="a2", restart=1, step=5) as second:
            # The first server may have heard of it and closed already.
            with contextlib.suppress(ConnectionClosed):
                first.send(
                    CommandReport(id=command.id, state="applied", at=0.0, step=4, planned={}, effective={})
                )
                first.send(Bye(state="finished", step=5, last_seq=1))
            while not isinstance(answer := first.receive(), Refused):
                assert not (isinstance(answer, Ack) and answer.reports), "no report was acknowledged"
            assert answer.code == "fenced"
            second.steps(5, 5)
            with pair.b.client() as client:
                (record,) = client.get("/api/runs/r1/commands").json()["commands"]
                assert [event["state"] for event in record["events"]] == ["requested", "lost"]
                run = client.get("/api/runs/r1").json()
    assert (run["state"], run["attempts"][0]["state"]) == ("live", "crashed")


def test_what_is_written_on_one_server_shows_on_the_other(pair: Pair) -> None:
    with pair.a.agent() as agent, pair.b.viewer() as viewer:
        agent.steps(0, 5)
        known(pair.b)
        viewer.say({"type": "watch", "run": "r1", "cursor": 0})
        assert steps_seen(viewer, 4) == list(range(5))
        wait_for(lambda: pair.a.dashboard.others.relay.wants("r1"))
        with pair.a.client() as client:
            client.post("/api/runs/r1/annotations", json={"text": "here"}).raise_for_status()
        assert viewer.next("annotation")["annotation"]["text"] == "here"


def test_the_pieces_of_a_file_may_come_to_different_servers(pair: Pair) -> None:
    data = json.dumps(STATE).encode()
    bearer = {"Authorization": f"Bearer {pair.a.token('admin')}"}
    with pair.a.client() as one, httpx.Client(base_url=pair.b.url, headers=bearer) as two:
        assert send(one, data[9:], "t.json", upload="u1", piece=1, pieces=2).status_code == 202
        made = send(two, data[:9], "t.json", upload="u1", piece=0, pieces=2)
        assert made.status_code == 201
        (run,) = made.json()["runs"]
        wait_for(lambda: one.get(f"/api/runs/{run['id']}").is_success)
        there = one.get(f"/api/runs/{run['id']}").json()
    assert (there["origin"], there["state"], there["step"]) == ("import", "finished", run["step"])


def test_an_alert_is_raised_once_and_shows_and_clears_on_both(pair: Pair) -> None:
    with pair.b.viewer() as there, pair.a.agent() as agent:
        agent.send(flush(1, 0, 5, GROUPS, loss=[float("nan")] * 5))
        raised = there.next("alert")["alert"]
        assert (raised["kind"], raised["cleared_at"]) == ("nan", None)
        with pair.b.agent(restart=1) as again:
            # The server that let the job in last goes on with what the other has raised.
            again.send(flush(2, 5, 5, GROUPS, loss=[float("nan")] * 5))
            again.acked(2)
            wait_for(lambda: not pair.a.dashboard.alerts.watches("r1"))
            again.send(flush(3, 10, 5, GROUPS, loss=[1.0] * 5))
            cleared = there.next("alert")["alert"]
    assert (cleared["id"], cleared["cleared_by"]) == (raised["id"], "")
    with pair.a.client() as client:
        assert len(client.get("/api/runs/r1/alerts").json()["alerts"]) == 1


def test_sign_ins_and_tokens_hold_everywhere(pair: Pair) -> None:
    with pair.a.client() as admin:
        code = admin.post("/api/session/links").json()["code"]
    assert httpx.get(
        f"{pair.b.url}/api/runs", headers={"Authorization": f"Bearer {pair.a.token('admin')}"}
    ).is_success
    with httpx.Client(base_url=pair.b.url, headers={"X-Rheostat": "1"}) as browser:
        assert browser.post("/api/session", json={"code": code}).is_success
        assert not browser.post("/api/session", json={"code": code}).is_success, "once, wherever"
        cookies = dict(browser.cookies)
        assert httpx.get(f"{pair.a.url}/api/session", cookies=cookies).is_success
        browser.delete("/api/session").raise_for_status()
    wait_for(lambda: httpx.get(f"{pair.a.url}/api/session", cookies=cookies).status_code == 401)


def test_without_nats_the_view_is_late_but_right_and_comes_back(pair: Pair) -> None:
    with pair.a.agent() as agent, pair.b.viewer() as viewer:
        agent.steps(0, 5)
        known(pair.b)
        viewer.say({"type": "watch", "run": "r1", "cursor": 0})
        assert steps_seen(viewer, 4) == list(range(5))
        pair.nats.kill()
        wait_for(lambda: not connected(pair.a) and not connected(pair.b))
        begun = time.monotonic()
        agent.steps(5, 5)
        assert steps_seen(viewer, 9) == list(range(5, 10))
        print(f"seen without NATS after {time.monotonic() - begun:.2f} s")
        asked = hold(pair.b)
        assert asked.status_code == 201
        assert applied(agent) == asked.json()["id"], "through the database"
        pair.nats.start()
        wait_for(lambda: connected(pair.a) and connected(pair.b))
        for at in range(2, 12):
            agent.steps(5 * at, 5)
        assert steps_seen(viewer, 59) == list(range(10, 60))
        wait_for(lambda: pair.a.dashboard.others.relay.wants("r1"))


def test_a_cut_database_loses_nothing_acknowledged(pair: Pair, postgresql: Any) -> None:
    with pair.a.agent() as agent, pair.b.viewer() as viewer:
        agent.steps(0, 5)
        known(pair.b)
        viewer.say({"type": "watch", "run": "r1", "cursor": 0})
        assert steps_seen(viewer, 4) == list(range(5))
        postgresql.drop_connections()
        agent.steps(5, 5)
        assert steps_seen(viewer, 9) == list(range(5, 10))
    with pair.a.dashboard.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM chunks")) == 2


@pytest.mark.parametrize("where", ["a", "b"])
def test_names_and_archiving_show_on_both(pair: Pair, where: str) -> None:
    with pair.a.agent() as agent:
        agent.steps(0, 5)
    known_at = getattr(pair, where)
    with pair.a.client() as one, pair.b.client() as two, known_at.client() as editor:
        wait_for(lambda: two.get("/api/runs/r1").status_code == 200)
        for server in (pair.a, pair.b):
            wait_for(lambda server=server: not server.dashboard.book.get("r1").connected)  # type: ignore[misc]
        editor.patch("/api/runs/r1", json={"name": "best", "archived": True}).raise_for_status()
        wait_for(lambda: [r["name"] for r in one.get("/api/runs?archived=true").json()["runs"]] == ["best"])
        wait_for(lambda: [r["name"] for r in two.get("/api/runs?archived=true").json()["runs"]] == ["best"])
