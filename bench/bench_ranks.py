"""What agreeing costs: real gloo ranks, thousands of commands, stalls in every connection to the store.

Prints how many commands began at unlike steps (must be none), how long they took to begin, in steps, and what
the training thread paid.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rheostat.control.override import Stack

RANKS = 3
STEPS = 4000
SHARE = 0.6
STALL_SHARE = 0.02


def main() -> None:
    """Run the ranks and compare what they saw."""
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        shared = os.environ | {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        shared |= {"WORLD_SIZE": str(RANKS), "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
        command = [sys.executable, "-m", "bench.bench_ranks", folder]
        ranks = [subprocess.Popen(command, env=shared | {"RANK": str(rank)}) for rank in range(RANKS)]
        codes = [each.wait() for each in ranks]
        if any(codes):
            raise SystemExit("a rank failed")
        seen = [json.loads((Path(folder) / f"{rank}.json").read_text()) for rank in range(RANKS)]
    report(seen)


def report(seen: Sequence[dict[str, dict[str, int]]]) -> None:
    """Print the figures; fail if a command began at unlike steps."""
    applied = [each["applied"] for each in seen]
    unlike = [id for id in applied[0] if len({each.get(id) for each in applied}) > 1]
    waits = sorted(step - seen[0]["given"][id] for id, step in applied[0].items())
    print(f"{RANKS} ranks, {STEPS} steps, {STALL_SHARE:.0%} of store calls stalled by 20 to 200 ms")
    print(f"  {len(applied[0])} commands began, {len(unlike)} of them at unlike steps")
    print(f"  from command to effect: median {waits[len(waits) // 2]} steps, most {waits[-1]}")
    for rank, each in enumerate(seen):
        look, cross = (sorted(each[kind].values()) for kind in ("looks", "crossings"))
        print(
            f"  rank {rank}: {each['all']['step']} us a step; look-in {look[len(look) // 2]} us, "
            f"boundary median {cross[len(cross) // 2]} us, p90 {cross[len(cross) * 9 // 10]}, "
            f"most {cross[-1]} us, of {len(cross)}"
        )
    if unlike or any(set(each) != set(applied[0]) for each in applied):
        raise SystemExit("ranks disagree")


def work(folder: Path) -> None:
    """One rank."""
    import torch  # noqa: PLC0415
    import torch.distributed as dist  # noqa: PLC0415
    from torch.nn.parallel import DistributedDataParallel  # noqa: PLC0415

    from rheostat.agent import attach, rendezvous, windows  # noqa: PLC0415
    from rheostat.control.command import Limits  # noqa: PLC0415

    dist.init_process_group("gloo")
    rank = dist.get_rank()
    own = rendezvous._own
    stalls = Random(rank)
    setattr(rendezvous, "_own", lambda store: Stalling(own(store), stalls))  # noqa: B010
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
        for _ in range(STEPS):
            optimizer.zero_grad()
            model(x).sum().backward()
            optimizer.step()
            if rank == 0 and random.random() < SHARE and ranks.refusal() is None:
                report = agent.hold(random.uniform(0.01, 0.2), for_steps=random.randrange(1, 20))
                given[report.id] = agent.step
            applied |= {r.id: r.step or 0 for r in agent.collect_reports() if r.state == "applied"}
        each = (time.perf_counter() - began) / STEPS
        assert agent.errors == 0
    seen = {kind: {str(i): round(t * 1e6) for i, t in enumerate(times)} for kind, times in spent.items()}
    figures = {"given": given, "applied": applied, "all": {"step": round(each * 1e6)}, **seen}
    (folder / f"{rank}.json").write_text(json.dumps(figures))
    dist.barrier()
    dist.destroy_process_group()


class Stalling:
    """A connection to the store that is held up now and then."""

    def __init__(self, store: object, random: Random) -> None:
        self._store, self._random = store, random

    def __getattr__(self, name: str) -> object:
        if self._random.random() < STALL_SHARE:
            time.sleep(self._random.uniform(0.02, 0.2))
        return getattr(self._store, name)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(Path(sys.argv[1]))
    else:
        main()
