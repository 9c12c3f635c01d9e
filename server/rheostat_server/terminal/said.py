"""What a command prints: JSON for programs, or lines, or a table."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence

__all__ = ["clock", "say", "table"]


def say(options: argparse.Namespace, found: object, lines: Sequence[str]) -> None:
    """Print ``found`` as JSON where it was asked for, else the lines."""
    print(json.dumps(found) if options.json else "\n".join(lines))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A line for the head and for each row, in columns. Pure."""
    every = [head, *rows]
    widths = [max(len(row[at]) for row in every) for at in range(len(head))]
    return ["  ".join(f"{c:{w}}" for c, w in zip(row, widths, strict=True)).rstrip() for row in every]


def clock(at: float) -> str:
    """A Unix time in seconds as this machine's date and time."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
