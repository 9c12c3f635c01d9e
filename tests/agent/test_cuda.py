"""On a machine with CUDA: lrs on the device, replayed graphs, fused steps under a scaler, the cost."""

from __future__ import annotations

import statistics
import time
from typing import Any

import pytest
import torch
from torch import nn

from rheostat.agent import attach
from tests.agent.cuda import no_waiting

pytestmark = [
    pytest.mark.gpu,
    # torch warns of any step of such an optimizer outside a capture, and these tests need some.
    pytest.mark.filterwarnings("ignore:This instance was constructed with capturable=True:UserWarning"),
]


def capturable(kind: type[torch.optim.Optimizer] = torch.optim.AdamW) -> tuple[nn.Parameter, Any]:
    parameter = nn.Parameter(torch.ones(8, device="cuda"))
    lr = torch.tensor(0.1, device="cuda")
    return parameter, kind([parameter], lr=lr, capturable=True)  # type: ignore[call-arg]


def test_without_an_override_an_lr_on_the_device_is_never_waited_for() -> None:
    parameter, optimizer = capturable()
    held = optimizer.param_groups[0]["lr"]
    agent = attach(optimizer, server=False)
    parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    with no_waiting():
        for _ in range(100):
            optimizer.step()
    assert optimizer.param_groups[0]["lr"] is held
    assert agent.planned_lr == {"0": float(torch.tensor(0.1))}
    assert (agent.step, agent.errors) == (101, 0)
    agent.close()


def test_a_captured_step_is_steered_around_its_replay() -> None:
    """Beside a run whose lr was set by hand, in place, before each replay: the same to the bit."""

    def train(steered: bool) -> tuple[torch.Tensor, float]:
        parameter, optimizer = capturable()
        parameter.grad = torch.full_like(parameter, 0.5)
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                optimizer.step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            optimizer.step()
        lr = optimizer.param_groups[0]["lr"]
        agent = attach(optimizer, server=False) if steered else None
        for step in range(10):
            if agent is not None:
                if step == 3:
                    agent.hold(0.02, for_steps=4)
                with agent.stepping(optimizer):
                    graph.replay()
            else:
                lr.fill_(0.02 if 3 <= step < 7 else 0.1)
                graph.replay()
            if agent is not None:
                assert float(lr) == float(torch.tensor(0.1))
        if agent is not None:
            assert (agent.step, agent.errors) == (10, 0)
            agent.close()
        return parameter.detach().clone(), float(lr)

    by_agent, lr = train(steered=True)
    by_hand, _ = train(steered=False)
    assert torch.equal(by_agent, by_hand)
    assert lr == float(torch.tensor(0.1))


def test_a_capture_under_an_override_bakes_nothing_in() -> None:
    parameter, optimizer = capturable()
    parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    agent = attach(optimizer, server=False)
    agent.hold(0.02)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        optimizer.step()
    agent.close()
    lr = optimizer.param_groups[0]["lr"]
    assert float(lr) == float(torch.tensor(0.1))
    graph.replay()
    torch.cuda.synchronize()
    assert float(lr) == float(torch.tensor(0.1))
    assert agent.errors == 0


@pytest.mark.parametrize(("fused", "counted"), [(False, 3), (True, 4)])
def test_a_skipped_step_counts_for_a_fused_optimizer_only(fused: bool, counted: int) -> None:
    parameter = nn.Parameter(torch.ones(8, device="cuda"))
    optimizer = torch.optim.AdamW([parameter], lr=0.1, fused=fused)
    scaler = torch.amp.GradScaler("cuda", init_scale=4.0)
    agent = attach(optimizer, server=False)
    agent.scale(0.5)
    moved = []
    for step in range(4):
        optimizer.zero_grad()
        scaler.scale((parameter * (float("inf") if step == 1 else 1.0)).sum()).backward()  # type: ignore[no-untyped-call]
        before = parameter.detach().clone()
        scaler.step(optimizer)
        scaler.update()
        moved.append(not torch.equal(before, parameter.detach()))
        assert optimizer.param_groups[0]["lr"] == 0.1
    assert moved == [True, False, True, True]
    assert (agent.step, agent.errors) == (counted, 0)
    agent.close()


def test_the_cost_of_a_step_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Prints what hooks and log() of 0 or 6 values on the device add to a step; judges nothing."""
    model = nn.Sequential(*(nn.Linear(256, 256) for _ in range(8))).cuda()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    batch = torch.randn(64, 256, device="cuda")

    def block(agent: Any, count: int) -> float:
        torch.cuda.synchronize()
        begun = time.perf_counter()
        for _ in range(50):
            optimizer.zero_grad()
            loss = model(batch).square().mean()
            loss.backward()
            optimizer.step()
            if agent is not None and count:
                agent.log(**{f"m{i}": loss for i in range(count)})
        torch.cuda.synchronize()
        return (time.perf_counter() - begun) / 50 * 1e6

    taken: dict[str, list[float]] = {}
    for round in range(8):
        for name, count in (("plain", 0), ("hooks", 0), ("hooks and 6 values", 6)):
            agent = None if name == "plain" else attach(optimizer)  # recorded, with the server away
            us = block(agent, count)
            if agent is not None:
                agent.close()
                assert agent.errors == 0
            if round:
                taken.setdefault(name, []).append(us)
    with capsys.disabled():
        for name, values in taken.items():
            print(f"\n{name}: {statistics.median(values):.1f} us ({min(values):.1f} to {max(values):.1f})")
