"""The agent's websocket: malformed frames, fencing, storing, with a real server."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from websockets.exceptions import ConnectionClosed

from rheostat.wire import MAX_FRAME, Beat, Bye, Refused, decode_from_server, encode
from tests.server.running import PATIENCE_S, Agent, Server, flush, hello, wait_for

GROUPS = ["backbone", "head"]


def ended(connection: Any) -> tuple[Refused | None, int, str]:
    """Read until the server closes; what it said last, the close code and the reason."""
    said: list[Refused] = []

    def read() -> None:
        while True:
            message = decode_from_server(connection.recv(PATIENCE_S))
            said.extend([message] if isinstance(message, Refused) else [])

    with pytest.raises(ConnectionClosed) as closed:
        read()
    assert closed.value.rcvd is not None
    return (said[0] if said else None), closed.value.rcvd.code, closed.value.rcvd.reason


def state(server: Server) -> str:
    with server.client() as client:
        return str(client.get("/api/runs/r1").json()["state"])


@pytest.mark.parametrize(
    ("frame", "code", "close"),
    [
        ("text", "text_frame", 1003),
        (b"\xc1\xc1\xc1", "not_a_message", 1003),
        (b"", "not_a_message", 1003),
        (b"\x81\xa4type\xa5hello", "bad_message", 1008),
        (b"\x91" * 5000, "bad_message", 1008),
        (encode(Beat(step=1, clock=0.0)), "hello_missing", 1008),
        (encode(hello(protocol=99)), "protocol", 1008),
    ],
)
def test_a_malformed_frame_is_answered_and_ends_the_connection(
    server: Server, frame: Any, code: str, close: int
) -> None:
    with server.agent(run="other") as bystander:
        connection = server.socket("/ws/agent", "agent")
        connection.send(frame)
        refused, closed, reason = ended(connection)
        assert refused is not None
        assert (refused.code, closed) == (code, close)
        assert code in reason
        bystander.steps(0, 3)


def test_many_random_frames_leave_the_server_whole(server: Server) -> None:
    rng = random.Random(7)
    good = [encode(flush(1, 0, 5, GROUPS)), encode(hello()), encode(Beat(step=3, clock=1.0))]
    with server.agent(run="other") as bystander:
        for at in range(100):
            frame = bytearray(rng.choice(good)) if at % 2 else bytearray(rng.randbytes(rng.randrange(200)))
            for _ in range(at % 2 * rng.randrange(1, 4)):
                frame[rng.randrange(len(frame))] ^= 1 << rng.randrange(8)
            connection = server.socket("/ws/agent", "agent")
            connection.send(encode(hello(run=f"r{at}")))
            connection.recv(PATIENCE_S)
            connection.send(bytes(frame))
            with contextlib.suppress(ConnectionClosed):
                connection.send("enough")
            refused, closed, _ = ended(connection)
            assert refused is not None
            assert closed in (1003, 1008)
        bystander.steps(0, 3)
    with server.client(None) as client:
        assert client.get("/healthz").json()["status"] == "ok"


def test_a_frame_over_the_limit_is_not_read(server: Server) -> None:
    connection = server.socket("/ws/agent", "agent")
    connection.send(bytes(MAX_FRAME + 1))
    _, closed, _ = ended(connection)
    assert closed == 1009


def test_too_many_metric_names(server: Server) -> None:
    with server.agent() as agent:
        agent.send(flush(1, 0, 1, GROUPS, **{f"m{at}": [1.0] for at in range(512)}))
        agent.acked(1)
        agent.send(flush(2, 1, 1, GROUPS, one_more=[1.0]))
        refused, closed, _ = ended(agent.connection)
    assert refused is not None
    assert (refused.code, closed) == ("too_many_metrics", 1008)
    # They are counted for the run: to connect anew makes no room.
    with server.agent() as agent:
        agent.send(flush(2, 1, 1, GROUPS, one_more=[1.0]))
        refused, closed, _ = ended(agent.connection)
    assert refused is not None
    assert (refused.code, closed) == ("too_many_metrics", 1008)


def test_too_many_names_of_param_groups(server: Server) -> None:
    with server.agent() as agent:
        for at in range(8):
            agent.send(flush(at + 1, at, 1, [f"{at}/{n}" for n in range(512)]))
            agent.acked(at + 1)
        agent.send(flush(9, 9, 1, ["one more"]))
        refused, closed, _ = ended(agent.connection)
    assert refused is not None
    assert (refused.code, closed) == ("too_many_groups", 1008)


def test_a_second_process_with_the_same_run_is_refused(server: Server) -> None:
    with server.agent() as first:
        other = server.socket("/ws/agent", "agent")
        other.send(encode(hello(attempt="a2")))
        refused, _, _ = ended(other)
        assert refused is not None
        assert (refused.code, refused.retry) == ("run_taken", True)
        first.steps(0, 3)


def test_a_higher_restart_takes_the_run_over(server: Server) -> None:
    with server.agent() as old, server.agent(attempt="a2", restart=1) as new:
        refused, _, _ = ended(old.connection)
        assert refused is not None
        assert refused.code == "fenced"
        new.steps(0, 3)
        again = server.socket("/ws/agent", "agent")
        again.send(encode(old.hello))
        refused, _, _ = ended(again)
        assert refused is not None
        assert (refused.code, refused.retry) == ("fenced", False)


def test_the_same_attempt_may_connect_anew(server: Server) -> None:
    with server.agent() as old:
        old.steps(0, 3)
        with server.agent() as new:
            assert new.welcome is not None
            assert new.welcome.acked == 1
            refused, _, _ = ended(old.connection)
            assert refused is not None
            new.steps(3, 3)
            assert state(server) == "live"


def test_a_flush_sent_twice_is_stored_once(server: Server) -> None:
    with server.agent() as agent:
        for _ in range(3):
            agent.send(flush(1, 0, 10, GROUPS))
        agent.send(flush(2, 10, 10, GROUPS))
        agent.acked(2)
    with server.client() as client:
        series = client.get("/api/runs/r1/series", params={"metric": "loss"}).json()["series"]["loss"]
    assert series["x"] == list(range(20))


def test_flushes_before_a_bye_are_acknowledged_before_the_close(server: Server) -> None:
    with server.agent() as agent:
        for seq in range(1, 21):
            agent.send(flush(seq, 10 * seq, 10, GROUPS))
        agent.send(Bye(state="finished", step=210, last_seq=20))
        agent.acked(20)
        _, closed, reason = ended(agent.connection)
        assert (closed, reason) == (1000, "bye")
    assert state(server) == "finished"


def test_silence_and_absence_show(tmp_path: Path) -> None:
    with Server(tmp_path, silent_after_s=1.5, crash_after_s=2.0) as server:
        with server.agent() as agent:
            agent.steps(0, 3)
            assert state(server) == "live"
            wait_for(lambda: state(server) == "silent")
            agent.connection.send(encode(Beat(step=7, clock=0.0)))
            wait_for(lambda: state(server) == "live")
        wait_for(lambda: state(server) == "crashed")
        with server.agent() as agent:
            assert state(server) == "live"


def test_what_cannot_be_stored_is_not_acknowledged_and_comes_again(server: Server) -> None:
    engine = server.dashboard.engine
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER full BEFORE INSERT ON chunks BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        )
    with server.agent() as agent:
        for seq in range(1, 4):
            agent.send(flush(seq, 10 * seq, 10, GROUPS))
        refused, closed, _ = ended(agent.connection)
        assert refused is not None
        assert (refused.code, refused.retry, closed) == ("not_stored", True, 1013)
        assert "disk full" in refused.message
    with server.client() as client:
        assert client.get("/api/runs/r1").status_code == 200
        failing = client.get("/healthz")
        assert (failing.status_code, failing.json()["status"]) == (503, "failing")
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER full"))
    with server.agent() as agent:
        assert agent.welcome is not None
        assert agent.welcome.acked == 0
        agent.steps(0, 10)
    with server.client() as client:
        assert client.get("/healthz").json()["status"] == "ok"


def test_an_agent_that_says_nothing_is_let_go(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rheostat_server.live.line._HELLO_S", 0.1)
    refused, closed, _ = ended(server.socket("/ws/agent", "agent"))
    assert refused is not None
    assert (refused.code, closed) == ("hello_late", 1008)


def test_many_agents_at_once(server: Server) -> None:
    agents = [server.agent(run=f"r{at}") for at in range(20)]
    for seq in range(1, 11):
        for agent in agents:
            agent.send(flush(seq, 10 * seq, 10, GROUPS))
    for agent in agents:
        agent.acked(10)
        agent.connection.close()
    with server.client() as client:
        runs = client.get("/api/runs").json()["runs"]
    assert [run["step"] for run in runs] == [110] * 20
    assert isinstance(agents[0], Agent)
