"""``rheostat demo``: a dashboard and two real training jobs on this CPU, each in a process of its own."""

from __future__ import annotations

import argparse
import signal
import sys
import webbrowser
from collections.abc import Sequence
from importlib.util import find_spec

from rheostat_server.demo.stage import Stage, StageError

_NEEDED = {"torch": "torch", "sklearn": "scikit-learn"}


def main(argv: Sequence[str]) -> int:
    """Run the demo until Ctrl-C; ``argv`` are the words after ``rheostat demo``. Returns the exit status."""
    options = _parser().parse_args(argv)
    missing = [package for module, package in _NEEDED.items() if find_spec(module) is None]
    if missing:
        print(
            f"rheostat demo trains for real and needs {' and '.join(missing)}: pip install 'rheostat[demo]'",
            file=sys.stderr,
        )
        return 2
    # Asked to stop by a supervisor, leave as by Ctrl-C: in order, with no process left behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stage = Stage(port=options.port, steps=options.steps, say=_say)
    try:
        with stage:
            url = stage.open()
            _say(f"dashboard   {url}")
            if options.open:
                webbrowser.open(url)
            _say("turn the dial on a run's page; Ctrl-C stops everything")
            stage.watch()
    except KeyboardInterrupt:
        return 0
    except StageError as fault:
        print(f"rheostat demo: {fault}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rheostat demo", description=__doc__)
    parser.add_argument("--port", type=int, default=None, help="port of the dashboard (7436, or a free one)")
    parser.add_argument("--steps", type=int, default=20_000, help="length of each training run in steps")
    parser.add_argument(
        "--open", action=argparse.BooleanOptionalAction, default=sys.stdout.isatty(), help="open a browser"
    )
    return parser


def _say(line: str) -> None:
    print(line, flush=True)
