"""``python -m bench.stamped FILE serve ...``: the server, noting in FILE when it hands on each command."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from rheostat_server import cli
from rheostat_server.live.agents import AgentLink
from rheostat_server.models import CommandRecord


def main() -> None:
    """Serve, with `AgentLink.deliver` writing a line of JSON, the id and the Unix time, first."""
    file = Path(sys.argv.pop(1)).open("a", buffering=1)  # noqa: SIM115
    deliver = AgentLink.deliver

    def noted(self: AgentLink, record: CommandRecord) -> None:
        file.write(json.dumps([record.id, time.time()]) + "\n")
        deliver(self, record)

    AgentLink.deliver = noted  # type: ignore[method-assign]
    cli.main()


if __name__ == "__main__":
    main()
