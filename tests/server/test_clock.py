"""The clock jumps by an hour or a day: nothing that counts on durations notices."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rheostat_server import clock as clocks
from rheostat_server.clock import SteadyClock
from tests.server.running import Server, wait_for

JUMPS = [3600.0, -3600.0, -86_400.0, 86_400.0]


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-1e5, 1e5)), max_size=20))
def test_it_never_goes_back_and_never_jumps(turns: list[tuple[float, float]]) -> None:
    wall, elapsed = 1e9, 0.0
    clock = SteadyClock(lambda: wall, lambda: elapsed)
    before = clock()
    for passed, jump in turns:
        elapsed += passed
        wall += passed + jump
        now = clock()
        assert 0.98 * passed - 1e-6 <= now - before <= 1.02 * passed + 1e-6
        before = now


def test_it_follows_the_machine_in_the_end() -> None:
    wall, elapsed = 1e9, 0.0
    clock = SteadyClock(lambda: wall, lambda: elapsed)
    wall += 1.5
    for _ in range(200):
        elapsed, wall = elapsed + 1.0, wall + 1.0
        now = clock()
    assert now == pytest.approx(wall)


def test_a_jump_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    wall, elapsed = 1e9, 0.0
    clock = SteadyClock(lambda: wall, lambda: elapsed)
    wall += 3600.0
    for _ in range(20):
        elapsed, wall = elapsed + 1.0, wall + 1.0
        clock()
    assert [record.getMessage()[:36] for record in caplog.records] == ["the machine's clock jumped by 3600 s"]


@pytest.mark.parametrize("jump", JUMPS)
def test_a_server_whose_clock_jumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: float) -> None:
    """States, the order of steps and the life of a command are as if nothing had happened."""
    shift = 0.0
    monkeypatch.setattr(clocks, "_wall", lambda: time.time() + shift)
    with (
        Server(tmp_path, silent_after_s=60.0, crash_after_s=120.0) as server,
        server.agent() as agent,
        server.client() as admin,
    ):
        agent.steps(0, 5)
        shift = jump
        agent.steps(5, 5)
        server.dashboard.hub.tick()
        run = admin.get("/api/runs/r1").json()
        assert (run["state"], run["step"]) == ("live", 10)
        sent = admin.post("/api/runs/r1/commands", json={"kind": "hold", "value": 1e-4, "ttl_s": 60})
        assert sent.status_code == 201
        # The agent's age of a command: by the server's clock as of the welcome, and its own time since.
        assert agent.welcome is not None
        assert abs(agent.command().issued_at - agent.welcome.clock) < 30
        series = admin.get("/api/runs/r1/series", params={"metric": "loss", "width": 100}).json()
        assert series["series"]["loss"]["x"] == list(range(10))
    # Started anew after the jump, with what was stored before it.
    with Server(tmp_path, silent_after_s=0.2, crash_after_s=0.4) as server, server.client() as admin:
        wait_for(lambda: admin.get("/api/runs/r1").json()["state"] == "crashed")
        with server.agent() as agent:
            agent.steps(10, 5)
            assert admin.get("/api/runs/r1").json()["step"] == 15
