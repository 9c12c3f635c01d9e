"""One rank of a training job, for the tests: run by a launcher, writes what it saw to a file as JSON."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.fsdp import fully_shard
from torch.distributed.optim import ZeroRedundancyOptimizer
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel
from torch.optim.lr_scheduler import CosineAnnealingLR

from rheostat.agent import Agent, attach, windows
from rheostat.agent.identity import restart_count
from rheostat.control.command import CommandReport, Limits
from tests.ranks.chaos import Naive, Stalls

LIMITS = Limits(max_active=100_000, max_lr=1.0)


def network(sharded: bool) -> nn.Module:
    torch.manual_seed(7)
    model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1))
    if not sharded:
        return DistributedDataParallel(model)
    for layer in model:
        if isinstance(layer, nn.Linear):
            fully_shard(layer)
    fully_shard(model)
    return model


def step(model: nn.Module, optimizer: torch.optim.Optimizer, random: torch.Generator) -> None:
    optimizer.zero_grad()
    x = torch.randn(4, 8, generator=random)
    (model(x) - x.sum(1, keepdim=True)).pow(2).mean().backward()
    optimizer.step()


def weights(model: nn.Module) -> str:
    """A digest of all parameters, gathered if they are sharded."""
    digest = hashlib.sha256()
    for parameter in model.parameters():
        full = parameter.full_tensor() if isinstance(parameter, DTensor) else parameter
        digest.update(full.detach().contiguous().numpy().tobytes())
    return digest.hexdigest()


def command(agent: Agent, random: Random) -> CommandReport:
    """Give one command of any kind."""
    rate = random.choice([0.02, 0.05, 0.08])
    kind = random.randrange(4)
    if kind == 0:
        return agent.hold(rate, for_steps=random.choice([None, 5, 40]))
    if kind == 1:
        return agent.scale(random.choice([0.5, 0.9, 1.1]), for_steps=random.choice([3, 30]))
    if kind == 2:
        return agent.ramp(rate, over=random.randrange(1, 30))
    return agent.release(over=random.randrange(4))


def adamw(model: nn.Module, redundant: bool) -> torch.optim.Optimizer:
    """The optimizer; its state spread over the ranks unless ``redundant``."""
    if redundant:
        return torch.optim.AdamW(model.parameters(), lr=0.1)
    return ZeroRedundancyOptimizer(model.parameters(), torch.optim.AdamW, lr=0.1)


def steered(
    steps: int, share: float, *, sharded: bool = False, stalled: bool = False, redundant: bool = True
) -> dict[str, object]:
    """Train under random commands; then again with the same lrs set by hand."""
    rank = dist.get_rank()
    stalls = Stalls(rank, 0.02)
    naive = Naive(dist.distributed_c10d._get_default_store(), stalls) if stalled else None
    if naive is not None:
        stalls.strike()
    model = network(sharded)
    optimizer = adamw(model, redundant)
    scheduler = CosineAnnealingLR(optimizer, steps, eta_min=0.02)
    used: list[float] = []
    applied: dict[str, int] = {}
    ended: list[tuple[str, str, int | None]] = []
    choose, batches = Random(5), torch.Generator().manual_seed(rank)
    with attach(optimizer, scheduler, server=False, limits=LIMITS) as agent:
        handle = optimizer.register_step_pre_hook(lambda o, a, k: used.append(o.param_groups[0]["lr"]))
        if rank == 0:
            meet_all(agent)
        for stalls.clock.step in range(1, steps + 1):
            step(model, optimizer, batches)
            scheduler.step()
            if naive is not None:
                naive.take_step()
            if rank == 0 and choose.random() < share:
                given = command(agent, choose)
                if naive is not None:
                    naive.post(given.id)
            for report in (told.report for told in agent.collect_reports()):
                if report.state == "applied":
                    assert report.step is not None
                    applied[report.id] = report.step
                elif report.state in {"ended", "superseded"}:
                    ended.append((report.id, report.state, report.step))
        handle.remove()
        ranks = agent._steering.ranks
        assert ranks is not None
        trouble, errors, crossed = ranks.agreement.trouble, agent.errors, ranks.windows.number
        stalls.clock.over = True
    again = network(sharded)
    by_hand = torch.optim.AdamW(again.parameters(), lr=0.1)
    batches.manual_seed(rank)
    for lr in used:
        by_hand.param_groups[0]["lr"] = lr
        step(again, by_hand, batches)
    return {
        "used": used,
        "applied": applied,
        "naive": {} if naive is None else naive.applied,
        "ended": ended,
        "trouble": trouble,
        "errors": errors,
        "windows": crossed,
        "weights": weights(model),
        "by_hand": weights(again),
    }


GIVEN = {10: 0.5, 70: 0.25, 119: 0.1}
"""When the elastic job, in its first life, scales by how much; it dies at 120, before the last begins."""


def elastic(folder: Path) -> dict[str, object]:
    """Train to step 200; checkpoint at 60; killed once at 120; one override before and one after 60."""
    rank, restart = dist.get_rank(), restart_count()
    model = network(False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    used: list[float] = []
    first = 0
    with attach(optimizer, run="elastic", limits=LIMITS) as agent:
        saved = folder / "checkpoint.pt"
        if saved.exists():
            state = torch.load(saved, weights_only=True)
            model.load_state_dict(state["model"])
            optimizer.load_state_dict(state["optimizer"])
            agent.load_state_dict(state["agent"])
            first = agent.step
        optimizer.register_step_pre_hook(lambda o, a, k: used.append(o.param_groups[0]["lr"]))
        batches = torch.Generator().manual_seed(rank)
        for at in range(first, 200):
            if at == 60 and not restart:
                if rank == 0:
                    parts: dict[str, Any] = {"model": model, "optimizer": optimizer, "agent": agent}
                    torch.save({name: part.state_dict() for name, part in parts.items()}, saved)
                dist.barrier()
            if rank == 0 and not restart and at in GIVEN:
                give(agent, GIVEN[at])
            if rank == 0 and restart and at == 100:
                give(agent, 0.8)
            if at == 120 and not restart:
                (folder / f"first-{rank}.json").write_text(json.dumps(used))
                dist.barrier()
                if rank == 1:
                    os.kill(os.getpid(), signal.SIGKILL)
            step(model, optimizer, batches)
    return {"first": first, "restart": restart, "used": used, "weights": weights(model)}


def ordered() -> dict[str, object]:
    """Train until stopped; on the way rank 0 asks for a checkpoint and a pause, and ends the pause.

    Then rank 1 goes on at another lr than rank 0.
    """
    rank = dist.get_rank()
    model = network(False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    made: list[int] = []
    lives: list[tuple[str, str, int | None]] = []
    batches = torch.Generator().manual_seed(rank)

    def save(step: int) -> None:
        dist.barrier()  # as a sharded state dict would
        made.append(step)

    with attach(optimizer, server=False, limits=LIMITS, on_checkpoint=save) as agent:
        for at in range(1000):
            if at == 5 and rank == 0:
                give(agent, 0.5)
                agent.checkpoint()
                agent.pause()
                Thread(target=resume, args=(agent,), daemon=True).start()
            if at == 100:
                agent.stop()
            step(model, optimizer, batches)
            reports = [told.report for told in agent.collect_reports()]
            lives += [(r.state, r.code, r.step) for r in reports if r.state == "applied"]
            if agent.should_stop:
                break
        seen = {"made": made, "steps": agent.step, "applied": lives, "weights": weights(model)}
        if rank == 1:
            optimizer.param_groups[0]["lr"] = 0.2
        for _ in range(40):
            step(model, optimizer, batches)
        dist.barrier()
        return seen | {"refused": "" if rank else refused(agent)}


def refused(agent: Agent) -> str:
    """Why rank 0 accepts no command, as soon as it has a reason."""
    ranks = agent._steering.ranks
    assert ranks is not None
    until = time.monotonic() + 30.0
    while ranks.refusal() is None and time.monotonic() < until:
        time.sleep(0.01)
    refusal = ranks.refusal()
    return "" if refusal is None else f"{refusal.code}: {refusal.message}"


def resume(agent: Agent) -> None:
    """End the pause as soon as there is one."""
    while agent._steering.control.pause is None:
        time.sleep(0.005)
    time.sleep(0.2)
    assert agent.resume().state == "ended"


def give(agent: Agent, factor: float) -> None:
    """Scale as soon as commands are accepted."""
    meet_all(agent)
    assert agent.scale(factor).state == "accepted"


def meet_all(agent: Agent) -> None:
    """Wait until all ranks have been heard of; they wait for this one at their next step."""
    ranks = agent._steering.ranks
    assert ranks is not None
    until = time.monotonic() + 30.0
    while ranks.refusal() is not None and time.monotonic() < until:
        time.sleep(0.005)


def main(kind: str, place: str, *words: str) -> None:
    """One rank of a job of that kind; what it saw goes into the folder ``place``."""
    torch.set_num_threads(1)
    folder = Path(place)
    dist.init_process_group("gloo")
    windows.SHORTEST_S = 0.0  # keeps windows at 16 steps, however fast
    if kind == "elastic":
        seen = elastic(folder)
    elif kind == "orders":
        seen = ordered()
    else:
        seen = steered(
            int(words[0]),
            float(words[1]),
            sharded=kind == "fsdp",
            stalled=kind == "ddp",
            redundant=kind != "zero",
        )
    (folder / f"rank-{dist.get_rank()}.json").write_text(json.dumps(seen))
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main(*sys.argv[1:])
