"""``rheostat sync [FOLDER]``: bring to a server what jobs left on disk."""

from __future__ import annotations

import argparse
import sys

from rheostat.agent.discover import DiscoveryError
from rheostat.agent.sync import sync

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Print a line an attempt; 1 if one was not taken, 2 if there is no server."""
    failures = 0
    try:
        for brought in sync(options.folder, options.server, options.token):
            failures += bool(brought.failure)
            what = brought.failure or f"{brought.steps} steps"
            print(f"{brought.run} ({brought.attempt[:8]}): {what}")
    except (DiscoveryError, ConnectionError) as error:
        print(f"rheostat: {error}", file=sys.stderr)
        return 2
    return int(failures > 0)
