"""One rank of a job without torch.distributed: ranks talk through pipes, as they would with mpi4py."""

from __future__ import annotations

import math
import time
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

import torch
from torch import nn

from rheostat.agent import Agent, attach, windows


def rank(number: int, pipes: list[Connection], answer: Connection, gathers: bool) -> None:
    """Train 200 steps and answer with what was seen. Rank 0 has a pipe to each other rank, they one to it.

    With ``gathers`` the others also tell it whether they agree.
    """
    windows.SHORTEST_S, windows.LONGEST_S = 0.0, math.inf  # 16 steps a window, however slow the machine
    torch.set_num_threads(1)

    def broadcast(value: object) -> object:
        if number:
            return pipes[0].recv()
        for pipe in pipes:
            pipe.send(value)
        return value

    def gather(value: object) -> list[object] | None:
        if number:
            pipes[0].send(value)
            return None
        return [value, *(pipe.recv() for pipe in pipes)]

    optimizer = torch.optim.SGD(nn.Linear(2, 1).parameters(), lr=0.1)
    used: list[float] = []
    told: list[Any] = []
    with attach(optimizer, server=False, broadcast=broadcast, gather=gather if gathers else None) as agent:
        optimizer.register_step_pre_hook(lambda o, a, k: used.append(o.param_groups[0]["lr"]))
        for step in range(200):
            if step == 20:
                agent.scale(0.5)
            if step == 70 and number == 0:
                agent.pause()
                Thread(target=resume, args=(agent,), daemon=True).start()
            if step == 100:
                agent.release()
            if step == 150 and number == 1:
                optimizer.param_groups[0]["lr"] = 0.3
            optimizer.step()
            reports = [told.report for told in agent.collect_reports()]
            told += [(r.state, r.code, r.step) for r in reports if r.state == "applied"]
        ranks = agent._steering.ranks
        assert ranks is not None
        refused = agent.scale(0.5).code if number == 0 else ""
        answer.send((used, told, ranks.agreement.trouble, agent.errors, refused))


def resume(agent: Agent) -> None:
    """End the pause as soon as there is one."""
    while agent._steering.control.pause is None:
        time.sleep(0.005)
    time.sleep(0.1)
    agent.resume()
