"""Each rule that makes an override compose with any scheduler has a test here, against real torch."""

from __future__ import annotations

import copy
import math
import pickle
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import ExponentialLR, StepLR

from rheostat.agent import Agent, attach
from rheostat.agent.nesting import nests


@pytest.fixture
def model() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(3, 2)


def backward(model: nn.Module) -> torch.Tensor:
    model.zero_grad()
    loss: torch.Tensor = model(torch.ones(3)).pow(2).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    return loss


def halves(model: nn.Linear) -> list[dict[str, Any]]:
    return [{"params": [model.weight]}, {"params": [model.bias]}]


def watch(optimizer: torch.optim.Optimizer) -> list[list[float]]:
    """What the step itself sees: a hook registered after ours."""
    seen: list[list[float]] = []
    optimizer.register_step_pre_hook(lambda o, a, k: seen.append([float(g["lr"]) for g in o.param_groups]))
    return seen


def lrs(optimizer: torch.optim.Optimizer) -> list[float]:
    return [float(g["lr"]) for g in optimizer.param_groups]


@pytest.fixture
def offline() -> Iterator[Callable[..., Agent]]:
    agents: list[Agent] = []

    def make(optimizer: object, **options: object) -> Agent:
        agent = attach(optimizer, server=False, **options)  # type: ignore[arg-type]
        agents.append(agent)
        return agent

    yield make
    for agent in agents:
        agent.close()
        assert agent.errors == 0


Offline = Callable[..., Agent]


def test_the_step_sees_the_override_and_nobody_else_does(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    seen = watch(optimizer)
    agent.scale(0.5, for_steps=2)
    for _ in range(3):
        backward(model)
        optimizer.step()
        assert lrs(optimizer) == [0.1]
    assert seen == [[0.05], [0.05], [0.1]]


def test_replaced_group_dicts_are_followed(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    seen = watch(optimizer)
    agent.scale(0.5)
    saved = copy.deepcopy(optimizer.state_dict())
    saved["param_groups"][0]["lr"] = 0.3
    backward(model)
    optimizer.step()
    optimizer.load_state_dict(saved)
    optimizer.step()
    assert seen == [[0.05], [0.15]]
    assert lrs(optimizer) == [0.3]


def test_a_group_added_later_is_recorded_and_named(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD([model.weight], lr=0.1)
    agent = offline(optimizer)
    backward(model)
    optimizer.step()
    optimizer.add_param_group({"params": [model.bias], "lr": 0.2, "name": "bias"})
    optimizer.step()
    assert agent.planned_lr == {"0": 0.1, "bias": 0.2}
    agent.scale(0.5, groups="bias")
    seen = watch(optimizer)
    optimizer.step()
    assert seen == [[0.1, 0.1]]


def test_one_tensor_shared_by_groups_is_scaled_once_and_put_back_once(
    model: nn.Linear, offline: Offline
) -> None:
    lr = torch.tensor(0.25)
    optimizer = torch.optim.SGD(halves(model), lr=lr)
    agent = offline(optimizer)
    shared = optimizer.param_groups[0]["lr"]
    assert optimizer.param_groups[1]["lr"] is shared
    seen = watch(optimizer)
    agent.scale(0.5)
    backward(model)
    optimizer.step()
    assert seen == [[0.125, 0.125]]
    assert lrs(optimizer) == [0.25, 0.25]
    assert agent.scale(0.5, groups="1").code == "shared_lr"


def test_a_tensor_lr_is_written_in_place_and_put_back_bitwise(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=torch.tensor(0.1))
    held = optimizer.param_groups[0]["lr"]
    before = held.clone()
    seen: list[tuple[int, float]] = []
    agent = offline(optimizer)
    optimizer.register_step_pre_hook(
        lambda o, a, k: seen.append((id(o.param_groups[0]["lr"]), float(o.param_groups[0]["lr"])))
    )
    agent.hold(0.05)
    backward(model)
    optimizer.step()
    assert seen == [(id(held), float(torch.tensor(0.05)))]
    assert optimizer.param_groups[0]["lr"] is held
    assert torch.equal(held, before)


class Doubled(torch.optim.SGD):
    """Calls its parent's step, so that torch runs the hooks of both."""

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        return super().step(closure)  # type: ignore[no-any-return]


def test_a_nested_step_is_one_step(model: nn.Linear, offline: Offline) -> None:
    torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    optimizer = Doubled(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    seen = watch(optimizer)
    agent.scale(0.5)
    for _ in range(2):
        backward(model)
        optimizer.step()
    assert seen == [[0.05]] * 4
    assert agent.step == 2
    assert lrs(optimizer) == [0.1]


@pytest.mark.parametrize("as_keyword", [False, True])
def test_a_closure_runs_on_the_plan(model: nn.Linear, offline: Offline, as_keyword: bool) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = ExponentialLR(optimizer, 0.5)
    agent = offline(optimizer)
    agent.scale(0.5)
    inside: list[float] = []
    before = model.weight.detach().clone()

    def closure() -> float:
        inside.append(lrs(optimizer)[0])
        loss = backward(model)
        scheduler.step()
        inside.append(optimizer.state_dict()["param_groups"][0]["lr"])
        return float(loss.detach())

    if as_keyword:
        optimizer.step(closure=closure)
    else:
        optimizer.step(closure)
    assert inside == [0.1, 0.05]
    assert model.weight.grad is not None
    assert torch.equal(model.weight, before.add(model.weight.grad, alpha=-0.025))
    assert lrs(optimizer) == [0.05]


def test_lbfgs_with_its_many_closures(model: nn.Linear, offline: Offline) -> None:
    def train(lr: float, factor: float | None) -> torch.Tensor:
        torch.manual_seed(0)
        net = nn.Linear(3, 2)
        optimizer = torch.optim.LBFGS(net.parameters(), lr=lr)
        if factor is not None:
            offline(optimizer).scale(factor)
        for _ in range(3):
            optimizer.step(lambda: float(backward(net).detach()))  # type: ignore[no-untyped-call]
        assert lrs(optimizer) == [lr]
        return net.weight.detach()

    assert torch.equal(train(1.0, 0.5), train(0.5, None))


def test_a_raising_closure_leaves_the_plan(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    seen = watch(optimizer)
    agent.scale(0.5)

    def closure() -> float:
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        optimizer.step(closure)
    assert lrs(optimizer) == [0.1]
    backward(model)
    optimizer.step()
    assert seen == [[0.05], [0.05]]
    assert agent.step == 1


class Raising(torch.optim.SGD):
    """Raises in the middle of a step when told to."""

    fails = False

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        if self.fails:
            raise RuntimeError("in the step")
        return super().step(closure)  # type: ignore[no-any-return]


def test_after_a_raising_step_checkpoints_show_the_plan_and_steps_go_on(
    model: nn.Linear, offline: Offline
) -> None:
    optimizer = Raising(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    agent.scale(0.5)
    optimizer.fails = True
    with pytest.raises(RuntimeError, match="in the step"):
        optimizer.step()
    assert optimizer.state_dict()["param_groups"][0]["lr"] == 0.1
    optimizer.fails = False
    seen = watch(optimizer)
    backward(model)
    optimizer.step()
    assert {tuple(s) for s in seen} == {(0.05,)}
    assert agent.step == 1
    assert lrs(optimizer) == [0.1]


def test_a_raising_step_never_lets_a_scheduler_see_the_override(model: nn.Linear, offline: Offline) -> None:
    optimizer = Raising(model.parameters(), lr=0.1)
    scheduler = StepLR(optimizer, 1, 0.5)
    agent = offline(optimizer, scheduler=scheduler)
    agent.scale(0.5)
    optimizer.fails = True
    with pytest.raises(RuntimeError, match="in the step"):
        optimizer.step()
    scheduler.step()
    assert lrs(optimizer) == [0.05]


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
def test_torch_compile_makes_no_more_graphs_and_still_calls_the_hooks(
    model: nn.Linear, offline: Offline
) -> None:
    from torch._dynamo.testing import CompileCounter

    def graphs(with_agent: bool) -> tuple[int, int]:
        torch._dynamo.reset()
        optimizer = torch.optim.Adam(model.parameters(), lr=torch.tensor(0.01))
        agent = offline(optimizer) if with_agent else None
        counter = CompileCounter()
        step = torch.compile(optimizer.step, backend=counter)
        for index in range(6):
            backward(model)
            if agent is not None and index == 3:
                agent.scale(0.5)
            step()
        return counter.frame_count, agent.step if agent is not None else 6

    assert graphs(True) == graphs(False)


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
@pytest.mark.skipif(
    shutil.which("c++") is None and shutil.which("g++") is None, reason="needs a C++ compiler"
)
def test_a_step_compiled_by_inductor_follows_each_lr(model: nn.Linear, offline: Offline) -> None:
    def train(steered: bool) -> torch.Tensor:
        torch._dynamo.reset()
        parameter = nn.Parameter(torch.ones(4))
        parameter.grad = torch.full((4,), 0.5)
        lr = torch.tensor(0.5)
        optimizer = torch.optim.SGD([parameter], lr=lr)
        held = optimizer.param_groups[0]["lr"]
        agent = offline(optimizer) if steered else None
        step = torch.compile(optimizer.step)
        for index in range(6):
            if agent is None:
                held.fill_(0.125 if 2 <= index < 4 else 0.5)
            elif index == 2:
                agent.scale(0.25, for_steps=2)
            step()
            if agent is not None:
                assert lrs(optimizer) == [0.5]
        assert agent is None or agent.step == 6
        return parameter.detach()

    assert torch.equal(train(True), train(False))


@pytest.mark.parametrize("fused", [False, True])
def test_under_a_gradient_scaler_a_skipped_step_leaves_the_plan(
    model: nn.Linear, offline: Offline, fused: bool
) -> None:
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    agent = offline(optimizer)
    agent.scale(0.5)
    seen = watch(optimizer)
    moved = []
    for step in range(4):
        optimizer.zero_grad()
        loss = model(torch.ones(3)).sum() * (math.inf if step == 1 else 1.0)
        scaler.scale(loss).backward()
        before = model.weight.detach().clone()
        scaler.step(optimizer)
        scaler.update()
        moved.append(not torch.equal(before, model.weight.detach()))
        assert lrs(optimizer) == [0.1]
    assert moved == [True, False, True, True]
    assert agent.step == len(seen) == (4 if fused else 3)
    assert seen == [[0.05]] * len(seen)


def test_the_first_of_several_optimizers_counts_the_steps(model: nn.Linear, offline: Offline) -> None:
    first = torch.optim.SGD([model.weight], lr=0.1)
    second = torch.optim.Adam([model.bias], lr=0.2)
    agent = offline({"gen": first, "disc": second})
    seen = {"gen": watch(first), "disc": watch(second)}
    agent.scale(0.5, at_step=1, for_steps=1)
    for _ in range(3):
        backward(model)
        first.step()
        second.step()
        second.step()
    assert agent.step == 3
    assert seen["gen"] == [[0.1], [0.05], [0.1]]
    assert seen["disc"] == [[0.2]] * 2 + [[0.1]] * 2 + [[0.2]] * 2
    agent.scale(0.5, groups="disc/0")
    first.step()
    second.step()
    assert (seen["gen"][-1], seen["disc"][-1]) == ([0.1], [0.1])


def test_a_pickled_optimizer_is_attached_anew_and_goes_on(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    agent.scale(0.5)
    optimizer.step()
    again = pickle.loads(pickle.dumps(optimizer))
    assert "step" not in vars(again)
    kept = offline(again)
    kept.load_state_dict(agent.state_dict())
    seen = watch(again)
    again.step()
    assert seen == [[0.05]]
    assert (kept.step, agent.step) == (2, 1)


class Accelerated(torch.optim.Optimizer):
    """A wrapper that inherits the registering methods without the dicts behind them."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.optimizer = optimizer

    @property
    def param_groups(self) -> list[dict[str, object]]:  # type: ignore[override]
        return self.optimizer.param_groups

    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        return self.optimizer.step(closure)


def test_wrappers_are_opened_to_whoever_owns_the_hooks(model: nn.Linear, offline: Offline) -> None:
    inner = torch.optim.SGD(model.parameters(), lr=0.1)
    wrapper = Accelerated(inner)
    with pytest.raises(AttributeError):
        wrapper.register_step_pre_hook(lambda o, a, k: None)
    agent = offline(wrapper)
    seen = watch(inner)
    agent.scale(0.5)
    backward(model)
    wrapper.step()
    assert seen == [[0.05]]


def test_a_group_without_lr_is_left_alone(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(halves(model), lr=0.1)
    optimizer.param_groups[1]["lr"] = None
    optimizer.param_groups[1]["params"] = []
    agent = offline(optimizer)
    assert agent.planned_lr == {"0": 0.1}
    assert agent.scale(0.5, groups="1").code == "unknown_group"
    agent.scale(0.5)
    backward(model)
    optimizer.step()
    assert optimizer.param_groups[1]["lr"] is None
    assert agent.step == 1


@pytest.mark.filterwarnings("ignore:rheostat refused")
def test_an_optimizer_without_any_lr_refuses_commands(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    optimizer.param_groups[0]["lr"] = None
    assert offline(optimizer).scale(0.5).code == "no_lr"


def test_copies_pickles_and_state_dicts_carry_nothing_of_ours(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    plain = pickle.dumps(optimizer)
    agent = offline(optimizer)
    agent.scale(0.5)
    assert pickle.dumps(optimizer) == plain
    assert b"rheostat" not in plain
    copied = copy.deepcopy(optimizer)
    seen = watch(copied)
    copied.step()
    assert seen == [[0.1]]
    assert agent.step == 0


def test_inside_a_step_every_copy_of_the_state_shows_the_plan(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    offline(optimizer).scale(0.5)
    found: list[float] = []
    optimizer.register_step_post_hook(lambda o, a, k: found.append(o.state_dict()["param_groups"][0]["lr"]))
    backward(model)
    optimizer.step()
    assert found == [0.1]


def test_the_lr_is_computed_in_float64_and_written_as_such(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    seen = watch(optimizer)
    agent.scale(1 / 3)
    backward(model)
    optimizer.step()
    assert seen == [[0.1 * (1 / 3)]]


def test_what_someone_sets_during_a_step_is_not_undone(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)

    def set_lr(o: torch.optim.Optimizer, a: object, k: object) -> None:
        o.param_groups[0]["lr"] = 0.7

    optimizer.register_step_pre_hook(set_lr)
    agent.scale(0.5)
    backward(model)
    optimizer.step()
    assert lrs(optimizer) == [0.7]


def test_pre_hooks_before_ours_see_the_plan_and_so_do_all_post_hooks(
    model: nn.Linear, offline: Offline
) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    afterwards: list[float] = []
    for _ in range(2):
        before = watch(optimizer)
        optimizer.register_step_post_hook(lambda o, a, k: afterwards.append(lrs(o)[0]))
        agent = offline(optimizer)
    after = watch(optimizer)
    agent.scale(0.5)
    backward(model)
    optimizer.step()
    assert (before, after) == ([[0.1]], [[0.05]])
    assert afterwards == [0.1, 0.1]


def test_a_scheduler_stepped_by_an_earlier_post_hook_follows_its_plan(
    model: nn.Linear, offline: Offline
) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = ExponentialLR(optimizer, 0.5)
    optimizer.register_step_post_hook(lambda o, a, k: scheduler.step())
    agent = offline(optimizer)
    agent.scale(0.1, for_steps=2)
    for _ in range(3):
        backward(model)
        optimizer.step()
    assert lrs(optimizer) == [0.1 * 0.5 * 0.5 * 0.5]


def test_a_scheduler_made_while_an_override_stands_works_as_ever(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    seen = watch(optimizer)
    agent.scale(0.5)
    scheduler = StepLR(optimizer, 1, 0.5)
    for _ in range(2):
        backward(model)
        optimizer.step()
        scheduler.step()
    agent.release()
    backward(model)
    optimizer.step()
    scheduler.step()
    assert seen == [[0.05], [0.025], [0.025]]


def test_no_trace_is_left_on_the_optimizer_after_release(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    before = dict(vars(optimizer))
    agent.scale(0.5, for_steps=1)
    assert "step" in vars(optimizer)
    for _ in range(3):
        backward(model)
        optimizer.step()
    assert vars(optimizer) == before


def test_closing_takes_the_hooks_out(model: nn.Linear, offline: Offline) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    agent = offline(optimizer)
    agent.scale(0.5)
    agent.close()
    seen = watch(optimizer)
    backward(model)
    optimizer.step()
    assert seen == [[0.1]]
    assert len(optimizer._optimizer_step_pre_hooks) == 1
    assert len(optimizer._optimizer_step_post_hooks) == 0


class Kept(torch.optim.SGD):
    """Has no step of its own."""


@pytest.mark.parametrize(
    ("kind", "nested"),
    [(torch.optim.SGD, False), (torch.optim.AdamW, False), (Kept, False), (Doubled, True)],
)
def test_only_a_step_that_calls_its_parents_is_taken_for_nested(
    model: nn.Linear, kind: type[torch.optim.Optimizer], nested: bool
) -> None:
    torch.optim.Adam(model.parameters())
    optimizer = kind(model.parameters(), lr=0.1)  # type: ignore[call-arg]
    assert nests(optimizer) is nested
