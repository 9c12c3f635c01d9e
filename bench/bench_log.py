"""What recording a step costs the training thread: hooks and log() beside a deque append and the peers.

    python -m bench.bench_log [--python PEERS/bin/python] [--write FILE]

Everyone logs the loss and the lr of each param group, in a process of its own, all of them in turn in each
round; ``--python`` is an interpreter that has the peers (default: this one; what it lacks is "not
installed"). Ours is recorded as in a job whose server is away. Its hooks are called as torch calls them,
since torch's own cost of a step, which has a row of its own, is ten times theirs and would drown them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.document import machine, put
from bench.loggers import LOGGERS

GROUPS = (1, 4, 64)
ROUNDS = 5
TIGHT = ("tight", 2000, 0.1)
PACED = ("paced", 100, 0.3)
NOTHING, DEQUE, EMPTY = "nothing", "deque.append((time, loss))", "empty hooks and call"
LOG, BOTH = "rheostat, log() alone", "rheostat, hooks + log()"
Rounds = list[dict[str, list[int]]]


class Worker:
    """One contender in its process."""

    def __init__(self, name: str, python: str) -> None:
        self.process = subprocess.Popen(
            [python, "-m", "bench.calls", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.hello: dict[str, Any] = {}

    def greet(self) -> None:
        """Wait until it is ready."""
        self.hello = self._read()

    def ask(self, kind: str, groups: int, calls: int, seconds: float) -> dict[str, list[int]]:
        """Have it log, and tell the nanoseconds each call took."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([kind, groups, calls, seconds]) + "\n")
        self.process.stdin.flush()
        return self._read()

    def end(self) -> None:
        """Let it go."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"missing": "it ended"}


def main() -> None:
    """Measure, print, judge, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has the peers")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this document")
    options = parser.parse_args()
    with ExitStack() as stack:
        workers = {name: Worker(name, options.python) for name in LOGGERS}
        for worker in workers.values():
            stack.callback(worker.end)
        for worker in workers.values():
            worker.greet()
        text = "\n".join(_lines(workers))
    print(text)
    if options.write:
        put(options.write, "log", text)


def _lines(workers: Mapping[str, Worker]) -> list[str]:
    there = {n: w for n, w in workers.items() if "missing" not in w.hello}
    versions = {f"{LOGGERS[n].package} {w.hello['version']}" for n, w in there.items() if LOGGERS[n].package}
    missing = {LOGGERS[n].package for n in workers if n not in there}
    lines = [
        f"Measured with `python -m bench.bench_log` on {machine()}; load {os.getloadavg()[0]:.1f};",
        f"{', '.join(sorted(versions))}{''.join(f'; {n}: not installed' for n in sorted(missing))}.",
        f"{ROUNDS} rounds, everyone in turn in each; medians of the rounds, their range in brackets.",
    ]
    for kind in (TIGHT, PACED):
        for groups in GROUPS:
            taken: dict[str, Rounds] = {name: [] for name in there}
            for _ in range(ROUNDS):
                for name, worker in there.items():
                    taken[name].append(worker.ask(kind[0], groups, *kind[1:]))
            lines += _table(kind[0], groups, taken)
    return lines


def _table(kind: str, groups: int, taken: Mapping[str, Rounds]) -> list[str]:
    where = "in a tight loop" if kind == "tight" else "between real training steps"
    added = ["added to a step, us"] if kind == "paced" else []
    heads = ["", "median us", "p99 us", "x deque", *added]
    lines = ["", f"#### {groups} param group{'s' * (groups > 1)}, {where}", ""]
    lines += [f"| {' | '.join(heads)} |", "|---|" + "--:|" * (len(heads) - 1)]
    for name, rounds in taken.items():
        cells = [name, _spread(rounds, 0.5), _spread(rounds, 0.99), f"{_ratio(rounds, taken[DEQUE]):.3g}"]
        if kind == "paced":
            cells.append(_added(rounds))
        lines.append(f"| {' | '.join(cells)} |")
    if kind == "tight" and groups == 1:
        lines += ["", *_verdicts(taken)]
    if kind == "paced":
        whole = statistics.median(v for r in taken[DEQUE] for v in r["plain"]) / 1e6
        lines += ["", f"A step takes {whole:.2f} ms without logging."]
        if groups == 1:
            lines += ["", *_paced_verdicts(taken)]
    return lines


def _verdicts(taken: Mapping[str, Rounds]) -> list[str]:
    """Each budget beside what was measured."""
    p99 = statistics.median(_at(r["calls"], 0.99) for r in taken[BOTH])
    wanted = [
        ("`log()` alone, x deque", _ratio(taken[LOG], taken[DEQUE]), 4.0),
        ("hooks and `log()`, x deque", _ratio(taken[BOTH], taken[DEQUE]), 8.0),
        ("hooks and `log()`, p99 in us", p99, 6.0),
    ]
    for peer, share in (("trackio", 1 / 10), ("wandb, offline", 1 / 90)):
        if peer in taken:
            wanted.append((f"hooks and `log()`, x {peer}", _ratio(taken[BOTH], taken[peer]), share))
    return [
        f"- {what}: {seen:.3g}, at most {most:.3g} wanted: {'kept' if seen <= most else 'MISSED'}"
        for what, seen, most in wanted
    ]


def _paced_verdicts(taken: Mapping[str, Rounds]) -> list[str]:
    """The budgets of what is called between steps; the clock's own time is taken off."""
    clock = statistics.median(_at(r["calls"], 0.5) for r in taken[NOTHING])
    ours, empty, floor = (
        statistics.median(_at(r["calls"], 0.5) for r in taken[name]) - clock for name in (BOTH, EMPTY, DEQUE)
    )
    added = [_at(r["logged"], 0.5) - _at(r["plain"], 0.5) for r in taken[BOTH]]
    noise = [_at(r["logged"], 0.5) - _at(r["plain"], 0.5) for r in taken[NOTHING]]
    apart = min(added) > max(noise)
    return [
        f"- inline, in us: {ours:.3g} (empty hooks and an empty call: {empty:.3g}; the deque, which survives "
        f"nothing: {floor:.3g}), at most 3 wanted: {'kept' if ours <= 3.0 else 'MISSED'}",
        f"- added to a step, in us: {min(added):.3g} to {max(added):.3g}; logging nothing adds "
        f"{min(noise):.3g} to {max(noise):.3g}: {'APART' if apart else 'not to be told apart'}",
    ]


def _ratio(rounds: Rounds, base: Rounds) -> float:
    """The median over the rounds of the ratio of medians."""
    return statistics.median(
        _at(a["calls"], 0.5) / _at(b["calls"], 0.5) for a, b in zip(rounds, base, strict=True)
    )


def _spread(rounds: Rounds, share: float) -> str:
    values = sorted(_at(r["calls"], share) for r in rounds)
    return f"{statistics.median(values):.3g} ({values[0]:.3g} to {values[-1]:.3g})"


def _added(rounds: Rounds) -> str:
    """What a logged step takes more than one that is not, in the same process."""
    values = sorted(_at(r["logged"], 0.5) - _at(r["plain"], 0.5) for r in rounds)
    return f"{statistics.median(values):.3g} ({values[0]:.3g} to {values[-1]:.3g})"


def _at(values: Sequence[int], share: float) -> float:
    """A quantile in microseconds."""
    return sorted(values)[int(share * len(values))] / 1e3


if __name__ == "__main__":
    main()
