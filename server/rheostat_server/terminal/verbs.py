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
    _smooth(watch)
    watch.add_argument("--once", action="store_true", help="draw once and end")
    watch.add_argument("--width", type=int, default=None, help="characters across (the terminal's)")
    future = _talker(commands, "plan", "draw the plan of a run: the lr it will have without a command")
    future.add_argument("run", help="the run's id")
    future.add_argument("--group", default=None, help="the param group (the first)")
    future.add_argument("--width", type=int, default=None, help="characters across (the terminal's)")
    _edits(commands)
    _orders(commands)
    log = _talker(commands, "commands", "list the commands of a run, and what became of them")
    log.add_argument("run", help="the run's id")
    note = _talker(
        commands, "annotate", "write at a step of a run, list what was written, change or delete it"
    )
    note.add_argument("run", help="the run's id")
    note.add_argument("text", nargs="?", help="what to write; without it, the annotations are listed")
    note.add_argument("--step", type=int, default=None, help="the step (the one the run stands at)")
    note.add_argument("--edit", type=int, metavar="ID", default=None, help="change this one's text or step")
    note.add_argument("--delete", type=int, metavar="ID", default=None, help="delete this one")
    _alerts(commands)
    _access(commands)
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
    several.add_argument(
        "--axis",
        default="step",
        help="what to align by: step, time (seconds from each run's first), wall, or a metric, as tokens",
    )
    _smooth(several)
    code = commands.add_parser("convert", help="a schedule as code of another library")
    code.add_argument("text", help="the schedule's text; - reads it from standard input")
    code.add_argument("--to", choices=LIBRARIES, default="torch", help="torch by default")
    code.add_argument("--base", type=float, default=None, help="base lr, if the text sets none")
    code.add_argument("--total", type=int, default=None, help="length of the run in steps, likewise")
    done = commands.add_parser("completion", help="completion of these words for a shell")
    done.add_argument("shell", choices=("bash", "zsh", "tcsh"))


def _smooth(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--smooth", type=float, default=0.0, metavar="WEIGHT", help="smooth metrics, 0 to 0.99 (not at all)"
    )


def _edits(commands: Commands[argparse.ArgumentParser]) -> None:
    edit = _talker(commands, "edit", "name, notes and tags of a run; archive it, or take it back")
    edit.add_argument("run", help="the run's id")
    edit.add_argument("--name", default=None, help="its name; '' for the one that the job gave")
    edit.add_argument("--notes", default=None, help="its notes")
    edit.add_argument("--tags", nargs="*", default=None, metavar="TAG", help="all its tags")
    archived = edit.add_mutually_exclusive_group()
    archived.add_argument(
        "--archive",
        dest="archived",
        action="store_true",
        default=None,
        help="out of the list; nothing is lost",
    )
    archived.add_argument("--restore", dest="archived", action="store_false", help="back into the list")
    delete = _talker(commands, "delete", "delete an archived run for good")
    delete.add_argument("run", help="the run's id")


def _alerts(commands: Commands[argparse.ArgumentParser]) -> None:
    alerts = _talker(commands, "alerts", "list alerts, mark one, or test the webhooks")
    alerts.add_argument("run", nargs="?", default=None, help="the run's id (all runs)")
    alerts.add_argument("--open", action="store_true", help="only those that are not cleared")
    which = alerts.add_mutually_exclusive_group()
    which.add_argument("--acknowledge", type=int, metavar="ID", default=None, help="say that it was seen")
    which.add_argument("--clear", type=int, metavar="ID", default=None, help="say that it is dealt with")
    which.add_argument("--test", action="store_true", help="send a test message to every webhook")


def _access(commands: Commands[argparse.ArgumentParser]) -> None:
    page = _talker(commands, "open", "open the running dashboard in a browser, signed in")
    page.add_argument("--print", action="store_true", help="print the one-time link instead of opening it")
    links = _talker(
        commands, "shares", "list the links that show a run to whoever has them, make or revoke one"
    )
    links.add_argument("run", help="the run's id")
    which = links.add_mutually_exclusive_group()
    which.add_argument("--make", action="store_true", help="make a link; it is shown once")
    which.add_argument("--revoke", metavar="ID", default=None, help="revoke this one")
    links.add_argument("--days", type=float, default=7.0, help="days until it expires (7)")
    audit = _talker(
        commands, "audit", "who changed what: tokens, links, runs, refused commands; newest first"
    )
    audit.add_argument("run", nargs="?", default=None, help="of this run only")
    audit.add_argument("--before", type=int, metavar="ID", default=None, help="go on below this entry")
    _token(commands)


def _token(commands: Commands[argparse.ArgumentParser]) -> None:
    token = commands.add_parser(
        "token",
        help="make, list, replace and revoke tokens",
        description="Make, list, replace and revoke the tokens of a server, as its admin.",
    )
    verbs = token.add_subparsers(dest="verb", metavar="VERB", required=True)
    make = _talker(verbs, "create", "make a token; it is shown once")
    make.add_argument("role", choices=("agent", "viewer", "operator", "admin"))
    make.add_argument("--name", help="who or what it is for (the role)")
    make.add_argument("--project", help="the one project it reaches; an agent's token needs one")
    make.add_argument("--days", type=float, default=365.0, help="days until it expires (365); 0: never")
    make.add_argument("--connections", type=int, help="sockets it may hold open (the server's setting)")
    _talker(verbs, "list", "list the tokens that are good now")
    rotate = _talker(verbs, "rotate", "replace a token's secret; the old one is void at once")
    revoke = _talker(verbs, "revoke", "revoke a token; what it opened is closed")
    for verb in (rotate, revoke):
        verb.add_argument("id", help="its id, as in the list")


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
