"""A server that its data folder tells of, as the command line finds it, and a job at it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from rheostat.agent.discover import Discovery
from rheostat_server.auth.tokens import write_private
from tests.server.running import Agent, Server


@pytest.fixture
def folder(server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a server that `server.json` tells of."""
    found = Discovery(server.url, server.token("agent"), os.getpid())
    write_private(server.settings.data_dir / "server.json", msgspec.json.encode(found))
    monkeypatch.setenv("RHEOSTAT_DATA_DIR", str(server.settings.data_dir))
    return server.settings.data_dir


@pytest.fixture
def agent(folder: Path, server: Server) -> Iterator[Agent]:
    """A job of three steps."""
    with server.agent(run="my run") as agent:
        agent.steps(0, 3, loss=[1.0, 2.0, 3.0])
        yield agent
