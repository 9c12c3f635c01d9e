"""Commands over HTTP, with a raw agent at the other end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rheostat.control.command import Command, CommandReport, Hold, Limits, Scale
from rheostat.control.states import Control
from rheostat.wire import Bye, Plan
from tests.server.running import Agent, Server, wait_for

HALVE = {"kind": "scale", "factor": 0.5}


def post(server: Server, body: dict[str, Any], path: str = "/api/runs/r1/commands") -> Any:
    with server.client() as client:
        return client.post(path, json=body)


def log(server: Server) -> Any:
    with server.client() as client:
        return client.get("/api/runs/r1/commands").json()


def report(agent: Agent, command_id: str, state: Any, **more: Any) -> None:
    agent.send(CommandReport(id=command_id, state=state, at=0.0, **more))


def state_of(server: Server, command_id: str) -> str:
    return str(next(c for c in log(server)["commands"] if c["id"] == command_id)["state"])


def test_a_command_through_its_whole_life(server: Server) -> None:
    with server.agent() as agent:
        agent.steps(0, 10)
        asked = post(server, {**HALVE, "groups": ["head"], "for_steps": 200, "reason": "loss is rising"})
        assert asked.status_code == 201
        record = asked.json()
        assert record["text"] == "scale 0.5 on head for 200 steps"
        assert (record["state"], record["issued_by"], record["active"]) == ("requested", "admin", False)
        command = agent.command()
        assert (command.id, command.action, command.groups) == (record["id"], Scale(0.5), ("head",))
        assert (command.reason, command.ttl_s, command.issued_at) == (
            "loss is rising",
            60.0,
            record["issued_at"],
        )
        report(agent, command.id, "accepted")
        report(agent, command.id, "scheduled", step=12)
        report(agent, command.id, "applied", step=12, planned={"head": 1e-2}, effective={"head": 5e-3})
        wait_for(lambda: state_of(server, command.id) == "applied")
        (now,) = log(server)["commands"]
        assert now["active"]
        assert now["events"][-1]["step"] == 12
        assert now["events"][-1]["effective"] == {"head": 5e-3}
        with server.client() as client:
            assert client.get("/api/runs/r1").json()["overridden"]
        report(agent, command.id, "ended", step=212, code="done", message="acted up to step 211")
        wait_for(lambda: state_of(server, command.id) == "ended")
        (now,) = log(server)["commands"]
    states = [event["state"] for event in now["events"]]
    assert states == ["requested", "accepted", "scheduled", "applied", "ended"]
    assert now["active"] is False


def test_a_refusal_is_told_as_the_agent_worded_it(server: Server) -> None:
    with server.agent() as agent:
        command_id = post(server, {"kind": "hold", "value": 1e9}).json()["id"]
        assert agent.command().action == Hold(1e9)
        report(agent, command_id, "rejected", code="over_ceiling", message="1e+09 is above 0.1")
        wait_for(lambda: state_of(server, command_id) == "rejected")
        event = log(server)["commands"][0]["events"][-1]
    assert (event["code"], event["message"]) == ("over_ceiling", "1e+09 is above 0.1")


def test_the_same_id_gives_the_same_record(server: Server) -> None:
    body = {**HALVE, "id": "my-own-id-1"}
    with server.agent() as agent:
        first = post(server, body)
        again = post(server, body)
        assert agent.command().id == "my-own-id-1"
    after = post(server, body)
    assert [first.status_code, again.status_code, after.status_code] == [201, 200, 200]
    assert first.json()["id"] == again.json()["id"] == after.json()["id"]
    assert len(log(server)["commands"]) == 1


def test_a_stale_revision_is_refused(server: Server) -> None:
    with server.agent():
        assert post(server, {**HALVE, "base_revision": 0}).status_code == 201
        late = post(server, {**HALVE, "base_revision": 0})
        assert late.status_code == 409
        error = late.json()["error"]
        assert (error["code"], error["expected"]) == ("stale", "1")
        assert post(server, {**HALVE, "base_revision": 1}).json()["revision"] == 2
    assert len(log(server)["commands"]) == 2


def test_nothing_is_queued_for_a_job_that_is_away(server: Server) -> None:
    with server.agent() as agent:
        agent.steps(0, 5)
    wait_for(lambda: server.dashboard.leases.holder("r1") is None)
    answer = post(server, HALVE)
    assert answer.status_code == 409
    assert "nothing is queued" in answer.json()["error"]["message"]
    assert log(server)["commands"] == []


def test_a_job_may_take_no_commands(server: Server) -> None:
    with server.agent(control=False):
        answer = post(server, HALVE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "control_off")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"kind": "hold", "value": -1.0}, "body.value"),
        ({"kind": "hold"}, "body.value"),
        ({"kind": "melt"}, "body.kind"),
        ({**HALVE, "groups": ["tail"]}, "body.groups"),
    ],
)
def test_nonsense_is_refused_before_any_job_hears_of_it(
    server: Server, body: dict[str, Any], where: str
) -> None:
    with server.agent():
        answer = post(server, body)
    assert answer.status_code == 422
    assert answer.json()["error"]["where"] == where
    assert log(server)["commands"] == []


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999"])
def test_no_number_is_no_lr(server: Server, value: str) -> None:
    with server.agent(), server.client() as client:
        answer = client.post(
            "/api/runs/r1/commands",
            content=f'{{"kind": "hold", "value": {value}}}',
            headers={"Content-Type": "application/json"},
        )
    assert answer.status_code in (400, 422)
    assert "error" in answer.json()


def test_what_the_job_does_itself_is_recorded(server: Server) -> None:
    command = Command(id="local-1", action=Scale(2.0), reason="in the script", issued_by="job")
    with server.agent() as agent:
        report(agent, "local-1", "applied", step=3, command=command)
        wait_for(lambda: log(server)["commands"])
        (record,) = log(server)["commands"]
    assert (record["text"], record["issued_by"], record["state"]) == ("scale 2", "job", "applied")
    assert record["request"]["reason"] == "in the script"


def test_an_open_command_is_delivered_again_to_the_same_attempt(server: Server) -> None:
    with server.agent() as agent:
        command_id = post(server, HALVE).json()["id"]
        assert agent.command().id == command_id
    with server.agent() as agent:
        assert agent.command().id == command_id
        assert state_of(server, command_id) == "requested"


def test_a_command_of_two_hours_ago_is_not_applied(server: Server) -> None:
    """The job was cut off before it heard of it. What decides is the agent's own code."""
    with server.agent() as agent:
        command_id = post(server, HALVE).json()["id"]
    now = server.dashboard.clock
    server.dashboard.clock = lambda: now() + 7200.0
    with server.agent() as agent:
        late = agent.command()
        assert agent.welcome is not None
        control = Control(Limits())
        told = control.receive(late, now=agent.welcome.clock, step=5, planned={"backbone": 1e-3})
        assert not control.busy
        agent.send(told)
        wait_for(lambda: state_of(server, command_id) == "expired")
    (record,) = log(server)["commands"]
    assert record["events"][-1]["code"] == "too_old"
    assert "7200 s" in record["events"][-1]["message"]


def test_a_new_attempt_loses_the_commands_of_the_old_one(server: Server) -> None:
    with server.agent() as agent:
        first = post(server, HALVE).json()["id"]
        second = post(server, HALVE).json()["id"]
        report(agent, second, "applied", step=3)
        wait_for(lambda: state_of(server, second) == "applied")
    kept = Command(id=second, action=Scale(0.5))
    with server.agent(attempt="a2", restart=1, active=(kept,)):
        assert state_of(server, first) == "lost"
        assert state_of(server, second) == "applied"


def test_what_began_before_the_hello_gets_its_step_from_the_report_after_it(server: Server) -> None:
    """A job turned from its own side before it met the server."""
    begun = Command(id="c", action=Scale(0.5), issued_by="job")
    with server.agent(active=(begun,)) as agent:
        assert [(e["state"], e["step"]) for e in log(server)["commands"][0]["events"]] == [
            ("requested", None),
            ("applied", None),
        ]
        report(agent, "c", "accepted", command=begun)
        applied = {"step": 3, "planned": {"backbone": 1e-3, "head": 5e-4}}
        report(agent, "c", "applied", **applied)
        report(agent, "c", "applied", **applied)
        agent.steps(0, 100)
        wait_for(lambda: log(server)["commands"][0]["events"][-1]["step"] == 3)
        (record,) = log(server)["commands"]
        assert [(e["state"], e["step"]) for e in record["events"][2:]] == [("applied", 3)]
        answer = post(server, HALVE, "/api/runs/r1/commands/preview").json()
        assert answer["groups"][0]["present"][0] == 0.5 * answer["groups"][0]["planned"][0]
    with server.agent(attempt="a2", restart=1, active=(begun,)) as agent:
        agent.steps(100, 1)
        answer = post(server, HALVE, "/api/runs/r1/commands/preview").json()
        assert answer["groups"][0]["present"][0] == 0.5 * answer["groups"][0]["planned"][0]


def test_the_end_of_the_run_ends_its_commands(server: Server) -> None:
    with server.agent() as agent:
        applied, waiting = (post(server, HALVE).json()["id"] for _ in range(2))
        report(agent, applied, "applied", step=3)
        agent.send(Bye(state="finished", step=9, last_seq=0))
        wait_for(lambda: state_of(server, applied) == "ended")
        assert state_of(server, waiting) == "lost"


def test_a_job_that_vanished_loses_its_commands(tmp_path: Path) -> None:
    with Server(tmp_path, silent_after_s=0.05, crash_after_s=0.1) as server:
        with server.agent() as agent:
            command_id = post(server, HALVE).json()["id"]
            report(agent, command_id, "applied", step=3)
            wait_for(lambda: state_of(server, command_id) == "applied")
        wait_for(lambda: state_of(server, command_id) == "lost")
        with server.client() as client:
            run = client.get("/api/runs/r1").json()
        assert run["state"] == "crashed"
        assert run["overridden"] is False


def test_the_log_survives_a_restart(tmp_path: Path) -> None:
    with Server(tmp_path) as server, server.agent() as agent:
        command_id = post(server, HALVE).json()["id"]
        report(agent, command_id, "applied", step=3)
        wait_for(lambda: state_of(server, command_id) == "applied")
        before = log(server)
    with Server(tmp_path) as server:
        assert log(server) == before
        with server.client() as client:
            run = client.get("/api/runs/r1").json()
        assert (run["overridden"], run["revision"]) == (True, 1)


def test_the_future_before_committing_to_it(server: Server) -> None:
    with server.agent() as agent:
        agent.steps(0, 100)
        answer = post(server, {**HALVE, "groups": ["head"]}, "/api/runs/r1/commands/preview").json()
    assert (answer["step"], answer["text"], answer["refusal"]) == (100, "scale 0.5 on head", None)
    (head,) = answer["groups"]
    assert head["x"][0] == 100
    assert head["x"][-1] == 999
    assert head["present"] == head["planned"]
    assert head["proposed"] == [value * 0.5 for value in head["planned"]]
    assert head["area_change"] == pytest.approx(-0.5)
    assert log(server)["commands"] == []


def test_the_future_counts_what_is_in_force(server: Server) -> None:
    with server.agent() as agent:
        agent.steps(0, 100)
        command_id = post(server, HALVE).json()["id"]
        planned = {"backbone": 9.8e-4, "head": 9.8e-3}
        report(agent, command_id, "applied", step=100, planned=planned)
        wait_for(lambda: state_of(server, command_id) == "applied")
        answer = post(server, {"kind": "release"}, "/api/runs/r1/commands/preview").json()
    for group in answer["groups"]:
        assert group["present"] == [value * 0.5 for value in group["planned"]]
        assert group["proposed"] == group["planned"]


def test_the_future_names_the_limit_that_forbids_it(server: Server) -> None:
    with server.agent(limits=Limits(max_lr=0.05)) as agent:
        agent.steps(0, 1)
        answer = post(server, {"kind": "hold", "value": 1.0}, "/api/runs/r1/commands/preview").json()
    assert answer["refusal"] is not None
    assert "0.05" in answer["refusal"]["message"]


def test_no_plan_no_future(server: Server) -> None:
    with server.agent(plan=Plan(origin="none", why="unknown scheduler")):
        answer = post(server, HALVE, "/api/runs/r1/commands/preview").json()
    assert (answer["groups"], answer["why"]) == ([], "unknown scheduler")


def test_an_lr_that_is_no_number_leaves_the_log_readable(server: Server) -> None:
    with server.agent() as agent:
        agent.steps(0, 1)
        command_id = post(server, HALVE).json()["id"]
        nowhere = dict.fromkeys(("backbone", "head"), float("nan"))
        report(agent, command_id, "applied", step=1, planned=nowhere | {"head": 0.1}, effective=nowhere)
        wait_for(lambda: state_of(server, command_id) == "applied")
        with server.client() as client:
            (found,) = client.get("/api/runs/r1/commands").json()["commands"]
    last = found["events"][-1]
    assert (last["planned"], last["effective"]) == ({"head": 0.1}, {})
