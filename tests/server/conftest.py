"""A live server for every test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.server.databases import Cluster, cluster
from tests.server.nats import Nats
from tests.server.running import Server

# How long an example takes says something of the machine, and nothing of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A real PostgreSQL, started when the first test asks for it."""
    yield from cluster(in_memory=True)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server on a data folder of its own."""
    with Server(tmp_path / "store") as running:
        yield running


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[Nats]:
    server = Nats(tmp_path)
    yield server
    server.kill()
