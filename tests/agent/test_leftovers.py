"""A job that is killed, or ends without a server, leaves its rows behind; the next process brings them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from rheostat.agent import RheostatWarning, attach
from rheostat.agent import ring as ring_module
from rheostat.agent.keeper import spool_dir
from rheostat.agent.sync import sync
from rheostat.control.command import Command, Hold
from rheostat.wire import Refused

from .killed import Logging, killed_by_itself
from .stand_in import TOKEN, StandIn


@pytest.fixture
def server() -> Iterator[StandIn]:
    stand_in = StandIn()
    stand_in.start()
    yield stand_in
    stand_in.stop()


def optimizer() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)


def run_and_kill(options: dict[str, object], seconds: float) -> int:
    """Run the job for a while and kill it; how many of its log calls had returned for sure."""
    job = Logging(options)
    while not job.done:
        assert job.lives
        time.sleep(0.01)
    time.sleep(seconds)
    job.kill()
    return job.done


def bring(server: StandIn, run: str = "next") -> None:
    """Start another job of this user; wait until nothing but its own folder is left."""
    with attach(optimizer(), run=run, server=server.url, token=TOKEN):
        begun = time.monotonic()
        while len(list(spool_dir().iterdir())) > 1:
            assert time.monotonic() - begun < 20.0
            time.sleep(0.01)
    assert list(spool_dir().iterdir()) == []


def check(server: StandIn, done: int, attempt: int = 0) -> None:
    """Every value whose log call returned is there once, under its step."""
    hello = [h for h in server.hellos if h.run == "killed"][attempt]
    flushes = [f for _, f in sorted(server.flushes[hello.run, hello.writer].items())]
    steps = np.concatenate([f.step_array() for f in flushes if f.planned])
    assert np.array_equal(steps, np.arange(len(steps)))
    assert done <= len(steps) <= done + 1
    found: dict[str, dict[int, float]] = {}
    for flush in flushes:
        for name, column in flush.metrics.items():
            rows = flush.step_array()[column.row_numbers(flush.count)]
            found.setdefault(name, {}).update(zip(rows.tolist(), column.array().tolist(), strict=True))
    for name in ("loss", "ahead"):
        assert {s: v for s, v in found[name].items() if s < done} == {s: float(s) for s in range(done)}
    assert all(found[f"m{s}"] == {s: 1.0} for s in range(3, done, 700))


@pytest.mark.process
@pytest.mark.parametrize("seconds", [0.0, 0.6])
def test_no_logged_value_is_lost_when_a_job_without_a_server_is_killed(
    server: StandIn, seconds: float
) -> None:
    done = run_and_kill({}, seconds)
    bring(server)
    check(server, done)
    assert server.byes[0].message == "the process was killed"
    assert server.byes[0].step == server.steps()[-1] + 1


@pytest.mark.process
def test_no_logged_value_is_lost_or_doubled_when_a_connected_job_is_killed(server: StandIn) -> None:
    dones = [run_and_kill({"server": server.url, "token": TOKEN}, s) for s in (0.3, 0.8)]
    bring(server)
    writers = dict.fromkeys(h.writer for h in server.hellos if h.run == "killed")
    for writer, done in zip(writers, dones, strict=True):
        at = [h.writer for h in server.hellos if h.run == "killed"].index(writer)
        check(server, done, at)


@pytest.mark.process
@pytest.mark.parametrize("connected", [True, False])
def test_what_became_of_a_command_outlives_a_kill_at_the_step_it_acts_on(
    server: StandIn, connected: bool
) -> None:
    options = {"server": server.url, "token": TOKEN} if connected else {}
    job = killed_by_itself(options, steers=not connected)
    if connected:
        server.until(lambda: bool(server.hellos))
        server.deliver(Command(id="h", action=Hold(0.05), for_steps=10, ttl_s=None))
    job.join(60.0)
    assert job.exitcode == -signal.SIGKILL
    bring(server)
    (id,) = {report.id for report in server.reports}
    assert server.states(id) == ["accepted", "applied"]
    applied = server.reports[-1]
    assert applied.effective == {"0": 0.05}
    assert applied.step is not None
    assert applied.step <= server.byes[0].step


def test_a_run_without_a_server_is_brought_by_the_next(server: StandIn) -> None:
    first = optimizer()
    with attach(first, run="offline") as agent:
        for step in range(100):
            first.step()
            agent.log(loss=float(step))
    assert server.hellos == []
    bring(server, run="offline")
    assert [h.run for h in server.hellos] == ["offline", "offline"]
    assert server.byes[0].state == "finished"
    assert server.series("metrics", "loss") == {s: float(s) for s in range(100)}


def test_a_living_job_is_left_alone(server: StandIn) -> None:
    mine = optimizer()
    with attach(mine, run="living") as agent:
        mine.step()
        agent.log(loss=1.0)
        with attach(optimizer(), run="next", server=server.url, token=TOKEN):
            server.until(lambda: bool(server.hellos))
    assert {h.run for h in server.hellos} == {"next"}


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), OSError(30, "Read-only")])
def test_a_full_disk_is_told_and_nothing_else_changes(
    server: StandIn, monkeypatch: pytest.MonkeyPatch, failure: OSError
) -> None:
    def fail(*args: object) -> None:
        raise failure

    monkeypatch.setattr(os, "posix_fallocate", fail)
    mine = optimizer()
    with pytest.warns(RheostatWarning, match=failure.strerror):
        agent = attach(mine, server=server.url, token=TOKEN)
    for step in range(2 * ring_module.SEGMENT_ROWS):
        mine.step()
        agent.log(loss=float(step))
    agent.close()
    assert agent.errors == 0
    assert server.series("metrics", "loss") == {s: float(s) for s in range(2 * ring_module.SEGMENT_ROWS)}


def test_a_folder_that_cannot_be_made_is_told(server: StandIn) -> None:
    spool_dir().parent.mkdir(exist_ok=True, parents=True)
    spool_dir().write_text("in the way")
    mine = optimizer()
    with pytest.warns(RheostatWarning, match="cannot be kept on disk"):
        agent = attach(mine, server=server.url, token=TOKEN)
    mine.step()
    agent.close()
    assert server.steps().tolist() == [0]


def test_sync_brings_what_is_left_and_says_what_was_refused(server: StandIn) -> None:
    mine = optimizer()
    with attach(mine, run="offline") as agent:
        for _ in range(10):
            mine.step()
    server.refusal = Refused(code="no", message="not today")
    assert [(b.run, b.steps, b.failure) for b in sync(None, server.url, TOKEN)] == [
        ("offline", 0, "not today")
    ]
    server.refusal = None
    assert [(b.run, b.steps, b.failure) for b in sync(None, server.url, TOKEN)] == [("offline", 10, "")]
    assert list(sync(None, server.url, TOKEN)) == []
    assert server.steps().tolist() == list(range(10))
    assert agent.errors == 0
    with pytest.raises(ConnectionError, match="rheostat serve"):
        list(sync())
