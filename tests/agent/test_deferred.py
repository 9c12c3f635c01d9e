"""On a machine with CUDA: logging never waits for the device, and every value arrives under its step."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch

from rheostat.agent import attach
from rheostat.agent.deferred import SLOTS, Deferred
from rheostat.agent.recorder import Recorder
from rheostat.agent.values import NotLoggable, split
from tests.agent.cuda import no_waiting


def test_tensors_without_a_value_are_refused() -> None:
    _, devices, complaints = split({"a": torch.empty((), device="meta"), "b": torch.ones(2, device="meta")})
    assert devices == {}
    assert [type(c) for c in complaints] == [NotLoggable, NotLoggable]
    assert "without data" in str(complaints[0])
    assert "has 2 elements" in str(complaints[1])


@pytest.mark.gpu
def test_no_log_call_waits_for_the_device() -> None:
    parameter = torch.nn.Parameter(torch.ones(8, device="cuda"))
    optimizer = torch.optim.SGD([parameter], lr=0.1)
    agent = attach(optimizer, server=False)
    agent._recorder = Recorder(["0"])
    running = torch.zeros((), device="cuda")
    with no_waiting():
        for _ in range(100):
            parameter.grad = torch.ones_like(parameter)
            optimizer.step()
            running += 1.0
            agent.log(running=running, twice=running * 2.0, host=1.0)
    agent.close()
    assert agent.errors == 0
    found: dict[str, dict[int, float]] = {}
    for flush in agent._recorder.take(1e12, final=True):
        for name, column in flush.metrics.items():
            rows = flush.step_array()[column.row_numbers(flush.count)]
            found.setdefault(name, {}).update(zip(rows.tolist(), column.array().tolist(), strict=True))
    assert found["running"] == {s: s + 1.0 for s in range(100)}
    assert found["twice"] == {s: 2.0 * (s + 1.0) for s in range(100)}
    assert found["host"] == dict.fromkeys(range(100), 1.0)


@pytest.mark.gpu
def test_values_of_several_streams_do_not_mix() -> None:
    got: dict[int, dict[str, float]] = {}
    deferred = Deferred(got.__setitem__)
    side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    for step in range(3 * SLOTS):
        stream = side if step % 3 == 0 else torch.cuda.default_stream()
        with torch.cuda.stream(stream):
            torch.cuda._sleep(100_000)  # type: ignore[no-untyped-call]
            deferred.put(step, 0.0, {"v": torch.full((1,), float(step), device="cuda")})
    torch.cuda.synchronize()
    deferred.finish(1.0, lambda s: None, lambda: 0.0)
    assert got == {s: {"v": float(s)} for s in range(3 * SLOTS)}


@pytest.mark.gpu
def test_each_kind_of_number_comes_as_it_was() -> None:
    got: dict[int, dict[str, float]] = {}
    deferred = Deferred(got.__setitem__)
    kinds = {
        "float": torch.tensor(1.5, device="cuda", requires_grad=True),
        "half": torch.tensor([2.5], device="cuda", dtype=torch.float16),
        "brain": torch.tensor([[3.5]], device="cuda", dtype=torch.bfloat16),
        "double": torch.tensor(4.5, device="cuda", dtype=torch.float64),
        "count": torch.tensor(70_000, device="cuda"),
        "flag": torch.tensor(True, device="cuda"),
    }
    deferred.put(0, 0.0, kinds)
    deferred.put(1, 0.0, {"alone": kinds["count"]})
    torch.cuda.synchronize()
    deferred.finish(1.0, lambda s: None, lambda: 0.0)
    assert got[0] == {"float": 1.5, "half": 2.5, "brain": 3.5, "double": 4.5, "count": 70_000.0, "flag": 1.0}
    assert got[1] == {"alone": 70_000.0}


@pytest.mark.gpu
def test_no_graph_is_kept_alive() -> None:
    deferred = Deferred(lambda step, values: None)
    weight = torch.ones(4, device="cuda", requires_grad=True)
    squared = weight * weight
    loss = (squared * squared).sum()
    saved = weakref.ref(squared)  # the graph of the loss needs it
    del squared
    gc.collect()
    assert saved() is not None
    deferred.put(0, 0.0, {"loss": loss})
    del loss
    gc.collect()
    assert saved() is None


@pytest.mark.gpu
def test_nothing_is_queried_while_a_graph_is_captured() -> None:
    deferred = Deferred(lambda step, values: None)
    static = torch.ones((), device="cuda")
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        doubled = static * 2.0
        deferred.put(0, 0.0, {"v": doubled})
    graph.replay()
    torch.cuda.synchronize()
    assert float(doubled) == 2.0
    assert deferred.lost == 1
