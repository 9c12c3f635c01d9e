from __future__ import annotations

import io
import json
import math
import multiprocessing
import os
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR

from rheostat.agent import Agent, RheostatWarning, attach
from rheostat.agent.groups import Overlay
from rheostat.agent.recorder import Recorder
from rheostat.control.command import Limits
from rheostat.schedule import parse


@pytest.fixture
def optimizer() -> torch.optim.SGD:
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    groups: list[dict[str, Any]] = [
        {"params": [model.weight], "name": "body"},
        {"params": [model.bias], "name": "head", "lr": 0.4},
    ]
    return torch.optim.SGD(groups, lr=0.1)


@pytest.fixture
def agent(optimizer: torch.optim.SGD) -> Iterator[Agent]:
    with attach(optimizer, server=False) as attached:
        yield attached


def take(optimizer: torch.optim.Optimizer, count: int = 1) -> list[list[float]]:
    """Take steps; returns what each used."""
    used: list[list[float]] = []
    handle = optimizer.register_step_pre_hook(lambda o, a, k: used.append([g["lr"] for g in o.param_groups]))
    for _ in range(count):
        optimizer.step()
    handle.remove()
    return used


def test_it_says_what_the_plan_is_and_what_the_next_step_will_use(
    optimizer: torch.optim.SGD, agent: Agent
) -> None:
    assert agent.planned_lr == agent.effective_lr == {"body": 0.1, "head": 0.4}
    agent.scale(0.5, groups="head", for_steps=1)
    assert agent.planned_lr == {"body": 0.1, "head": 0.4}
    assert agent.effective_lr == {"body": 0.1, "head": 0.2}
    assert take(optimizer, 2) == [[0.1, 0.2], [0.1, 0.4]]
    assert agent.effective_lr == {"body": 0.1, "head": 0.4}
    assert agent.step == 2


def test_every_verb_does_what_it_says(optimizer: torch.optim.SGD, agent: Agent) -> None:
    agent.hold(0.05, for_steps=2)
    assert take(optimizer, 3) == [[0.05, 0.2], [0.05, 0.2], [0.1, 0.4]]
    agent.ramp(0.2, over=2, groups=["body"])
    assert [u[0] for u in take(optimizer, 3)] == [0.1, pytest.approx(0.15), 0.2]
    agent.release(over=2)
    assert [u[0] for u in take(optimizer, 3)] == [0.2, pytest.approx(0.15), 0.1]
    report = agent.scale(2.0, at_step=11)
    assert (report.state, report.step) == ("scheduled", 11)
    assert [u[0] for u in take(optimizer, 3)] == [0.1, 0.1, 0.2]


def test_a_refused_order_is_reported_and_warned_of_but_never_raises(
    optimizer: torch.optim.SGD, agent: Agent
) -> None:
    with pytest.warns(RheostatWarning, match="no finite number"):
        assert agent.hold(math.nan).code == "not_a_rate"
    with pytest.warns(RheostatWarning, match="ceiling"):
        assert agent.hold(1e9).code == "above_ceiling"
    with pytest.warns(RheostatWarning, match="could not convert"):
        assert agent.hold("fast").code == "malformed"  # type: ignore[arg-type]
    with pytest.warns(RheostatWarning, match="did you mean 'head'"):
        assert agent.scale(0.5, groups="haed").code == "unknown_group"
    assert take(optimizer) == [[0.1, 0.4]]


def test_where_warnings_are_errors_nothing_is_raised_either(agent: Agent) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert agent.hold(-1.0).state == "rejected"
        agent.failed(ValueError("x"))
    assert agent.errors == 1


def test_limits_given_are_kept(optimizer: torch.optim.SGD) -> None:
    with attach(optimizer, server=False, limits=Limits(max_lr=0.3)) as agent:
        with pytest.warns(RheostatWarning, match=r"ceiling of 0\.3"):
            assert agent.hold(0.31).state == "rejected"
        assert agent.hold(0.29, keep_ratio=False).state == "accepted"


def test_watching_only_never_writes(optimizer: torch.optim.SGD) -> None:
    with attach(optimizer, server=False, control=False) as agent:
        with pytest.warns(RheostatWarning, match="control=False"):
            assert agent.scale(0.5).code == "monitor_only"
        assert take(optimizer) == [[0.1, 0.4]]


def test_a_checkpoint_carries_overrides_and_the_step(optimizer: torch.optim.SGD, agent: Agent) -> None:
    agent.scale(0.5, for_steps=10)
    take(optimizer, 3)
    file = io.BytesIO()
    torch.save(agent.state_dict(), file)
    file.seek(0)
    agent.close()
    with attach(optimizer, server=False) as again:
        again.load_state_dict(torch.load(file, weights_only=True))
        assert again.step == 3
        assert [u[0] for u in take(optimizer, 8)] == [0.05] * 7 + [0.1]


@pytest.mark.parametrize(
    "state", [{}, {"format": 2, "step": 1, "control": "{}"}, {"step": 1, "control": "["}]
)
def test_a_foreign_checkpoint_is_warned_of_and_left(agent: Agent, state: dict[str, object]) -> None:
    with pytest.warns(RheostatWarning):
        agent.load_state_dict(state)
    assert (agent.step, agent.errors) == (0, 1)


def test_the_first_error_is_warned_of_and_the_rest_counted(
    optimizer: torch.optim.SGD, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("a bug of ours")

    agent.scale(0.5)
    monkeypatch.setattr(Overlay, "lay", broken)
    with pytest.warns(RheostatWarning, match="a bug of ours"):
        take(optimizer, 3)
    assert agent.errors == 3
    assert agent.step == 3
    assert [g["lr"] for g in optimizer.param_groups] == [0.1, 0.4]


def test_it_drives_where_there_is_no_scheduler(optimizer: torch.optim.SGD) -> None:
    text = "linear 0 -> 1x for 10; cosine -> 0"
    plans = [parse(text).bind(base=base, total=300, group="x") for base in (0.1, 0.4)]
    with attach(optimizer, plan=text, total=300, server=False) as agent:
        assert agent.planned_lr == {"body": 0.0, "head": 0.0}
        used = take(optimizer, 100)
        saved = agent.state_dict()
        agent.scale(0.5)
        used += take(optimizer, 100)
        assert agent.plan.origin == "rheostat"
        assert agent.plan.base == {"body": 0.1, "head": 0.4}
    assert used[:100] == [[p(s) for p in plans] for s in range(100)]
    assert used[100:] == [[0.5 * p(s) for p in plans] for s in range(100, 200)]
    with attach(optimizer, plan=parse(text), total=300, server=False) as again:
        again.load_state_dict(saved)
        assert take(optimizer) == [[p(100) for p in plans]]


def test_resuming_a_driven_run_follows_the_plan_bitwise(optimizer: torch.optim.SGD) -> None:
    text = "base 0.3; total 300; cosine -> 0"
    with attach(optimizer, plan=text, server=False) as agent:
        take(optimizer, 100)
        saved = json.loads(json.dumps(agent.state_dict()))
    with attach(optimizer, plan=text, server=False) as again:
        again.load_state_dict(saved)
        plan = parse(text).bind(group="body")
        assert [u[0] for u in take(optimizer, 20)] == [plan(s) for s in range(100, 120)]


def test_the_scheduler_of_the_job_is_read_for_the_eye(optimizer: torch.optim.SGD) -> None:
    scheduler = CosineAnnealingLR(optimizer, 50)
    with attach(optimizer, scheduler, server=False) as agent:
        assert agent.plan.origin == "imported"
        assert parse(agent.plan.text).bind(group="head")(0) == 0.4
    with attach(optimizer, scheduler, plan="hold", server=False) as agent:
        assert agent.plan.origin == "declared"
        assert [g["lr"] for g in optimizer.param_groups] == [0.1, 0.4]
    with attach(optimizer, object(), server=False) as agent:
        assert agent.plan.origin == "none"
        assert agent.plan.why


def test_the_ceiling_knows_how_high_the_plan_goes(optimizer: torch.optim.SGD) -> None:
    text = "base 1e-3; total 100; linear 0 -> 2x for 50; cosine -> 0"
    for group in optimizer.param_groups:
        group["lr"] = 1e-4
    with attach(optimizer, plan=text, server=False) as agent:
        assert agent._steering.control.ceiling == pytest.approx(0.02)


def test_several_optimizers_by_name_the_first_counts(optimizer: torch.optim.SGD) -> None:
    other = torch.optim.Adam([nn.Parameter(torch.ones(2))], lr=0.01)
    with attach({"gen": optimizer, "disc": other}, server=False) as agent:
        assert agent.planned_lr == {"gen/body": 0.1, "gen/head": 0.4, "disc/0": 0.01}
        agent.scale(0.5, groups="disc/0")
        assert take(optimizer) == [[0.1, 0.4]]
        assert take(other, 2) == [[0.005], [0.005]]
        assert agent.step == 1
        agent.release()
        assert take(optimizer) == [[0.1, 0.4]]
        assert take(other) == [[0.01]]
        assert agent.step == 2


class Sink:
    """Gives the recorder of an agent something to be read from."""

    def __init__(self, agent: Agent) -> None:
        agent._recorder = self.recorder = Recorder(list(agent.planned_lr))

    def metrics(self) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        for flush in self.recorder.take(1e12, final=True):
            for name, column in flush.metrics.items():
                found.setdefault(name, []).extend(column.array().tolist())
        return found


def test_numbers_and_one_element_tensors_can_be_logged(optimizer: torch.optim.SGD, agent: Agent) -> None:
    sink = Sink(agent)
    take(optimizer)
    grad = torch.tensor([2.5], requires_grad=True)
    agent.log(a=1.5, b=2, c=torch.tensor(0.5), d=grad, e=torch.ones(1).double().numpy()[0], f=True)
    agent.log(g=torch.ones(1, 1).numpy(), h=torch.tensor(3))
    found = sink.metrics()
    assert found == {
        "a": [1.5], "b": [2.0], "c": [0.5], "d": [2.5], "e": [1.0], "f": [1.0], "g": [1.0], "h": [3.0],
    }  # fmt: skip
    assert agent.errors == 0


def test_what_is_no_single_number_is_explained_once_and_the_rest_kept(
    optimizer: torch.optim.SGD, agent: Agent
) -> None:
    sink = Sink(agent)
    take(optimizer)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(3):
            agent.log(loss=torch.ones(4), name="x", good=1.0)
    messages = [str(w.message) for w in told]
    assert len(messages) == 2
    assert "metric 'loss' has 4 elements; expected one: log its mean, as loss=loss.mean()" in messages[0]
    assert "metric 'name' is a str" in messages[1]
    assert sink.metrics() == {"good": [1.0]}


def test_a_logged_tensor_may_change_afterwards(optimizer: torch.optim.SGD, agent: Agent) -> None:
    sink = Sink(agent)
    total = torch.zeros(())
    for _ in range(3):
        take(optimizer)
        total += 1.0
        agent.log(total=total)
    assert sink.metrics() == {"total": [1.0, 2.0, 3.0]}


def test_groups_added_and_lost_lrs_keep_the_record_in_order(optimizer: torch.optim.SGD, agent: Agent) -> None:
    sink = Sink(agent)
    take(optimizer)
    optimizer.add_param_group({"params": [nn.Parameter(torch.ones(1))], "lr": 0.7, "name": "new"})
    take(optimizer)
    first, second = sink.recorder.take(1e12, final=True)
    assert (list(first.planned), list(second.planned)) == (["body", "head"], ["body", "head", "new"])
    assert second.planned["new"].array().tolist() == [0.7]
    assert second.step_array().tolist() == [1]
    assert agent.errors == 0


def test_after_close_nothing_happens_any_more(optimizer: torch.optim.SGD) -> None:
    agent = attach(optimizer, server=False)
    agent.scale(0.5)
    agent.close()
    agent.close()
    agent.log(loss=1.0)
    with pytest.warns(RheostatWarning, match="closed"):
        assert agent.hold(0.1).code == "closed"
    assert take(optimizer) == [[0.1, 0.4]]
    assert agent.state_dict()["step"] == 0


def test_a_forked_child_is_inert(optimizer: torch.optim.SGD, agent: Agent) -> None:
    agent.scale(0.5)
    reading, writing = os.pipe()
    with agent._steering.lock:
        child = os.fork()
    if child == 0:
        try:
            used = take(optimizer)
            agent.log(loss=1.0)
            state = agent.state_dict()["step"]
            with warnings.catch_warnings(record=True):
                code = agent.hold(0.1).code
            os.write(writing, json.dumps([used, agent.step, state, code]).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert json.loads(os.read(reading, 1000)) == [[[0.1, 0.4]], 0, 0, "inert"]
    os.close(reading)
    os.close(writing)
    assert take(optimizer) == [[0.05, 0.2]]


def test_loader_workers_do_no_harm(optimizer: torch.optim.SGD, agent: Agent) -> None:
    context = multiprocessing.get_context("fork")
    with context.Pool(1) as pool:
        assert pool.apply(abs, (-3,)) == 3
    assert take(optimizer) == [[0.1, 0.4]]
