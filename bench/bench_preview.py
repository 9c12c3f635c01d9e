"""Preview of a schedule: our closed form against everyone who can draw the same curve, in one run.

    python -m bench.bench_preview [--write docs/performance.md]

``--write`` puts the tables into the document, between its two marks. Stepping a million steps takes
seconds a contender, so that all takes some minutes.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import tempfile
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from pathlib import Path

import numpy as np
from tests.e2e.processes import Dashboard

import rheostat
from bench import previewers
from bench.document import machine, put
from bench.rounds import Times, compare, report

PIXELS = 2000
# Rounds of each length: at a million steps some contenders take seconds.
ROUNDS = {10_000: 9, 100_000: 5, 1_000_000: 3}
SAMPLE = f"plan.sample for {PIXELS:,} px"
EDIT = f"parse, bind, sample for {PIXELS:,} px"
FORMULA = "numpy formula, all values"
OVER_HTTP = "over HTTP, with check and analysis"
PLAIN = "\n".join(
    [
        "base 3e-4",
        "total 100k",
        "epoch 1250",
        "linear 0 -> 1x for 2k  # warm up",
        *(f"linear -> {1 - n / 40:.3f}x for 4%" for n in range(1, 14)),
        "cosine -> 0.1x for 10%",
        "hold",
        "group head base 1e-3",
    ]
)
DENSE = "\n".join(
    [
        "base 3e-4",
        "total 100k",
        "epoch 1250",
        "linear 0 -> 1x for 2k  # warm up",
        *(f"linear -> {1 - n / 30:.3f}x for 2%; hold for 500" for n in range(1, 11)),
        "{ linear 0.5x -> 1x for 500; hold } * drop 0.5x every 10ep",
        "cosine -> 0.1x for 10%",
        "group head base 1e-3",
        "group backbone base 1e-4 = { 0x for 3ep; 1x } * main",
        "group norm base 3e-4",
        "group embed base 1e-3 = { hold for 5%; cosine -> 0 }",
    ]
)


def main() -> None:
    """Check that all draw the same curve, measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this document")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if previewers.TIMM is None:
        print("without timm: pip install --no-deps timm")
    differences = agreement()
    tables = {f"{steps:,} steps": of_length(steps, rounds) for steps, rounds in ROUNDS.items()}
    lengths = {f"1e{power} steps": partial(from_text, 10**power) for power in (4, 6, 9, 12)}
    tables["From text to points at any length"] = compare(lengths, "1e4 steps", calls=20)
    programs: dict[str, Callable[[], object]] = {
        "one part a line: parse, bind": partial(parse_and_bind, PLAIN, "head"),
        "27 parts, 4 groups: parse, bind one": partial(parse_and_bind, DENSE, "backbone"),
    }
    tables["A program of twenty lines"] = compare(programs, next(iter(programs)), calls=20)
    tables |= edits()
    for title, times in tables.items():
        report(title, times)
    if options.write:
        put(options.write, "preview", markdown(differences, tables))


def agreement() -> dict[str, float]:
    """The largest difference of each peer from our curve over 10,000 steps, as a share of the peak."""
    plan = rheostat.parse(previewers.TEXT).bind(total=10_000)
    ours = plan(np.arange(10_000))
    found = {name: previewers.PEERS[name](10_000) for name in previewers.PEERS}
    return {name: float(np.abs(values - ours).max() / previewers.PEAK) for name, values in found.items()}


def of_length(steps: int, rounds: int) -> dict[str, Times]:
    """Everyone at one length."""
    plan = rheostat.parse(previewers.TEXT).bind(total=steps)
    contenders: dict[str, Callable[[], object]] = {
        FORMULA: partial(previewers.by_formula, steps),
        "plan(all steps)": partial(plan, np.arange(steps)),
        SAMPLE: partial(plan.sample, 0, steps, PIXELS),
        EDIT: partial(from_text, steps),
        "optax, compiled before": previewers.CompiledOptax(steps),
        **previewers.bound(steps),
    }
    return compare(contenders, FORMULA, rounds=rounds)


def from_text(steps: int) -> object:
    """What an edit in the browser costs: text to points."""
    return rheostat.parse(previewers.TEXT).bind(total=steps).sample(0, steps, PIXELS)


def edits() -> dict[str, dict[str, Times]]:
    """A new text each time, in process, and over HTTP on loopback with all that the page shows.

    The server is a process of its own, as users have it.
    """
    numbers = itertools.count(1)

    def text() -> str:
        return f"linear {next(numbers) / 1e6} -> 1x for 5%; cosine -> 0"

    def in_process() -> object:
        return rheostat.parse(text()).bind(base=1e-3, total=1_000_000).sample(0, 1_000_000, PIXELS)

    with tempfile.TemporaryDirectory() as folder, Dashboard(Path(folder) / "store") as server:
        ask = asking(server)

        def over_http() -> object:
            edit = {"text": text(), "base": 1e-3, "total": 1_000_000, "width": PIXELS}
            answer = ask("POST", "/api/schedules/preview", json.dumps(edit))
            assert answer.startswith(b'{"ok":true')
            return answer

        contenders: dict[str, Callable[[], object]] = {
            "parse, bind, sample": in_process,
            OVER_HTTP: over_http,
            "the same way, who am I: the floor": lambda: ask("GET", "/api/session"),
        }
        title = f"An edit of a text, {PIXELS:,} px of 1,000,000 steps"
        return {title: compare(contenders, "parse, bind, sample", rounds=9, calls=200)}


def asking(server: Dashboard) -> Callable[..., bytes]:
    """Return a function that asks a server over one connection: method, path, body; the answer's body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    token = (server.folder / "admin.token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(method: str, path: str, body: str | None = None) -> bytes:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        found = response.read()
        assert response.status == HTTPStatus.OK, found
        return found

    return ask


def parse_and_bind(text: str, group: str) -> object:
    """Text to plan."""
    return rheostat.parse(text).bind(group=group)


def markdown(differences: Mapping[str, float], tables: Mapping[str, Mapping[str, Times]]) -> str:
    """The tables as the document shows them."""
    lines = [
        f"Measured with `python -m bench.bench_preview` on {machine()}, numpy {np.__version__}; everyone in",
        "turn, medians, ranges in brackets. The curve: `" + previewers.TEXT + "`.",
    ]
    for title, times in tables.items():
        lines += ["", f"### {title}", "", "| | time | ratio |", "|---|--:|--:|"]
        lines += [_row(name, measured) for name, measured in times.items()]
    lines += [
        "",
        "### Do they draw the same curve?",
        "",
        "| | largest difference, of the peak |",
        "|---|--:|",
    ]
    lines += [f"| {name} | {value:.1e} |" for name, value in differences.items()]
    return "\n".join(lines)


def _row(name: str, measured: Times) -> str:
    middle, low, high = measured.spelled()
    ratio = sorted(measured.ratios)
    return f"| {name} | {middle} ({low} to {high}) | {ratio[len(ratio) // 2]:.3g} |"


if __name__ == "__main__":
    main()
