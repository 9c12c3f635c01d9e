"""The browser's websocket, with a real server and a raw agent."""

from __future__ import annotations

import contextlib
import random
import socket
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.server.running import PATIENCE_S, Server, Viewer, flush, wait_for

GROUPS = ["backbone", "head"]


def series(server: Server) -> Any:
    with server.client() as client:
        return client.get("/api/runs/r1/series", params={"metric": "loss"}).json()


def watching(server: Server) -> int:
    return sum(viewer.outbox.watches("r1") for viewer in tuple(server.dashboard.hub._viewers))


def test_snapshot_and_increments_meet_without_gap_or_overlap(server: Server) -> None:
    with server.agent() as agent:
        agent.steps(0, 10)
        snapshot = series(server)
        agent.steps(10, 10)
        with server.viewer("r1", cursor=snapshot["cursor"]) as viewer:
            caught_up = viewer.next("points")
            agent.steps(20, 10)
            live = viewer.next("points")
    assert (caught_up["after"], caught_up["cursor"]) == (snapshot["cursor"], live["after"])
    steps = snapshot["series"]["loss"]["x"] + caught_up["series"]["loss"]["x"] + live["series"]["loss"]["x"]
    assert steps == list(range(30))
    assert set(live["series"]) == {"loss", "lr:head", "lr:backbone", "plan:head", "plan:backbone"}


def test_hello_first(server: Server) -> None:
    with server.viewer() as viewer:
        assert viewer.hello["type"] == "hello"
        assert viewer.hello["epoch"] == server.dashboard.epoch


def test_rows_of_the_list_come_without_watching(server: Server) -> None:
    with server.viewer() as viewer, server.agent() as agent:
        agent.steps(0, 10)
        row = viewer.next("run", lambda message: message["run"]["step"] == 10)
        assert row["run"]["id"] == "r1"
        assert row["run"]["state"] == "live"


def test_commands_of_a_watched_run(server: Server) -> None:
    with server.agent(), server.viewer("r1") as viewer, server.client() as client:
        wait_for(lambda: watching(server))
        record = client.post("/api/runs/r1/commands", json={"kind": "scale", "factor": 0.5}).json()
        told = viewer.next("command")
    assert told["command"] == record


def test_a_resumed_run_resets_those_who_watch(server: Server) -> None:
    with server.agent() as agent, server.viewer("r1") as viewer:
        wait_for(lambda: watching(server))
        agent.steps(0, 20)
        viewer.next("points")
        agent.connection.close()
        with server.agent(attempt="a2", restart=1) as resumed:
            resumed.steps(5, 5)
            assert viewer.next("reset") == {"type": "reset", "run": "r1"}


def test_a_cursor_from_elsewhere_is_reset(server: Server) -> None:
    with server.agent() as agent:
        agent.steps(0, 5)
        with server.viewer("r1", cursor=999) as viewer:
            assert viewer.next("reset")["run"] == "r1"


def test_no_more_points_after_unwatch(server: Server) -> None:
    with server.agent() as agent, server.viewer("r1") as viewer:
        wait_for(lambda: watching(server))
        viewer.say({"type": "unwatch", "run": "r1"})
        wait_for(lambda: not watching(server))
        agent.steps(0, 10)
        seen = [viewer.receive()["type"] for _ in range(1)]
    assert seen == ["run"]


def test_an_unknown_run_is_a_problem_but_no_end(server: Server) -> None:
    with server.viewer("none") as viewer:
        assert viewer.next("problem")["error"]["code"] == "not_found"
        viewer.say({"type": "unwatch", "run": "none"})


@pytest.mark.parametrize(
    ("frame", "code", "close"),
    [
        (b"\x00\x01", "binary_frame", 1003),
        ("{", "bad_message", 1008),
        ("[]", "bad_message", 1008),
        ('{"type": "shout"}', "bad_message", 1008),
        ('{"type": "watch", "run": 5}', "bad_message", 1008),
        ("[" * 100_000, "bad_message", 1008),
    ],
)
def test_a_malformed_frame_is_answered_and_ends_the_connection(
    server: Server, frame: Any, code: str, close: int
) -> None:
    with server.viewer() as bystander:
        viewer = server.viewer()
        viewer.connection.send(frame)
        assert viewer.next("problem")["error"]["code"] == code
        with pytest.raises(ConnectionClosed) as closed:
            viewer.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == close
        assert code in closed.value.rcvd.reason
        bystander.say({"type": "unwatch", "run": "x"})


def test_many_random_frames_leave_the_server_whole(server: Server) -> None:
    rng = random.Random(11)
    for _ in range(100):
        viewer = server.viewer()
        viewer.connection.send(rng.randbytes(50).decode("latin-1"))
        with pytest.raises(ConnectionClosed):
            viewer.next("none")
    with server.viewer() as viewer:
        assert viewer.hello["type"] == "hello"


def test_a_viewer_that_does_not_read_delays_nobody_and_is_reset(server: Server) -> None:
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.connect(("127.0.0.1", server.port))
    lazy = Viewer(server.socket("/ws/live", "admin", sock=narrow, max_queue=1, close_timeout=0.1))
    rng = random.Random(3)
    with server.agent() as agent, server.viewer("r1") as keen:
        lazy.say({"type": "watch", "run": "r1", "cursor": 0})
        wait_for(lambda: watching(server) == 2)
        most = 0
        for seq in range(1, 200):
            metrics = {f"m{at}": [rng.random() for _ in range(100)] for at in range(10)}
            agent.send(flush(seq, 100 * seq, 100, GROUPS, **metrics))
            agent.acked(seq)
            assert keen.next("points")["cursor"] == seq
            most = max(most, *(viewer.outbox.size for viewer in tuple(server.dashboard.hub._viewers)))
        assert 1 << 19 < most <= 1 << 20
        assert watching(server) == 1
    lazy.connection.close()


def test_signing_out_closes_the_socket(server: Server) -> None:
    with contextlib.closing(server.browser()) as browser:
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        live = Viewer(server.socket("/ws/live", None, headers={"Cookie": cookie}, origin=server.url))
        assert browser.delete("/api/session").status_code == 204
        with pytest.raises(ConnectionClosed) as closed:
            live.connection.recv(PATIENCE_S)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401
        assert browser.get("/api/session").status_code == 401
