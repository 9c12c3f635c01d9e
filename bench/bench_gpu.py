"""On a machine with CUDA: what the agent adds to a step of a transformer, and how soon a click acts in it.

    python -m bench.bench_gpu [--write docs/performance.md]

The ways to train alternate in one process, in blocks of 100 steps; a real server in another process takes
what is logged. The clicks go over HTTP to a job of its own on the same device.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import nn

from bench.clicks import START_LR, Clicks, Stamped, quantiles, steer
from bench.document import machine, put
from rheostat.agent import attach

STEPS, ROUNDS, CLICKS = 100, 9, 240
WIDTH, LAYERS, LENGTH, BATCH = 512, 6, 256, 16

JOB = f"""
import json, sys, time
from pathlib import Path
import rheostat
from bench.bench_gpu import Training
from rheostat.control.command import Limits
name, stop = sys.argv[1], Path(sys.argv[3])
training = Training(lr={START_LR})
agent = rheostat.attach(training.optimizer, run=name, limits=Limits(min_interval_s=0.0, max_change=1e9))
steps = []
note = lambda o, a, k: steps.append((time.time(), o.param_groups[0]["lr"]))
training.optimizer.register_step_pre_hook(note)
while len(steps) % 20 or not stop.exists():
    agent.log(loss=training.step())
    if len(steps) % 10 == 0:
        float(training.loss)
agent.close()
print("STEPS " + json.dumps(steps))
"""


class Training:
    """A transformer of 19 million parameters in bfloat16 on the device, one optimizer, one batch for ever.

    ``captured`` records the whole step as a CUDA graph, with the lr as a tensor on the device.
    """

    def __init__(self, lr: float = 1e-4, captured: bool = False) -> None:
        torch.manual_seed(0)
        layer = nn.TransformerEncoderLayer(WIDTH, 8, 4 * WIDTH, dropout=0.0, batch_first=True)
        self.model = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False).cuda()
        self.batch = torch.randn(BATCH, LENGTH, WIDTH, device="cuda")
        rate = torch.tensor(lr, device="cuda") if captured else lr
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=rate, fused=True, capturable=captured)
        self.loss = torch.zeros((), device="cuda")
        self._graph = self._capture() if captured else None

    def step(self, agent: Any = None) -> torch.Tensor:
        """Take one step; its loss, still on the device."""
        if self._graph is None:
            self._forward_and_back()
            self.optimizer.step()
        else:
            with agent.stepping() if agent is not None else nullcontext():
                self._graph.replay()
        return self.loss

    def _forward_and_back(self) -> None:
        self.optimizer.zero_grad(set_to_none=False)
        with torch.autocast("cuda", torch.bfloat16):
            loss = (self.model(self.batch) - self.batch.roll(1, 1)).square().mean()
        loss.backward()
        self.loss = loss.detach()

    def _capture(self) -> torch.cuda.CUDAGraph:
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self._forward_and_back()
                self.optimizer.step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._forward_and_back()
            self.optimizer.step()
        return graph


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this document")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Stamped(Path(folder)) as dashboard:
        os.environ.update(dashboard.environment)  # how an agent finds its server
        costs = {f"{kind} steps": added(kind == "captured") for kind in ("eager", "captured")}
        clicks = steer(dashboard, CLICKS, 0.0, JOB)
    text = "\n".join(table(costs, clicks))
    print(text)
    if options.write:
        put(options.write, "gpu", text)


def added(captured: bool) -> dict[str, list[float]]:
    """Microseconds a step of each way to train, one value a round."""
    training = Training(captured=captured)
    ways: dict[str, Callable[[Any], object]] = {
        "no agent": lambda agent: training.step(),
        "no agent, again": lambda agent: training.step(),
        "hooks": training.step,
        "hooks, the loss logged": lambda agent: agent.log(loss=training.step(agent)),
        "hooks, 6 values logged": lambda agent: agent.log(
            **dict.fromkeys((f"value_{n}" for n in range(6)), training.step(agent))
        ),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for round in range(ROUNDS + 1):
        for name, way in ways.items():
            with _agent(name, training) as agent:
                us = _block(way, agent)
            if round:
                taken[name].append(us)
    return taken


@contextmanager
def _agent(name: str, training: Training) -> Iterator[Any]:
    """The agent of a way that has one; it must not have failed."""
    if name.startswith("no agent"):
        yield None
        return
    agent = attach(training.optimizer, run=f"{name.split(',', maxsplit=1)[0]}-{time.monotonic_ns()}")
    try:
        yield agent
    finally:
        agent.close()
    assert agent.errors == 0


def _block(way: Callable[[Any], object], agent: Any) -> float:
    way(agent)
    torch.cuda.synchronize()
    begun = time.perf_counter()
    for _ in range(STEPS):
        way(agent)
    torch.cuda.synchronize()
    return (time.perf_counter() - begun) / STEPS * 1e6


def table(costs: dict[str, dict[str, list[float]]], clicks: Clicks) -> Iterator[str]:
    """The lines that the document shows."""
    yield f"`python -m bench.bench_gpu` on {torch.cuda.get_device_name()}, {machine()}, torch"
    yield f"{torch.__version__}: a transformer of {LAYERS} layers, width {WIDTH}, in bfloat16, fused AdamW;"
    yield f"{ROUNDS} rounds of {STEPS} steps, all ways in turn."
    for kind, ways in costs.items():
        yield from ("", f"| {kind} | us a step, median | range | against no agent |", "|---|--:|--:|--:|")
        base = ways["no agent"]
        for name, values in ways.items():
            ratio = statistics.median(a - b for a, b in zip(values, base, strict=True))
            row = (
                f"{statistics.median(values):.0f} | {min(values):.0f} to {max(values):.0f} | {ratio:+.1f} us"
            )
            yield f"| {name} | {row} |"
    yield ""
    yield f"{CLICKS} clicks over HTTP into such a job, whose steps take {1e3 * clicks.length:.1f} ms;"
    yield f"{clicks.old} steps began with an old lr between its taking in and its effect."
    yield from ("", "| | median | p95 | p99 | most |", "|---|--:|--:|--:|--:|")
    for name, seconds in (
        ("handed to the socket to used", clicks.sent),
        ("HTTP request to used", clicks.requested),
    ):
        yield f"| {name}, ms | " + " | ".join(f"{1e3 * s:.1f}" for s in quantiles(seconds)) + " |"


if __name__ == "__main__":
    main()
