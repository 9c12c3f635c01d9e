"""Commands to a running job, each timed from its request, and from its sending, to the step it acts on."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import httpx
from tests.e2e.processes import Dashboard, wait_for

__all__ = ["START_LR", "Clicks", "Stamped", "quantiles", "steer"]

START_LR = 0.1
JOB = f"""
import json, sys, time, torch, rheostat
from pathlib import Path
from rheostat.control.command import Limits
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr={START_LR})
limits = Limits(min_interval_s=0.0, max_change=1e9)
name, step_s, stop = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])
agent = rheostat.attach(optimizer, run=name, limits=limits)
steps = []
optimizer.register_step_pre_hook(lambda o, a, k: steps.append((time.time(), o.param_groups[0]["lr"])))
while len(steps) % 20 or not stop.exists():
    begun = time.perf_counter()
    optimizer.step()
    agent.log(loss=1.0)
    time.sleep(max(0.0, step_s - (time.perf_counter() - begun)))
agent.close()
print("STEPS " + json.dumps(steps))
"""


class Stamped(Dashboard):
    """A server that notes when it hands a command to its job; ``sent`` reads it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._stamps = folder / "stamps"
        self.command = (sys.executable, "-m", "bench.stamped", str(self._stamps))

    def sent(self) -> dict[str, float]:
        """The Unix time at which each command, by id, was first handed on."""
        lines = [json.loads(line) for line in self._stamps.read_text().splitlines()]
        return dict(reversed(lines))


@dataclass(frozen=True)
class Clicks:
    """Seconds from each request, and from the server's sending, to the step that used its lr.

    ``length`` is the median of a step. ``old`` counts steps that began with the old lr after the job had
    the command.
    """

    length: float
    requested: list[float]
    sent: list[float]
    old: int


def steer(dashboard: Stamped, count: int, step_s: float, program: str = JOB) -> Clicks:
    """Hold the lr of a job of its own at ``count`` values in turn, over HTTP as the page does.

    The job is ``program``, which is given the run's name, a step's seconds and the file that ends it, starts
    at an lr of `START_LR` and prints the Unix time and lr of every step as `JOB` does.
    """
    run, stop = f"clicks-{step_s}", dashboard.folder / f"stop-{step_s}"
    job = subprocess.Popen(
        [sys.executable, "-c", program, run, str(step_s), str(stop)],
        env=dashboard.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    wait_for(
        "the job", lambda: any(r["id"] == run and r["step"] > 50 for r in dashboard.get("/runs")["runs"])
    )
    rng, asked = random.Random(1), []
    token = (dashboard.folder / "admin.token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=dashboard.url, headers=headers, timeout=10.0) as client:
        for number in range(count):
            time.sleep(0.03 + rng.random() * 0.03)
            value = 0.05 + number / 10_000
            body = {"kind": "hold", "value": value, "confirmed": True}
            at = time.time()
            answer = client.post(f"/api/runs/{run}/commands", json=body).raise_for_status().json()
            asked.append((at, value, answer["id"]))
    stop.touch()
    out, _ = job.communicate(timeout=30)
    line = next(each for each in out.splitlines() if each.startswith("STEPS "))
    steps: list[tuple[float, float]] = json.loads(line.removeprefix("STEPS "))
    # A job that is stalled may meet two commands at one step: then it uses the later one, whose lr is higher.
    used = {value: next(at for at, lr in steps if value <= lr < START_LR) for _, value, _ in asked}
    sent = dashboard.sent()
    return Clicks(
        statistics.median(b[0] - a[0] for a, b in pairwise(steps)),
        [used[value] - at for at, value, _ in asked],
        [used[value] - sent[id] for _, value, id in asked],
        _old_steps(dashboard, run, asked, steps),
    )


def quantiles(seconds: Sequence[float]) -> tuple[float, float, float, float]:
    """Median, p95, p99 and the most."""
    ranked = sorted(seconds)
    p50, p95, p99 = (ranked[min(int(share * len(ranked)), len(ranked) - 1)] for share in (0.5, 0.95, 0.99))
    return p50, p95, p99, ranked[-1]


def _old_steps(
    dashboard: Dashboard,
    run: str,
    asked: Sequence[tuple[float, float, str]],
    steps: Sequence[tuple[float, float]],
) -> int:
    """Steps begun with an old lr after the job had the command: none if it acts at once."""
    records = {r["id"]: r for r in dashboard.get(f"/runs/{run}/commands")["commands"]}
    old = 0
    for _, value, id in asked:
        applied = next((e["step"] for e in records[id]["events"] if e["state"] == "applied"), None)
        if applied is None:
            continue
        accepted = next(e["step"] for e in records[id]["events"] if e["state"] == "accepted")
        assert value <= steps[applied][1] < START_LR
        old += applied - accepted
    return old
