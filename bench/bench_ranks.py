"""What agreeing costs: real gloo ranks, thousands of commands, stalls in every connection to the store.

Prints how many commands began at unlike steps (must be none), how long they took to begin, in steps, and what
the training thread paid. Beside it, in the same run under the same stalls, the naive way: "at step S + 32".
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from tests.ranks.chaos import DELAY, Naive, Stalls, unlike
from tests.ranks.launch import launch

if TYPE_CHECKING:
    from rheostat.control.override import Stack

RANKS = 3
STEPS = 4000
SHARE = 0.6
STALL_SHARE = 0.02


def main() -> None:
    """Run the ranks and compare what they saw."""
    with tempfile.TemporaryDirectory() as folder:
        report(launch(RANKS, Path(folder), "-m", "bench.bench_ranks", folder))


def report(seen: Sequence[Mapping[str, Any]]) -> None:
    """Print the figures; fail if a command began at unlike steps."""
    ours, naive = ([each[way] for each in seen] for way in ("applied", "naive"))
    apart = unlike(ours, STEPS)
    waits = sorted(step - seen[0]["given"][id] for id, step in ours[0].items())
    print(f"{RANKS} ranks, {STEPS} steps, {STALL_SHARE:.0%} of store calls stalled")
    print(f"  windows: {len(ours[0])} commands began, {len(apart)} of them at unlike steps")
    print(f"  from command to effect: median {waits[len(waits) // 2]} steps, most {waits[-1]}")
    begun = {id for each in naive for id in each}
    print(f"  at step S + {DELAY}: {len(begun)} began, {len(unlike(naive, STEPS))} of them at unlike steps")
    for rank, each in enumerate(seen):
        look, cross = (sorted(each[kind]) for kind in ("looks", "crossings"))
        print(
            f"  rank {rank}: {each['step_us']} us a step; look-in {look[len(look) // 2]} us, "
            f"boundary median {cross[len(cross) // 2]} us, p90 {cross[len(cross) * 9 // 10]}, "
            f"most {cross[-1]} us, of {len(cross)}"
        )
    if apart:
        raise SystemExit("ranks disagree")


def work(folder: Path) -> None:
    """One rank."""
    import torch
    import torch.distributed as dist
    from torch.nn.parallel import DistributedDataParallel

    from rheostat.agent import attach, windows
    from rheostat.control.command import Limits

    dist.init_process_group("gloo")
    rank = dist.get_rank()
    stalls = Stalls(rank, STALL_SHARE)
    stalls.strike()
    naive = Naive(dist.distributed_c10d._get_default_store(), stalls)
    windows.SHORTEST_S = 0.0
    torch.manual_seed(0)
    model = DistributedDataParallel(torch.nn.Linear(4, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    limits = Limits(max_active=100_000, max_ratio=1e9, max_lr=1.0)
    given: dict[str, int] = {}
    applied: dict[str, int] = {}
    spent: dict[str, list[float]] = {"looks": [], "crossings": []}
    random = Random(1)
    with attach(optimizer, server=False, limits=limits) as agent:
        ranks = agent._steering.ranks
        assert ranks is not None
        reached = ranks.reached

        def timed(step: int, lrs: Sequence[float | None], stack: Callable[[], Stack]) -> int:
            kind = "crossings" if step >= ranks.windows.end else "looks"
            began = time.perf_counter()
            result = reached(step, lrs, stack)
            spent[kind].append(time.perf_counter() - began)
            return result

        ranks.reached = timed  # type: ignore[method-assign]
        x = torch.ones(2, 4)
        began = time.perf_counter()
        for stalls.clock.step in range(1, STEPS + 1):
            optimizer.zero_grad()
            model(x).sum().backward()
            optimizer.step()
            naive.take_step()
            if rank == 0 and random.random() < SHARE and ranks.refusal() is None:
                report = agent.hold(random.uniform(0.01, 0.2), for_steps=random.randrange(1, 20))
                given[report.id] = agent.step
                naive.post(report.id)
            reports = [told.report for told in agent.collect_reports()]
            applied |= {r.id: r.step or 0 for r in reports if r.state == "applied"}
        each = (time.perf_counter() - began) / STEPS
        stalls.clock.over = True
        assert agent.errors == 0
    seen = {kind: [round(t * 1e6) for t in times] for kind, times in spent.items()}
    figures = {
        "given": given,
        "applied": applied,
        "naive": naive.applied,
        "step_us": round(each * 1e6),
        **seen,
    }
    (folder / f"rank-{rank}.json").write_text(json.dumps(figures))
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(Path(sys.argv[1]))
    else:
        main()
