"""``rheostat convert``: a schedule as code of another library."""

from __future__ import annotations

import argparse
import sys

from rheostat.schedule import BindError, ConversionError, ScheduleError
from rheostat_server.conversion import WRITERS

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Print the code; 1 where the text has faults or no such code."""
    text = sys.stdin.read() if options.text == "-" else options.text
    try:
        print(WRITERS[options.to](text, base=options.base, total=options.total))
    except (ScheduleError, BindError, ConversionError) as error:
        print(f"rheostat: {error}", file=sys.stderr)
        return 1
    return 0
