"""The transport against a real websocket server that dies, comes back, refuses or falls silent."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from rheostat.agent import Agent, RheostatWarning, attach, pack
from rheostat.agent.discover import Discovery, discovery_file
from rheostat.agent.transport import Transport
from rheostat.control.command import Command, Hold, Release, Scale
from rheostat.wire import Refused

from .stand_in import TOKEN, StandIn


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandIn]:
    for name in ("RHEOSTAT_SERVER", "RHEOSTAT_TOKEN", "RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RHEOSTAT_DATA_DIR", str(tmp_path))
    stand_in = StandIn()
    stand_in.start()
    yield stand_in
    stand_in.stop()


class Job:
    """A training job that keeps its own record of the lrs its steps used."""

    def __init__(self) -> None:
        self.parameter = torch.nn.Parameter(torch.ones(4))
        self.optimizer = torch.optim.SGD([self.parameter], lr=0.1)
        self.scheduler = torch.optim.lr_scheduler.ExponentialLR(self.optimizer, 0.999)
        self.planned: list[float] = []
        self.effective: list[float] = []

    def watch(self) -> None:
        self.optimizer.register_step_pre_hook(lambda o, a, k: self.effective.append(o.param_groups[0]["lr"]))

    def train(self, agent: Agent, steps: int) -> None:
        for _ in range(steps):
            self.parameter.grad = torch.ones(4)
            self.planned.append(self.optimizer.param_groups[0]["lr"])
            self.optimizer.step()
            self.scheduler.step()
            agent.log(loss=float(len(self.planned)))

    def train_until(self, agent: Agent, truth: Callable[[], bool]) -> None:
        begun = time.monotonic()
        while not truth():
            self.train(agent, 5)
            time.sleep(0.002)
            assert time.monotonic() - begun < 20.0


def start(job: Job, server: StandIn | None, **options: object) -> Agent:
    options.setdefault("run", "job")
    if server is not None:
        options |= {"server": server.url, "token": TOKEN}
    agent = attach(job.optimizer, job.scheduler, **options)  # type: ignore[arg-type]
    job.watch()
    return agent


def test_every_step_arrives_once_with_its_lrs_and_metrics(server: StandIn) -> None:
    job = Job()
    with start(job, server, config={"batch": 8, "api_key": "s3cret"}) as agent:
        job.train(agent, 3000)
    assert np.array_equal(server.steps(), np.arange(3000))
    assert list(server.series("planned", "0").values()) == job.planned
    assert list(server.series("effective", "0").values()) == job.effective
    assert server.series("metrics", "loss") == {i: i + 1.0 for i in range(3000)}
    hello, bye = server.hellos[0], server.byes[0]
    assert (hello.run, hello.optimizer, hello.scheduler) == ("job", "SGD", "ExponentialLR")
    assert hello.config == {"batch": "8", "api_key": "(hidden)"}
    assert [(g.name, g.parameters, g.lr) for g in hello.groups] == [("0", 4, 0.1)]
    assert (bye.state, bye.step, bye.last_seq) == ("finished", 3000, len(server.rows()))
    assert agent.errors == 0


def test_a_command_is_applied_and_reported_with_step_and_values(server: StandIn) -> None:
    job = Job()
    with start(job, server) as agent:
        server.until(lambda: bool(server.hellos))
        job.train_until(agent, lambda: bool(server.rows()))
        server.deliver(Command(id="half", action=Scale(0.5), issued_at=time.time()))
        server.deliver(Command(id="half", action=Scale(0.5), issued_at=time.time()))
        job.train_until(agent, lambda: "applied" in server.states("half"))
        server.deliver(Command(id="bad", action=Hold(1e9), issued_at=time.time()))
        server.deliver(Command(id="old", action=Hold(0.1), issued_at=time.time() - 3600))
        job.train_until(agent, lambda: bool(server.states("bad")) and bool(server.states("old")))
        server.deliver(Command(id="back", action=Release(), issued_at=time.time()))
        job.train_until(agent, lambda: "ended" in server.states("back"))
        job.train(agent, 20)
    applied = next(r for r in server.reports if r.id == "half" and r.state == "applied")
    back = next(r for r in server.reports if r.id == "back" and r.state == "applied")
    assert applied.step is not None
    assert back.step is not None
    assert applied.planned == {"0": job.planned[applied.step]}
    assert applied.effective == {"0": job.effective[applied.step]}
    for step, (plan, used) in enumerate(zip(job.planned, job.effective, strict=True)):
        assert used == (0.5 * plan if applied.step <= step < back.step else plan)
    assert list(server.series("effective", "0").values()) == job.effective
    assert server.states("bad") == ["rejected"]
    assert server.states("old") == ["expired"]


def test_a_server_killed_in_mid_run_has_everything_in_the_end(server: StandIn) -> None:
    job = Job()
    with start(job, server) as agent:
        for _ in range(3):
            seen = len(server.rows())
            job.train_until(agent, lambda: len(server.rows()) > seen)  # noqa: B023
            server.stop()
            job.train(agent, 500)
            server.start()
            hellos = len(server.hellos)
            server.until(lambda: len(server.hellos) > hellos)  # noqa: B023
    assert np.array_equal(server.steps(), np.arange(len(job.planned)))
    assert server.series("metrics", "loss") == {i: i + 1.0 for i in range(len(job.planned))}


def test_after_an_outage_the_newest_step_is_told_before_the_older_ones(server: StandIn) -> None:
    job = Job()
    server.stop()
    with start(job, server) as agent:
        quick, log = agent.recorder, agent.log
        assert quick is not None
        for step in range(40_000):
            quick.row(step, time.time(), [0.1], [0.1])
            log(loss=float(step))
        server.pause_s = 0.1
        server.start()
        server.until(lambda: bool(server.beats))
        beat, stored = server.beats[0]
        assert stored < 20_000
        assert beat.newest is not None
        assert beat.newest.metrics["loss"] >= 39_998.0
        server.pause_s = 0.0
    assert np.array_equal(server.steps(), np.arange(40_000))


def test_a_server_started_later_is_found_by_its_file(server: StandIn) -> None:
    job = Job()
    with start(job, None) as agent:
        job.train(agent, 50)
        path = discovery_file()
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(Discovery(server.url, TOKEN)))
        server.until(lambda: bool(server.hellos))
        job.train(agent, 50)
    assert np.array_equal(server.steps(), np.arange(100))


def test_what_the_job_itself_orders_is_told(server: StandIn) -> None:
    job = Job()
    with start(job, server) as agent:
        report = agent.scale(0.5, for_steps=3, reason="spike")
        job.train(agent, 10)
    told = [r for r in server.reports if r.id == report.id]
    assert [r.state for r in told] == ["accepted", "applied", "ended"]
    assert told[0].command is not None
    assert told[0].command.reason == "spike"


def test_without_any_server_the_end_comes_at_once(server: StandIn) -> None:
    job = Job()
    agent = start(job, None)
    job.train(agent, 10)
    begun = time.monotonic()
    agent.close()
    assert time.monotonic() - begun < 1.0
    assert server.hellos == []


@pytest.mark.parametrize("silent", [False, True], ids=["dead", "silent"])
def test_the_end_is_bounded_when_the_server_does_not_answer(server: StandIn, silent: bool) -> None:
    job = Job()
    server.mute = silent
    if not silent:
        server.stop()
    agent = start(job, server)
    job.train(agent, 10)
    begun = time.monotonic()
    with pytest.warns(RheostatWarning, match="10 steps were not stored"):
        agent.close()
    assert time.monotonic() - begun < 2.0


def test_a_refusal_for_good_is_told_once_and_training_goes_on(server: StandIn) -> None:
    job = Job()
    server.refusal = Refused(code="taken", message="another agent writes this run")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        agent = start(job, server)
        job.train_until(agent, lambda: bool(told))
        agent.close()
    assert "another agent writes this run" in str(told[0].message)
    assert len(told) == 1
    assert server.hellos == []
    assert len(job.effective) == len(job.planned)


def test_a_wrong_token_is_told(server: StandIn) -> None:
    job = Job()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        agent = attach(job.optimizer, run="job", server=server.url, token="wrong")
        job.train_until(agent, lambda: bool(told))
        agent.close()
    assert "does not accept the token" in str(told[0].message)
    assert server.hellos == []


def test_watching_only_refuses_commands(server: StandIn) -> None:
    job = Job()
    with start(job, server, control=False) as agent:
        job.train_until(agent, lambda: bool(server.rows()))
        server.deliver(Command(id="no", action=Scale(0.5), issued_at=time.time()))
        job.train_until(agent, lambda: bool(server.states("no")))
    assert server.states("no") == ["rejected"]
    assert job.effective == job.planned


def test_how_it_ended_is_told(server: StandIn) -> None:
    job = Job()
    agent = start(job, server)

    def fail() -> None:
        with agent:
            job.train(agent, 3)
            raise RuntimeError("loss is nan")

    with pytest.raises(RuntimeError, match="loss is nan"):
        fail()
    assert (server.byes[0].state, server.byes[0].message) == ("crashed", "RuntimeError: loss is nan")
    assert np.array_equal(server.steps(), np.arange(3))


def test_steps_taken_just_before_the_end_come_before_the_goodbye(
    server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job closes while the transport has only reports in hand."""
    job = Job()
    armed, inside = threading.Event(), threading.Event()
    agent = start(job, server)
    transport = agent._link
    assert isinstance(transport, Transport)
    report = transport._feed.collect_reports

    def slowly() -> None:
        report()
        if armed.is_set():
            inside.set()
            while not transport._closing:
                time.sleep(0.001)

    monkeypatch.setattr(transport._feed, "collect_reports", slowly)
    job.train_until(agent, lambda: bool(server.rows()))
    job.train(agent, 5)
    armed.set()
    while not inside.wait(0.001):
        agent._wake()
    job.train(agent, 5)
    agent.close()
    assert np.array_equal(server.steps(), np.arange(len(job.planned)))


def test_an_end_that_takes_longer_says_so_on_the_terminal(
    server: StandIn, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pack, "FLUSH_BYTES", 2048)
    job = Job()
    with start(job, server) as agent:
        job.train_until(agent, lambda: bool(server.rows()))
        server.pause_s = 0.3
        job.train(agent, 400)
    told = [line for line in capfd.readouterr().err.splitlines() if line.startswith("rheostat:")]
    assert told
    assert all(line.endswith("steps still to send to the server") for line in told)
    assert np.array_equal(server.steps(), np.arange(len(job.planned)))


def test_attaching_anew_takes_the_place_of_the_earlier_agent(server: StandIn) -> None:
    job = Job()
    first = start(job, server)
    job.train(first, 5)
    with start(job, server) as second:
        job.train(second, 5)
    assert first.closed
    assert [h.run for h in server.hellos] == ["job", "job"]
    assert [b.state for b in server.byes] == ["stopped", "finished"]
    assert len(job.optimizer._optimizer_step_post_hooks) == 0


def test_no_thread_is_left_behind(server: StandIn) -> None:
    job = Job()
    with start(job, server) as agent:
        job.train(agent, 3)
        assert any(t.name == "rheostat" for t in threading.enumerate())
    assert not any(t.name == "rheostat" for t in threading.enumerate())
