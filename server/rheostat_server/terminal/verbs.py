"""The words of the commands that talk to a server. Imports nothing heavy."""

from __future__ import annotations

import argparse
from pathlib import Path

from rheostat_server.terminal.kept import add_reach

__all__ = ["FORMATS", "ORDERS", "add"]

FORMATS = ("csv", "json", "html", "parquet", "tensorboard", "schedule")
ORDERS = ("hold", "scale", "ramp", "release", "swap", "pause", "resume", "checkpoint", "stop")
LIBRARIES = ("torch", "torch-classes", "transformers", "optax", "timm", "megatron")

Commands = argparse._SubParsersAction  # its type has no public name


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    runs = _talker(commands, "runs", "list the runs")
    runs.add_argument("--archived", action="store_true", help="list the archived ones")
    watch = _talker(commands, "watch", "watch a run in the terminal")
    watch.add_argument("run", help="the run's id")
    watch.add_argument("--metric", action="append", default=[], help="metrics to draw (the first)")
    watch.add_argument("--once", action="store_true", help="draw once and end")
    watch.add_argument("--width", type=int, default=None, help="characters across (the terminal's)")
    _orders(commands)
    note = _talker(commands, "annotate", "write at a step of a run, or list what was written")
    note.add_argument("run", help="the run's id")
    note.add_argument("text", nargs="?", help="what to write; without it, the annotations are listed")
    note.add_argument("--step", type=int, default=None, help="the step (the one the run stands at)")
    out = _talker(commands, "export", "a run as a file")
    out.add_argument("run", help="the run's id")
    out.add_argument("--format", choices=FORMATS, default="csv", help="csv by default")
    out.add_argument("-o", "--output", type=Path, default=None, help="file to write (standard output)")
    into = _talker(commands, "import", "a file of another tool as a run")
    into.add_argument("file", type=Path, help="file, or folder of event files")
    into.add_argument("--name", default=None, help="name of the run (the file's)")
    into.add_argument("--project", default="imported", help="project of the run (imported)")
    saved = _talker(commands, "schedules", "list saved schedules, show one, or save one")
    saved.add_argument("name", nargs="?", help="show its versions")
    saved.add_argument("--save", metavar="TEXT", default=None, help="save this text as its next version")
    several = _talker(commands, "compare", "draw a metric of several runs together")
    several.add_argument("runs", nargs="+", metavar="run", help="ids of runs")
    several.add_argument("--metric", default="loss", help="the metric (loss)")
    several.add_argument("--axis", choices=("step", "time"), default="step", help="what to align by (step)")
    code = commands.add_parser("convert", help="a schedule as code of another library")
    code.add_argument("text", help="the schedule's text; - reads it from standard input")
    code.add_argument("--to", choices=LIBRARIES, default="torch", help="torch by default")
    code.add_argument("--base", type=float, default=None, help="base lr, if the text sets none")
    code.add_argument("--total", type=int, default=None, help="length of the run in steps, likewise")
    done = commands.add_parser("completion", help="completion of these words for a shell")
    done.add_argument("shell", choices=("bash", "zsh", "tcsh"))


def _orders(commands: Commands[argparse.ArgumentParser]) -> None:
    said = {
        "hold": "keep the lr of a run at a value",
        "scale": "multiply the lr of a run",
        "ramp": "lead the lr of a run to a value",
        "release": "take a run back to its plan",
        "swap": "have a run follow another schedule",
        "pause": "have a run stand still",
        "resume": "have a run go on",
        "checkpoint": "have a run write a checkpoint",
        "stop": "have a run end",
    }
    for kind in ORDERS:
        parser = _talker(commands, kind, said[kind])
        parser.add_argument("run", help="the run's id")
        if kind in ("hold", "ramp"):
            parser.add_argument("value", type=float, help="the lr")
        if kind == "scale":
            parser.add_argument("factor", type=float, help="the factor")
        if kind == "swap":
            parser.add_argument("schedule", help="the schedule's text")
            parser.add_argument("--continuous", action="store_true", help="begin at the present lr")
            parser.add_argument("--from-here", action="store_true", help="read it from the present step on")
        if kind in ("ramp", "release"):
            parser.add_argument("--over", type=int, required=kind == "ramp", help="steps to get there")
        if kind == "ramp":
            parser.add_argument(
                "--shape", choices=("linear", "log"), help="equal differences, or equal ratios"
            )
        if kind in ("hold", "scale", "ramp", "release", "swap"):
            parser.add_argument(
                "--groups", nargs="+", default=None, metavar="GROUP", help="param groups (all)"
            )
            parser.add_argument("--at-step", type=int, default=None, help="first step (the next one)")
            parser.add_argument("--for-steps", type=int, default=None, help="for so many (until released)")
            parser.add_argument("--until-step", type=int, default=None, help="or until this step")
            parser.add_argument("--confirm", action="store_true", help="beyond the job's limit of one change")
            parser.add_argument("--dry-run", action="store_true", help="only say what it would do")
        parser.add_argument("--reason", default="", help="why, for the log")
        parser.add_argument(
            "--wait", type=float, default=10.0, metavar="S", help="seconds to wait for the job's answer (10)"
        )


def _talker(commands: Commands[argparse.ArgumentParser], name: str, help: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
    add_reach(parser)
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    return parser
