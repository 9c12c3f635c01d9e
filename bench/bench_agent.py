"""What the agent costs beside other loggers, and how soon a command acts; all in one run.

    python -m bench.bench_agent [--python PEERS/bin/python] [--write docs/performance.md] [--rounds 3]

Every logger has a process of its own each round, one after the other, and logs lr and loss 20,000 times as
fast as it can; ours sends to a real server in another process, whose processor time and database are counted
in. ``--python`` is an interpreter that has the peers; who is not installed there is left out and named.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.processes import Dashboard

from bench.clicks import Clicks, Stamped, quantiles, steer
from bench.document import machine, put

CALLS = 20_000
OURS = "rheostat, hooks + log()"
BESIDE = (
    OURS,
    "deque.append((time, loss))",
    "trackio",
    "tensorboard",
    "wandb, offline",
    "mlflow, asynchronous",
    "aim",
)
FEW = {"mlflow, asynchronous": 1000, "aim": 2000}
LENGTHS = (10_000, 100_000, 1_000_000)
COMMANDS = 120
STEP_S = 0.01
ROWS = (
    ("start_s", "start s"),
    ("ready_s", "connected s"),
    ("start_cpu_s", "CPU to connect s"),
    ("loop_us", "a call us"),
    ("cpu_us", "CPU a step us"),
    ("flush_s", "flush s"),
    ("rss_mib", "RSS added MiB"),
    ("disk_b", "disk B a step"),
)
Costs = dict[str, list[float]]


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has the peers")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this document")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--beside", nargs="*", default=list(BESIDE), help="only these loggers")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, Stamped(Path(folder)) as dashboard:
        bench = Bench(options.python, dashboard)
        costs = bench.beside(options.beside, options.rounds)
        lengths = {
            f"{calls:,} steps": gather([bench.one(OURS, calls) for _ in range(options.rounds)])
            for calls in LENGTHS
        }
        clicks = steer(dashboard, COMMANDS, STEP_S)
        bench.kill()
        costs["rheostat, dead server"] = gather([bench.one(OURS, CALLS) for _ in range(options.rounds)])
    text = report(
        costs,
        lengths,
        clicks=clicks,
        absent=bench.absent,
        load=f"{load:.1f} to {os.getloadavg()[0]:.1f}",
    )
    print(text)
    if options.write:
        put(options.write, "agent", text)


class Bench:
    """Runs loggers beside a server, each in a process of the interpreter ``python``."""

    def __init__(self, python: str, dashboard: Dashboard) -> None:
        self.absent: list[str] = []
        self._python = python
        self._dashboard = dashboard
        self._serves = True

    def kill(self) -> None:
        """End the server without a goodbye."""
        self._dashboard.kill()
        self._serves = False

    def beside(self, names: Sequence[str], rounds: int) -> dict[str, Costs]:
        """Everyone in turn, so many rounds."""
        found: dict[str, list[dict[str, float]]] = {}
        for _ in range(rounds):
            for name in names:
                if name not in self.absent and (costs := self.one(name, FEW.get(name, CALLS))):
                    found.setdefault(name, []).append(costs)
        return {name: gather(rounds_of) for name, rounds_of in found.items()}

    def one(self, name: str, calls: int) -> dict[str, float]:
        """One logger, once; nothing if it is not installed. For ours the server's costs too."""
        server = [str(self._dashboard.pid)] if name == OURS and self._serves else []
        stored = self._stored() if server else 0
        with tempfile.TemporaryDirectory() as folder:
            words = [self._python, "-m", "bench.costs", name, str(calls), folder, *server]
            environment = self._dashboard.environment
            run = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        line = next(
            (each for each in run.stdout.splitlines() if each.startswith(("COSTS ", "MISSING "))), None
        )
        if line is None:
            raise SystemExit(f"{name} failed:\n{run.stderr[-2000:]}")
        if line.startswith("MISSING "):
            self.absent.append(name)
            return {}
        costs: dict[str, float] = json.loads(line.removeprefix("COSTS "))
        if server:
            costs["disk_b"] = (self._stored() - stored) / calls
        return costs

    def _stored(self) -> int:
        """Bytes of the database, with all that its write-ahead log holds; the log itself is written over."""
        file = self._dashboard.folder / "rheostat.sqlite3"
        with contextlib.closing(sqlite3.connect(file, timeout=30.0)) as connection:
            (busy, *_) = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
        assert not busy, "somebody reads the database"
        return file.stat().st_size


def gather(rounds: Sequence[dict[str, float]]) -> Costs:
    """Each cost in all rounds."""
    return {key: [each[key] for each in rounds] for key, _ in ROWS}


def report(
    costs: dict[str, Costs],
    lengths: dict[str, Costs],
    *,
    clicks: Clicks,
    absent: list[str],
    load: str,
) -> str:
    """The tables as the document shows them."""
    lines = [
        f"Measured with `python -m bench.bench_agent` on {machine()}; load {load}. Medians, ranges in",
        "brackets.",
    ]
    lines += [f"Not installed, so not measured: {', '.join(absent)}."] if absent else []
    for title, table in ((f"{CALLS:,} steps beside others", costs), ("The agent by length", lengths)):
        lines += ["", f"### {title}", "", "| | " + " | ".join(name for _, name in ROWS) + " |"]
        lines += ["|---" + "|--:" * len(ROWS) + "|"]
        for name, found in table.items():
            calls = f" ({FEW[name]:,} steps)" if name in FEW else ""
            lines.append(f"| {name}{calls} | " + " | ".join(_cell(found[key]) for key, _ in ROWS) + " |")
    lines += [
        "",
        "### A command, until the step that uses its lr",
        "",
        f"{COMMANDS} commands at steps of {1e3 * STEP_S:.0f} ms, in step lengths. Steps begun with the "
        f"old lr after the job had the command: {clicks.old}.",
        "",
        "| | median | p95 | p99 | most |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, seconds in (("handed to the socket", clicks.sent), ("HTTP request sent", clicks.requested)):
        cells = " | ".join(f"{each / clicks.length:.2f}" for each in quantiles(seconds))
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)


def _cell(values: list[float]) -> str:
    middle = f"{statistics.median(values):.3g}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.3g} to {max(values):.3g})"


if __name__ == "__main__":
    main()
