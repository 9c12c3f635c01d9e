"""What the agent costs beside other loggers, and how soon a command acts; all in one run.

    python -m bench.bench_agent [--write docs/performance.md] [--rounds 3]

Every logger has a process of its own each round, one after the other, and logs lr and loss 20,000 times as
fast as it can; ours sends to a real server in another process, whose processor time and database are counted
in. Who is not installed is left out and named.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.processes import Dashboard

from bench.clicks import Clicks, Stamped, quantiles, steer
from bench.costs import LOGGERS
from bench.document import machine

CALLS = 20_000
FEW = {"mlflow": 1000, "aim": 2000}
LENGTHS = (10_000, 100_000, 1_000_000)
COMMANDS = 120
STEP_S = 0.01
BEGIN, END = "<!-- agent: begin -->", "<!-- agent: end -->"
MODULES = {"rheostat": "rheostat", "deque.append": "collections"}
ROWS = (
    ("start_s", "start s"),
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
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this document")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--beside", nargs="*", default=list(LOGGERS), help="only these loggers")
    options = parser.parse_args()
    absent = [n for n in LOGGERS if importlib.util.find_spec(MODULES.get(n, n)) is None]
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, Stamped(Path(folder)) as dashboard:
        costs = beside(dashboard, [n for n in options.beside if n not in absent], options.rounds)
        lengths = {f"{calls:,} steps": gather([one("rheostat", calls, dashboard)]) for calls in LENGTHS}
        clicks = steer(dashboard, COMMANDS, STEP_S)
        dashboard.kill()
        costs["rheostat, dead server"] = gather([one("rheostat", CALLS, dashboard) for _ in range(2)])
    text = report(
        costs,
        lengths,
        clicks=clicks,
        absent=absent,
        load=f"{load:.1f} to {os.getloadavg()[0]:.1f}",
    )
    print(text)
    if options.write:
        before, _, rest = options.write.read_text().partition(BEGIN)
        options.write.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")


def beside(dashboard: Dashboard, names: Sequence[str], rounds: int) -> dict[str, Costs]:
    """Everyone in turn, so many rounds."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            found[name].append(one(name, FEW.get(name, CALLS), dashboard))
    return {name: gather(rounds_of) for name, rounds_of in found.items()}


def gather(rounds: Sequence[dict[str, float]]) -> Costs:
    """Each cost in all rounds."""
    return {key: [each[key] for each in rounds] for key, _ in ROWS}


def one(name: str, calls: int, dashboard: Dashboard) -> dict[str, float]:
    """One logger, once. For ours the server's processor time and its database count too."""
    with tempfile.TemporaryDirectory() as folder:
        served, stored = _server_cpu(dashboard), _stored(dashboard)
        words = [sys.executable, "-m", "bench.costs", name, str(calls), folder]
        run = subprocess.run(words, env=dashboard.environment, capture_output=True, text=True, check=False)
        line = next((each for each in run.stdout.splitlines() if each.startswith("COSTS ")), None)
        if line is None:
            raise SystemExit(f"{name} failed:\n{run.stderr[-2000:]}")
        costs: dict[str, float] = json.loads(line.removeprefix("COSTS "))
    if name == "rheostat":
        costs["cpu_us"] += 1e6 * (_server_cpu(dashboard) - served) / calls
        costs["disk_b"] = (_stored(dashboard) - stored) / calls
    return costs


def _server_cpu(dashboard: Dashboard) -> float:
    """Seconds of processor time the server has used; 0 once it is dead."""
    process = dashboard._process
    stat = Path(f"/proc/{process.pid}/stat") if process is not None else Path("/nowhere")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _stored(dashboard: Dashboard) -> int:
    """Bytes of the database, its log included."""
    return sum(path.stat().st_size for path in dashboard.folder.glob("rheostat.sqlite3*"))


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
