"""The words that ``rheostat preview`` and ``rheostat diff`` take. Imports nothing heavy."""

from __future__ import annotations

import argparse
from pathlib import Path

from rheostat_server.terminal.kept import add_reach

__all__ = ["add", "add_diff"]


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "preview",
        help="draw a schedule in the terminal",
        description="Draw a schedule and say what it does. The exit status is 1 where it has faults.",
    )
    parser.add_argument(
        "text", nargs="?", metavar="TEXT", help="the schedule; - reads it from standard input"
    )
    parser.add_argument("--preset", metavar="NAME", help="draw the recipe of a paper, as 'GPT-3 175B'")
    parser.add_argument(
        "--list-presets", action="store_true", help="list the recipes and where they are from"
    )
    parser.add_argument("--base", type=float, help="base lr, if the text sets none")
    parser.add_argument("--total", type=_steps, help="length of the run in steps, as 10k")
    parser.add_argument("--epoch", type=_steps, help="steps in an epoch")
    parser.add_argument("--step-tokens", type=float, help="tokens in a step")
    parser.add_argument("--group", help="draw this param group only")
    parser.add_argument("--width", type=_columns, help="characters across (the terminal's)")
    parser.add_argument("--log", action="store_true", help="draw the lr on a logarithmic axis")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with a Plotly figure")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the exact lr of every step")
    parser.add_argument("--png", type=Path, metavar="FILE", help="write a picture (needs matplotlib)")
    parser.add_argument(
        "--trace", type=Path, metavar="FILE", help="a CSV of metrics to try plateaus on: step,val_loss"
    )
    parser.add_argument(
        "--cue", type=_cue, action="append", default=[], metavar="NAME=STEP", help="give a cue at a step"
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON instead")


def add_diff(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``rheostat diff`` to the command line."""
    parser = commands.add_parser(
        "diff",
        help="what changed between two schedules",
        description="Say what changed between two schedules and draw both. "
        "The exit status is 0 where they are the same, 1 where they differ.",
    )
    parser.add_argument(
        "before",
        metavar="BEFORE",
        help="a schedule, a file of one, the name of a preset, NAME@VERSION of a saved one, or run:ID",
    )
    parser.add_argument("after", metavar="AFTER", help="the same")
    parser.add_argument("--base", type=float, help="base lr, if a text sets none")
    parser.add_argument("--total", type=_steps, help="length of the run in steps, as 10k")
    parser.add_argument("--epoch", type=_steps, help="steps in an epoch")
    parser.add_argument("--step-tokens", type=float, help="tokens in a step")
    parser.add_argument("--group", help="the param group to compare (the first)")
    parser.add_argument("--width", type=_columns, help="characters across (the terminal's)")
    parser.add_argument("--log", action="store_true", help="draw the lr on a logarithmic axis")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with a Plotly figure")
    parser.add_argument("--json", action="store_true", help="print the changes as JSON instead")
    add_reach(parser)


def _steps(text: str) -> int:
    scale = {"k": 10**3, "M": 10**6, "B": 10**9}.get(text[-1:], 1)
    try:
        found = float(text[:-1] if scale > 1 else text) * scale
    except ValueError:
        found = 0.0
    if not 1 <= found < 2**53 or found != int(found):
        raise argparse.ArgumentTypeError(f"expected a number of steps, as 10k, got {text!r}")
    return int(found)


def _columns(text: str) -> int:
    if not text.isdecimal() or not 20 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"expected 20 to 1000 characters, got {text!r}")
    return int(text)


def _cue(text: str) -> tuple[str, int]:
    name, _, step = text.removeprefix("@").rpartition("=")
    if not name:
        raise argparse.ArgumentTypeError(f"expected a name and a step, as decay=20k, got {text!r}")
    return name, _steps(step)
